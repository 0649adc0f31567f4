import { AuthorityEvent } from '../../protos/gen/authority.ts';
import { ExitEvent, OrderEvent } from '../../protos/gen/order.ts';
import { AccountEvent, PositionEvent, ReconciliationEvent } from '../../protos/gen/portfolio.ts';
import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { ExecutionRow } from '../kernel/bus/execution-row.ts';
import type { Sequence, TimestampUs } from '../kernel/codec/brand.ts';
import { restoreOrder } from '../kernel/order/order-actor.ts';
import type { ProjectionStore } from '../kernel/projection/projection-store.ts';

interface Place {
  readonly sequence: Sequence;
  readonly time: TimestampUs;
}

/** Writes what one row of execution's journal changes. The store is a function of the rows in their order. */
export function project(store: ProjectionStore, { fact, time }: ExecutionRow, sequence: Sequence): void {
  const place: Place = { sequence, time };
  switch (fact.case) {
    case 'order':
      projectOrder(store, fact.value, place);
      return;
    case 'position': {
      const { account, venue, instrument } = fact.value;
      const payload = PositionEvent.encode(fact.value);
      store.saveLatest('position', `${account}/${venue}/${instrument}`, { ...place, payload });
      return;
    }
    case 'account': {
      const { account, venue } = fact.value;
      const payload = AccountEvent.encode(fact.value);
      store.saveLatest('account', `${account}/${venue}`, { ...place, payload });
      return;
    }
    case 'reconciliation': {
      const { account, venue } = fact.value;
      const payload = ReconciliationEvent.encode(fact.value);
      store.saveLatest('reconciliation', `${account}/${venue}`, { ...place, payload });
      return;
    }
    case 'killSwitch':
      store.addKillSwitchRow({ ...place, payload: KillSwitchEvent.encode(fact.value) });
      return;
    case 'authority': {
      const changesKeyring = fact.value.body.case === 'keyringChanged';
      store.addAuthorityRow({ ...place, payload: AuthorityEvent.encode(fact.value), changesKeyring });
      return;
    }
    case 'exit':
      store.addExitRow({ ...place, payload: ExitEvent.encode(fact.value) });
      return;
    case 'group':
    case 'ledger':
      // What they changed is told by the rows of their orders, positions and account.
      return;
    default:
      assertNever(fact);
  }
}

function projectOrder(store: ProjectionStore, event: OrderEvent, place: Place): void {
  const { clientOrderId, state, body, ignored } = event;
  store.addOrderRow({ ...place, clientOrderId, state, payload: OrderEvent.encode(event) });
  const touchesFills = body.case === 'filled' || body.case === 'fillBusted' || body.case === 'fillCorrected';
  if (touchesFills && !ignored) saveFills(store, event, place);
}

/** One fill may take back others, inferred before it, so all of the order's are written. */
function saveFills(store: ProjectionStore, event: OrderEvent, place: Place): void {
  const { clientOrderId, account, strategy, instrument, side } = event;
  const rows = store.orderRows(clientOrderId).map(({ payload }) => OrderEvent.decode(payload));
  for (const fill of restoreOrder(rows).context.fills) {
    store.saveFill({ ...place, clientOrderId, account, strategy, instrument, side, ...fill });
  }
}
