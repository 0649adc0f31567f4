import type { LedgerEvent } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import { readExecutionRow } from '../kernel/bus/execution-row.ts';
import type { Epoch, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import type { Evidence } from './evidence.ts';
import { isExitOrder } from './exit-order.ts';
import type { Exits } from './exits.ts';
import type { Groups } from './groups.ts';
import type { KillBoard, KillSwitchRow } from './kill-board.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import { isTakenOver } from './taken-over.ts';
import type { Turn } from './turn.ts';

export interface RecoveryPorts {
  readonly journal: Journal;
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly keeper: LedgerKeeper;
  readonly evidence: Evidence;
  readonly groups: Groups;
  readonly exits: Exits;
  readonly board: KillBoard;
  readonly authority: AuthorityKeeper;
  readonly epoch: Epoch;
  readonly onTime: (time: TimestampUs) => void;
}

/**
 * Brings everything back from the journal, verified while it is read, then tells the orders that a process has ended.
 * Returned are those that may go to the venue by what is left of an earlier start's lease: they are told when it is over.
 */
export function recover(ports: RecoveryPorts): readonly OrderEntry[] {
  const { journal, orders, groups, board, turn } = ports;
  const switchRows: KillSwitchRow[] = [];
  for (const row of journal.replay(brandOf.sequence(1))) {
    const { fact, time } = readExecutionRow(row);
    ports.onTime(time);
    switch (fact.case) {
      case 'order': {
        const entry = orders.restore(fact.value, row);
        ports.keeper.restoreOrder(entry, fact.value);
        ports.evidence.restoreOrder(fact.value);
        ports.exits.restoreOrder(fact.value);
        break;
      }
      case 'ledger':
        ports.keeper.restoreAdjustment(fact.value, time);
        ports.evidence.restoreAdjustment(fact.value, isTakenOverBy(fact.value.body));
        break;
      case 'group':
        groups.restoreState(fact.value);
        break;
      case 'killSwitch':
        switchRows.push({ event: fact.value, sequence: row.sequence });
        break;
      case 'authority':
        ports.authority.restore(fact.value, row.sequence);
        break;
      case 'exit':
        ports.exits.restore(fact.value);
        break;
      case 'position':
      case 'account':
      case 'reconciliation':
        // They follow from the rows before them.
        break;
      default:
        assertNever(fact);
    }
  }
  board.restore(switchRows);
  turn.run(() => {
    for (const entry of [...orders.entries()]) {
      groups.add(entry);
      if (!entry.actor.closed && !maySomebodySend(entry)) tellRestart(entry, ports);
    }
  });
  return [...orders.entries()].filter(maySomebodySend);
}

/** An exit takes no lease. */
function maySomebodySend(entry: OrderEntry): boolean {
  return entry.actor.state === 'approved' && !isExitOrder(entry);
}

/** Answers that were on their way are lost, and so is what risk may have said of a replace. */
function tellRestart(entry: OrderEntry, { orders, epoch }: RecoveryPorts): void {
  const { state, context } = entry.actor;
  const { cancelWanted, replace } = context;
  const isAnswerLost = cancelWanted?.phase === 'sent' || replace?.phase === 'sent';
  if (state === 'approved' || state === 'submitting' || isAnswerLost) {
    orders.change(entry, { case: 'serviceRestarted', value: { epoch } });
  }
  if (replace?.phase === 'requested') {
    const { requestId } = replace;
    const value = { requestId, code: 'NO_DECISION', reason: 'execution was restarted' };
    orders.change(entry, { case: 'replaceRefused', value });
  }
}

function isTakenOverBy(body: LedgerEvent['body']): boolean {
  switch (body.case) {
    case 'cashAdjusted':
    case 'positionAdjusted':
      return isTakenOver(body.value.activityId);
    case 'lotMatched':
    case 'lotUnmatched':
      return false;
  }
}
