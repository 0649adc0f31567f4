import { OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';
import { AmountOverflow, divide, formatAmount, notional, scale } from '../kernel/money/amount.ts';
import type { ProjectedRow, ProjectionStore } from '../kernel/projection/projection-store.ts';
import type { Market } from './market.ts';
import { decimal, timeFields } from './plain-fields.ts';

/** An estimate has no finer figures. */
const cent = scale / 100n;

interface ApprovalSources {
  readonly store: ProjectionStore;
  readonly market: Market;
}

/** Orders that wait for a person's signature, the newest first. What is signed is read from execution's journal. */
export function approvalViews(sources: ApprovalSources, limit: number): readonly JsonObject[] {
  const ids = sources.store.orderIds({ state: 'awaitingApproval', limit });
  return ids.flatMap((id) => {
    const decided = sources.store.orderRows(id).findLast(makesWait);
    return decided === undefined ? [] : [approvalView(decided, sources)];
  });
}

function makesWait({ payload }: ProjectedRow): boolean {
  const { body, state, ignored } = OrderEvent.decode(payload);
  return body.case === 'decided' && state === 'awaitingApproval' && !ignored;
}

function approvalView({ payload, sequence, time }: ProjectedRow, sources: ApprovalSources): JsonObject {
  const { body, clientOrderId } = OrderEvent.decode(payload);
  if (body.case !== 'decided') throw new Error(`row ${sequence} was a decision`);
  const { effectiveOrder, digest, limitsVersion, reasons, detail } = body.value;
  const order = OrderIntent.decode(effectiveOrder);
  return {
    ...timeFields(time),
    clientOrderId,
    account: order.account,
    venue: order.venue,
    strategy: order.strategy,
    environment: order.environment,
    instrument: order.instrument,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    quantity: formatAmount(order.quantity),
    limitPrice: decimal(order.limitPrice),
    stopPrice: decimal(order.stopPrice),
    estimatedValue: decimal(valueAtMark(order, sources.market)),
    wanted: order.reason,
    reasons,
    detail,
    limitsVersion,
    digest: hexOf(digest),
    /** Row of execution's journal that holds what is signed. */
    decidedSequence: sequence,
    untilTime: timeFields(order.deadline).time,
    waitedSeconds: Math.max(0, Math.floor((sources.market.now - time) / 1e6)),
  };
}

/** Undefined without a price or a definition of the instrument. */
function valueAtMark({ instrument, quantity }: OrderIntent, market: Market): bigint | undefined {
  const mark = market.mark(instrument);
  const multiplier = market.multiplier(instrument);
  if (mark === undefined || multiplier === undefined) return undefined;
  try {
    const value = notional(mark.price, quantity, { multiplier, rounding: 'up' });
    return divide(value, cent, 'up') * cent;
  } catch (error) {
    if (error instanceof AmountOverflow) return undefined;
    throw error;
  }
}
