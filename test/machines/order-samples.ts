import { type OrderDecided, OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { quantity } from '../../services/kernel/money/amount.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { createOrder, type OrderActor } from '../../services/kernel/order/order-actor.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';

const nothing = new Uint8Array(0);

/** Whole units: `units(100)` is a hundred shares. */
export const units = (count: number) => quantity(BigInt(count) * 1_000_000_000n);

export function anIntent(overrides: Partial<OrderIntent> = {}): OrderIntent {
  return {
    clientOrderId: brandOf.clientOrderId('order-1'),
    account: brandOf.accountId('main'),
    strategy: brandOf.strategyId('sma-cross'),
    venue: brandOf.venueId('paper'),
    instrument: brandOf.instrumentId('SPY'),
    environment: 'paper',
    side: 'buy',
    type: 'limit',
    timeInForce: 'day',
    quantity: units(100),
    limitPrice: brandOf.price(50_000_000_000n),
    reduceOnly: false,
    deadline: brandOf.timestampUs(1_700_000_000_000_000),
    triggerId: brandOf.eventId('bar-1'),
    ordinal: 0,
    reason: 'the averages crossed',
    ...overrides,
  };
}

export const aChildIntent = (overrides: Partial<OrderIntent> = {}): OrderIntent =>
  anIntent({
    clientOrderId: brandOf.clientOrderId('child-1'),
    groupId: brandOf.groupId('group-1'),
    groupKind: 'bracket',
    groupRole: 'stopLoss',
    parentOrderId: brandOf.clientOrderId('order-1'),
    side: 'sell',
    ...overrides,
  });

export const anOrder = (intent: OrderIntent = anIntent()): OrderActor =>
  createOrder(intent, OrderIntent.encode(intent));

export function aDecision(
  intent: OrderIntent,
  outcome: OrderDecided['outcome'],
  overrides: Partial<OrderDecided> = {},
): OrderBody {
  const effectiveOrder = outcome === 'denied' ? nothing : OrderIntent.encode(intent);
  return {
    case: 'decided',
    value: {
      outcome,
      effectiveOrder,
      digest: Uint8Array.from(sha256(effectiveOrder)),
      reasons: outcome === 'denied' ? ['POSITION_LIMIT'] : [],
      riskEpoch: brandOf.epoch(1),
      limitsVersion: 'v1',
      detail: '',
      ...overrides,
    },
  };
}

export function aFill(
  id: string,
  count: number,
  overrides: { readonly inferred?: boolean; readonly supersedes?: string } = {},
): OrderBody {
  return {
    case: 'filled',
    value: {
      executionId: brandOf.executionId(id),
      quantity: units(count),
      price: brandOf.price(50_000_000_000n),
      fees: brandOf.money(10_000_000n),
      venueTime: brandOf.timestampUs(1_700_000_000_000_000),
      inferred: overrides.inferred ?? false,
      supersedes: overrides.supersedes === undefined ? undefined : brandOf.executionId(overrides.supersedes),
    },
  };
}

export const aBust = (id: string): OrderBody => ({
  case: 'fillBusted',
  value: { executionId: brandOf.executionId(id), reason: 'clearly erroneous' },
});

export const aCorrection = (id: string, count: number): OrderBody => ({
  case: 'fillCorrected',
  value: {
    executionId: brandOf.executionId(id),
    quantity: units(count),
    price: brandOf.price(50_000_000_000n),
    fees: brandOf.money(10_000_000n),
  },
});

const terms = (id: string, count: number) => ({
  requestId: brandOf.clientOrderId(id),
  quantity: units(count),
  limitPrice: brandOf.price(49_000_000_000n),
});

export const replaceRequested = (id: string, count: number): OrderBody => ({
  case: 'replaceRequested',
  value: { ...terms(id, count), requestedBy: 'sma-cross' },
});
export const replaceStarted = (id: string, count: number): OrderBody => ({
  case: 'replaceStarted',
  value: terms(id, count),
});
export const replaced = (id: string, count: number): OrderBody => ({
  case: 'replaced',
  value: { ...terms(id, count), venueOrderId: brandOf.venueOrderId(`V-${id}`) },
});
export const replaceRefused = (id: string, code: string): OrderBody => ({
  case: 'replaceRefused',
  value: { requestId: brandOf.clientOrderId(id), code, reason: code },
});
export const replaceUnanswered = (id: string): OrderBody => ({
  case: 'replaceUnanswered',
  value: { requestId: brandOf.clientOrderId(id), reason: 'timeout' },
});

export const cancelRequested: OrderBody = {
  case: 'cancelRequested',
  value: { requestedBy: 'sma-cross', reason: 'changed its mind' },
};
export const cancelStarted: OrderBody = { case: 'cancelStarted', value: { attempt: 1 } };
export const cancelUnanswered: OrderBody = { case: 'cancelUnanswered', value: { reason: 'timeout' } };
export const cancelRefused = (code: string): OrderBody => ({
  case: 'cancelRefused',
  value: { code, reason: code },
});
export const submitStarted: OrderBody = { case: 'submitStarted', value: { attempt: 1 } };
export const submitUnanswered: OrderBody = { case: 'submitUnanswered', value: { reason: 'timeout' } };
export const accepted: OrderBody = {
  case: 'accepted',
  value: { venueOrderId: brandOf.venueOrderId('V-1') },
};
export const foundWorking: OrderBody = {
  case: 'foundWorking',
  value: { venueOrderId: brandOf.venueOrderId('V-1') },
};
export const canceled: OrderBody = { case: 'canceled', value: { reason: 'as asked' } };
export const expired: OrderBody = { case: 'expired', value: { reason: 'end of day' } };
export const rejected: OrderBody = { case: 'rejected', value: { code: 'NO_FUNDS', reason: 'no funds' } };
export const absenceProven: OrderBody = {
  case: 'absenceProven',
  value: { sources: ['openOrders'], reads: 3, quietPeriod: brandOf.durationUs(5_000_000) },
};
export const lotsMatched: OrderBody = {
  case: 'lotsMatched',
  value: {
    realizedPnl: brandOf.money(7n),
    fees: brandOf.money(2n),
    holdingTime: brandOf.durationUs(60_000_000),
  },
};
export const lotsUnmatched: OrderBody = { case: 'lotsUnmatched', value: { reason: 'a fill was busted' } };
export const serviceRestarted: OrderBody = { case: 'serviceRestarted', value: { epoch: brandOf.epoch(2) } };
export const groupClosed: OrderBody = { case: 'groupClosed', value: { reason: 'the other leg is filled' } };
export const deadlinePassed: OrderBody = {
  case: 'deadlinePassed',
  value: { marketTime: brandOf.timestampUs(1_700_000_000_000_001) },
};
export const killApplied = (action: 'pause' | 'stop' | 'liquidate', spared: boolean): OrderBody => ({
  case: 'killApplied',
  value: { switchName: brandOf.switchName('manual'), action, spared },
});
export const approvalDecided = (approved: boolean): OrderBody => ({
  case: 'approvalDecided',
  value: { approved, keyId: 'key-1', reason: '', evidence: nothing },
});
export const parentFilled = (count: number): OrderBody => ({
  case: 'parentFilled',
  value: { parentOrderId: brandOf.clientOrderId('order-1'), quantity: units(count) },
});
export const parentReplaced = (count: number): OrderBody => ({
  case: 'parentReplaced',
  value: { quantity: units(count) },
});

/** Every event an order can get, in each variant that a condition of the table can tell apart. */
export function everyBody(intent: OrderIntent): readonly OrderBody[] {
  const later = { riskEpoch: brandOf.epoch(2) };
  return [
    { case: 'staged', value: { intent: OrderIntent.encode(intent) } },
    aDecision(intent, 'approved'),
    aDecision({ ...intent, quantity: units(60) }, 'resized'),
    aDecision(intent, 'denied'),
    aDecision(intent, 'needsApproval'),
    aDecision({ ...intent, quantity: units(60) }, 'approved', later),
    aDecision(intent, 'denied', later),
    aDecision(intent, 'needsApproval', later),
    approvalDecided(true),
    approvalDecided(false),
    submitStarted,
    submitUnanswered,
    accepted,
    rejected,
    aFill('fill-40', 40),
    aFill('fill-60', 60),
    aFill('fill-200', 200),
    aFill('inferred-30', 30, { inferred: true }),
    aBust('fill-40'),
    aBust('fill-60'),
    aBust('never-seen'),
    aCorrection('fill-40', 40),
    aCorrection('fill-40', 50),
    aCorrection('fill-40', 0),
    aCorrection('fill-60', 100),
    aCorrection('never-seen', 1),
    cancelRequested,
    cancelStarted,
    cancelRefused('TOO_BUSY'),
    cancelRefused('UNKNOWN_ORDER'),
    cancelUnanswered,
    { case: 'cancelEscalated', value: { reason: 'three cancels without an answer' } },
    canceled,
    replaceRequested('replace-1', 150),
    replaceRequested('replace-2', 50),
    replaceStarted('replace-1', 150),
    replaceStarted('replace-2', 50),
    replaced('replace-1', 150),
    replaced('replace-2', 50),
    replaceRefused('replace-1', 'TOO_LATE'),
    replaceRefused('replace-2', 'TOO_LATE'),
    replaceRefused('replace-1', 'UNKNOWN_ORDER'),
    replaceUnanswered('replace-1'),
    replaceUnanswered('replace-2'),
    expired,
    absenceProven,
    parentFilled(40),
    parentFilled(100),
    parentReplaced(80),
    groupClosed,
    killApplied('stop', false),
    killApplied('stop', true),
    killApplied('pause', true),
    killApplied('pause', false),
    deadlinePassed,
    serviceRestarted,
    lotsMatched,
    lotsUnmatched,
    foundWorking,
  ];
}
