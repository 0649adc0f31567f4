// Aim: a person reads an order's life from its lines: quick steps on one line, later ones on lines of their own, with
// prices, results and whatever needs a look.
import { beforeEach, expect, it } from 'vitest';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { type OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import type { LotMatch } from '../../protos/gen/portfolio.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money, parseAmount, price, quantity } from '../../services/kernel/money/amount.ts';
import { createOrderLines, type OrderLines } from '../../services/operator/up/order-lines.ts';

const gatherUs = 300_000;
const start = brandOf.timestampUs(1_767_623_400_000_000);

let clock: ReturnType<typeof createManualClock>;
let printed: string[];
let lines: OrderLines;

beforeEach(() => {
  clock = createManualClock({ wallUs: start });
  printed = [];
  lines = createOrderLines({ clock, print: (line) => printed.push(line) });
});

it('an order that fills at once is one line, without the instant between approved and the venue', () => {
  fillAtOnce();
  clock.advance(gatherUs);
  expect(printed).toEqual([
    'SPY   BUY  12 @ limit 512.34   staged → approved → working → filled 12 @ 512.33',
  ]);
});

it('sending is worth a word when it lasts', () => {
  take('approved', { case: 'decided', value: decision([]) });
  take('submitting', { case: 'submitStarted', value: { attempt: 1 } });
  clock.advance(gatherUs);
  take('unknown', { case: 'submitUnanswered', value: { reason: '' } });
  clock.advance(gatherUs);
  expect(printed).toEqual(['SPY   BUY  12   … approved → submitting', 'SPY   BUY  12   … unknown']);
});

it('a profit is told once: with the order that closed, not with the one that opened', () => {
  fillAtOnce();
  lines.takeMatch(match('9.24'));
  take('resolved', lotsMatched);
  expect(printed).toEqual([
    'SPY   BUY  12 @ limit 512.34   staged → approved → working → filled 12 @ 512.33 → resolved +9.24 (fees 0.02)',
  ]);

  take('resolved', lotsMatched);
  lines.flush();
  expect(printed).toHaveLength(1);
});

it('an order that closes several lots has the sum, a loss its sign', () => {
  lines.takeMatch(match('-4'));
  lines.takeMatch(match('1'));
  take('resolved', lotsMatched);
  expect(printed).toEqual(['SPY   BUY  12   … resolved -3.00 (fees 0.04)']);
});

it('an order that stays is shown after a moment', () => {
  take('staged', { case: 'staged', value: { intent: intentBytes() } });
  take('working', { case: 'accepted', value: { venueOrderId: brandOf.venueOrderId('v-1') } });
  expect(printed).toEqual([]);

  clock.advance(gatherUs);

  expect(printed).toEqual(['SPY   BUY  12 @ limit 512.34   staged → working']);
});

it('a part says of how much, a denial says why, a flag is shown', () => {
  take('partiallyFilled', fill('5'));
  take('canceled', { case: 'canceled', value: { reason: '' } });
  take('denied', { case: 'decided', value: decision(['ORDER_VALUE']) });
  take('canceled', fill('1'), { flags: ['LATE_FILL'] });
  expect(printed).toEqual([
    'SPY   BUY  12   … filled 5 of 12 @ 512.33 → canceled',
    'SPY   BUY  12   … denied ORDER_VALUE',
    'SPY   BUY  12   … filled 1 @ 512.33 → LATE_FILL',
  ]);
});

it('an order that waits for a signature says what to type, and later who signed', () => {
  take('staged', { case: 'staged', value: { intent: intentBytes() } });
  const waits = { ...decision(['APPROVAL_REQUIRED']), outcome: 'needsApproval' as const };
  take('awaitingApproval', { case: 'decided', value: waits });
  clock.advance(gatherUs);
  const evidence = new Uint8Array();
  take('rechecking', {
    case: 'approvalDecided',
    value: { approved: true, keyId: 'KEY1', reason: '', evidence },
  });
  clock.advance(gatherUs);
  expect(printed).toEqual([
    'SPY   BUY  12 @ limit 512.34   staged → awaitingApproval APPROVAL_REQUIRED: npx --no interlock approve ORDER1',
    'SPY   BUY  12 @ limit 512.34   … rechecking (approved by key KEY1)',
  ]);
});

it('an event that changed nothing is not shown', () => {
  take('filled', fill('12'), { ignored: true });
  lines.flush();
  expect(printed).toEqual([]);
});

it('orders that the venue may hold are counted', () => {
  take('submitting', { case: 'submitStarted', value: { attempt: 1 } });
  expect(lines.openCount()).toBe(1);
  take('unknown', { case: 'submitUnanswered', value: { reason: '' } });
  expect(lines.openCount()).toBe(1);
  take('canceled', { case: 'canceled', value: { reason: '' } });
  expect(lines.openCount()).toBe(0);
});

function fillAtOnce(): void {
  take('staged', { case: 'staged', value: { intent: intentBytes() } });
  take('approved', { case: 'decided', value: decision([]) });
  take('submitting', { case: 'submitStarted', value: { attempt: 1 } });
  take('working', { case: 'accepted', value: { venueOrderId: brandOf.venueOrderId('v-1') } });
  take('filled', fill('12'));
}

const lotsMatched: NonNullable<OrderEvent['body']> = {
  case: 'lotsMatched',
  value: { realizedPnl: money(parseAmount('9.24')), fees: money(0n), holdingTime: brandOf.durationUs(1) },
};

function match(pnl: string): LotMatch {
  return {
    account: brandOf.accountId('paper-1'),
    strategy: brandOf.strategyId('sma-cross'),
    instrument: brandOf.instrumentId('SPY'),
    openOrderId: brandOf.clientOrderId('ORDER0'),
    closeOrderId: brandOf.clientOrderId('ORDER1'),
    quantity: quantity(parseAmount('12')),
    openPrice: price(parseAmount('512.33')),
    closePrice: price(parseAmount('513.10')),
    pnl: money(parseAmount(pnl)),
    fees: money(parseAmount('0.02')),
  };
}

function take(
  state: OrderEvent['state'],
  body: NonNullable<OrderEvent['body']>,
  more: { readonly ignored?: boolean; readonly flags?: readonly string[] } = {},
): void {
  lines.take(
    {
      clientOrderId: brandOf.clientOrderId('ORDER1'),
      account: brandOf.accountId('paper-1'),
      strategy: brandOf.strategyId('sma-cross'),
      venue: brandOf.venueId('paper'),
      instrument: brandOf.instrumentId('SPY'),
      side: 'buy',
      state,
      quantity: quantity(parseAmount('12')),
      filledQuantity: quantity(0n),
      leavesQuantity: quantity(0n),
      ignored: more.ignored ?? false,
      flags: more.flags ?? [],
      environment: 'paper',
      body,
    },
    start,
  );
}

function decision(reasons: readonly string[]) {
  return {
    outcome: reasons.length === 0 ? ('approved' as const) : ('denied' as const),
    effectiveOrder: new Uint8Array(),
    digest: new Uint8Array(),
    reasons,
    riskEpoch: brandOf.epoch(1),
    limitsVersion: '',
    detail: '',
  };
}

function fill(filled: string): NonNullable<OrderEvent['body']> {
  return {
    case: 'filled',
    value: {
      executionId: brandOf.executionId('e-1'),
      quantity: quantity(parseAmount(filled)),
      price: price(parseAmount('512.33')),
      fees: money(0n),
      venueTime: start,
      inferred: false,
    },
  };
}

function intentBytes(): Uint8Array {
  return OrderIntent.encode({
    clientOrderId: brandOf.clientOrderId('ORDER1'),
    account: brandOf.accountId('paper-1'),
    strategy: brandOf.strategyId('sma-cross'),
    venue: brandOf.venueId('paper'),
    instrument: brandOf.instrumentId('SPY'),
    environment: 'paper',
    side: 'buy',
    type: 'limit',
    timeInForce: 'day',
    quantity: quantity(parseAmount('12')),
    limitPrice: price(parseAmount('512.34')),
    reduceOnly: false,
    deadline: start,
    triggerId: brandOf.eventId('bar.1'),
    ordinal: 0,
    reason: '',
  });
}
