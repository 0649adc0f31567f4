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

const readers: ReadonlyMap<string, (payload: Uint8Array) => ExecutionFact> = new Map<
  string,
  (payload: Uint8Array) => ExecutionFact
>([
  [OrderEvent.name, (payload) => ({ case: 'order', value: OrderEvent.decode(payload) })],
  [GroupEvent.name, (payload) => ({ case: 'group', value: GroupEvent.decode(payload) })],
  [PositionEvent.name, (payload) => ({ case: 'position', value: PositionEvent.decode(payload) })],
  [AccountEvent.name, (payload) => ({ case: 'account', value: AccountEvent.decode(payload) })],
  [LedgerEvent.name, (payload) => ({ case: 'ledger', value: LedgerEvent.decode(payload) })],
  [
    ReconciliationEvent.name,
    (payload) => ({ case: 'reconciliation', value: ReconciliationEvent.decode(payload) }),
  ],
  [KillSwitchEvent.name, (payload) => ({ case: 'killSwitch', value: KillSwitchEvent.decode(payload) })],
  [AuthorityEvent.name, (payload) => ({ case: 'authority', value: AuthorityEvent.decode(payload) })],
  [ExitEvent.name, (payload) => ({ case: 'exit', value: ExitEvent.decode(payload) })],
]);

/** Throws for a row of a type that this build does not know: to go on without it would be to guess. */
export function readExecutionRow(
  record: Pick<JournalRecord, 'sequence' | 'type' | 'time' | 'payload'>,
): ExecutionRow {
  const read = readers.get(record.type);
  if (read === undefined)
    throw new Error(`row ${record.sequence} of execution is of unknown type ${record.type}`);
  return { time: record.time, fact: read(record.payload) };
}
