import { showJournal } from '../../../infra/journal/audit.ts';
import { JournalSchemaUnknown, JournalUnavailable } from '../../../infra/journal/journal-error.ts';
import { isJournalThere, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import { OrderEvent } from '../../../protos/gen/order.ts';
import { JournalCorrupt } from '../../kernel/journal/journal.ts';
import { OrderLog } from '../backtest/order-log.ts';
import type { Side } from './comparison.ts';

const orderEventType = 'interlock.order.v1.OrderEvent';

/**
 * A stored run by its name, or the data folder of a system by its path: what execution has journaled there. Throws a
 * UserError.
 */
export function readSide(name: string, dataFolder: string): Side {
  if (isJournalThere(name, 'execution')) return readJournal(name);
  const store = new RunStore(dataFolder);
  if (store.isOtherFolder(name)) {
    throw new UserError(
      exitCodes.unavailable,
      `${name} holds neither a system's journal (${journalPathOf(name, 'execution')}) nor a run (its run.json): name the data folder that "npx --no interlock up" was given, such as .interlock, or a run as "npx --no interlock report list" shows it.`,
    );
  }
  const { document, result } = store.load(name);
  const { outcomes, equity, from, to } = result;
  const { profile, dataFingerprint, buildHash } = result.inputs;
  const conditions = { profile, dataFingerprint, buildHash, sources: document.sources };
  return { name: `run ${document.id}`, outcomes, equity, span: { from, to }, conditions };
}

function readJournal(dataFolder: string): Side {
  const path = journalPathOf(dataFolder, 'execution');
  const log = new OrderLog();
  try {
    for (const row of showJournal(path, { aggregate: 'order/' })) {
      if (row.type === orderEventType) log.add(OrderEvent.decode(row.payload), row.time);
    }
  } catch (cause) {
    if (cause instanceof JournalCorrupt || cause instanceof JournalSchemaUnknown) {
      throw new UserError(exitCodes.corruptData, `${path}: ${cause.message}.`, { cause });
    }
    if (cause instanceof JournalUnavailable)
      throw new UserError(exitCodes.unavailable, cause.message, { cause });
    throw cause;
  }
  return {
    name: `journal ${path}`,
    outcomes: log.outcomes(),
    equity: undefined,
    span: undefined,
    conditions: undefined,
  };
}
