import { AuthorityEvent } from '../../../protos/gen/authority.ts';
import { ExitEvent, GroupEvent, OrderEvent } from '../../../protos/gen/order.ts';
import {
  AccountEvent,
  LedgerEvent,
  PositionEvent,
  ReconciliationEvent,
} from '../../../protos/gen/portfolio.ts';
import { KillSwitchEvent } from '../../../protos/gen/risk.ts';
import type { JournalRecord } from '../../../protos/gen/system.ts';
import type { TimestampUs } from '../codec/brand.ts';
import type { JournalEvent } from '../journal/journal.ts';
import { messageIn } from '../journal/message-event.ts';

/** What one row of execution's journal says. */
export type ExecutionFact =
  | { readonly case: 'order'; readonly value: OrderEvent }
  | { readonly case: 'group'; readonly value: GroupEvent }
  | { readonly case: 'position'; readonly value: PositionEvent }
  | { readonly case: 'account'; readonly value: AccountEvent }
  | { readonly case: 'ledger'; readonly value: LedgerEvent }
  | { readonly case: 'reconciliation'; readonly value: ReconciliationEvent }
  | { readonly case: 'killSwitch'; readonly value: KillSwitchEvent }
  | { readonly case: 'authority'; readonly value: AuthorityEvent }
  | { readonly case: 'exit'; readonly value: ExitEvent };

export interface ExecutionRow {
  /** Market time of the row. */
  readonly time: TimestampUs;
  readonly fact: ExecutionFact;
}

type Content = Pick<JournalEvent, 'payload'>;

const readers: ReadonlyMap<string, (content: Content) => ExecutionFact> = new Map<
  string,
  (content: Content) => ExecutionFact
>([
  [OrderEvent.name, (content) => ({ case: 'order', value: messageIn(content, OrderEvent) })],
  [GroupEvent.name, (content) => ({ case: 'group', value: messageIn(content, GroupEvent) })],
  [PositionEvent.name, (content) => ({ case: 'position', value: messageIn(content, PositionEvent) })],
  [AccountEvent.name, (content) => ({ case: 'account', value: messageIn(content, AccountEvent) })],
  [LedgerEvent.name, (content) => ({ case: 'ledger', value: messageIn(content, LedgerEvent) })],
  [
    ReconciliationEvent.name,
    (content) => ({ case: 'reconciliation', value: messageIn(content, ReconciliationEvent) }),
  ],
  [KillSwitchEvent.name, (content) => ({ case: 'killSwitch', value: messageIn(content, KillSwitchEvent) })],
  [AuthorityEvent.name, (content) => ({ case: 'authority', value: messageIn(content, AuthorityEvent) })],
  [ExitEvent.name, (content) => ({ case: 'exit', value: messageIn(content, ExitEvent) })],
]);

/**
 * Throws for a row of a type that this build does not know: to go on without it would be to guess. `content` is the
 * event that became the row, for whoever still has it.
 */
export function readExecutionRow(
  record: Pick<JournalRecord, 'sequence' | 'type' | 'time' | 'payload'>,
  content: Content = record,
): ExecutionRow {
  const read = readers.get(record.type);
  if (read === undefined)
    throw new Error(`row ${record.sequence} of execution is of unknown type ${record.type}`);
  return { time: record.time, fact: read(content) };
}
