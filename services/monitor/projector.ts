import type { OrderEvent } from '../../protos/gen/order.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { FollowedRow } from '../kernel/bus/execution-follower.ts';
import type { Sequence } from '../kernel/codec/brand.ts';
import type { Fill, OrderBody } from '../kernel/order/order.ts';
import { fillsCorrected, fillsWith, fillsWithout } from '../kernel/order/order-fills.ts';
import type { ProjectedRow, ProjectionStore } from '../kernel/projection/projection-store.ts';

/** Writes what one row of execution's journal changes. The store is a function of the rows in their order. */
export function project(store: ProjectionStore, row: FollowedRow, sequence: Sequence): void {
  const { fact, time } = row;
  switch (fact.case) {
    case 'order':
      projectOrder(store, fact.value, { sequence, time, payload: row.payload() });
      return;
    case 'position': {
      const { account, venue, instrument } = fact.value;
      const key = `${account}/${venue}/${instrument}`;
      store.saveLatest(fact.case, key, { sequence, time, payload: row.payload() });
      return;
    }
    case 'account':
    case 'reconciliation': {
      const { account, venue } = fact.value;
      store.saveLatest(fact.case, `${account}/${venue}`, { sequence, time, payload: row.payload() });
      return;
    }
    case 'killSwitch':
      store.addKillSwitchRow({ sequence, time, payload: row.payload() });
      return;
    case 'authority': {
      const changesKeyring = fact.value.body.case === 'keyringChanged';
      store.addAuthorityRow({ sequence, time, payload: row.payload(), changesKeyring });
      return;
    }
    case 'exit':
      store.addExitRow({ sequence, time, payload: row.payload() });
      return;
    case 'group':
    case 'ledger':
      // What they changed is told by the rows of their orders, positions and account.
      return;
    default:
      assertNever(fact);
  }
}

function projectOrder(store: ProjectionStore, event: OrderEvent, row: ProjectedRow): void {
  const { clientOrderId, state, body, ignored } = event;
  const { sequence, time, payload } = row;
  store.addOrderRow({ sequence, time, payload, clientOrderId, state });
  const touchesFills = body.case === 'filled' || body.case === 'fillBusted' || body.case === 'fillCorrected';
  if (touchesFills && !ignored) saveFills(store, event, row);
}

/** One fill may take back others, inferred before it. */
function saveFills(store: ProjectionStore, event: OrderEvent, { sequence, time }: ProjectedRow): void {
  const { clientOrderId, account, strategy, instrument, side, body } = event;
  const known = store.fillsOf(clientOrderId);
  for (const [index, fill] of fillsAfter(known, body).entries()) {
    if (fill === known[index]) continue;
    store.saveFill({ sequence, time, clientOrderId, account, strategy, instrument, side, ...fill });
  }
}

/** By the rules of the order itself. */
function fillsAfter(fills: readonly Fill[], body: OrderBody): readonly Fill[] {
  switch (body.case) {
    case 'filled':
      return fillsWith(fills, body.value);
    case 'fillBusted':
      return fillsWithout(fills, body.value);
    case 'fillCorrected':
      return fillsCorrected(fills, body.value);
    default:
      return fills;
  }
}
