import { showJournal } from '../../infra/journal/audit.ts';
import { type JournalOwner, journalPathOf } from '../../infra/journal/journal-path.ts';
import type { OrderEvent } from '../../protos/gen/order.ts';
import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { type ExecutionRow, readExecutionRow } from '../../services/kernel/bus/execution-row.ts';

/** Execution's journal, each row verified and decoded; execution may be running. */
export function readExecutionFacts(dataFolder: string): readonly ExecutionRow[] {
  return [...showJournal(journalPathOf(dataFolder, 'execution'), {})].map((row) => readExecutionRow(row));
}

/** The events of orders alone, oldest first. */
export function orderEventsIn(rows: readonly ExecutionRow[]): readonly OrderEvent[] {
  return rows.flatMap(({ fact }) => (fact.case === 'order' ? [fact.value] : []));
}

/** The history of all kill switches as one owner tells it. */
export function readKillSwitchEvents(dataFolder: string, owner: JournalOwner): readonly KillSwitchEvent[] {
  return [...showJournal(journalPathOf(dataFolder, owner), {})].flatMap(({ type, payload }) =>
    type === KillSwitchEvent.name ? [KillSwitchEvent.decode(payload)] : [],
  );
}
