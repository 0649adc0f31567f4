// Aim: FIFO lots worked out by hand: partial matches, flips, fees, splits, settlements, old busts.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money, price, quantity, scale, signedQuantity } from '../../services/kernel/money/amount.ts';
import { createLedger, type LedgerOrder } from '../../services/kernel/position/ledger.ts';
import { entriesKeptMax } from '../../services/kernel/position/lot-book.ts';

const owner = {
  account: brandOf.accountId('main'),
  venue: brandOf.venueId('paper'),
  currency: brandOf.currency('USD'),
  environment: 'paper',
  adoptedBy: brandOf.strategyId('adopted'),
} as const;
const spy = brandOf.instrumentId('SPY');
const units = (count: number): bigint => BigInt(Math.round(count * 100)) * (scale / 100n);

function orderOf(name: string, side: 'buy' | 'sell', parts: Partial<LedgerOrder> = {}): LedgerOrder {
  const strategy = brandOf.strategyId('sma');
  return {
    clientOrderId: brandOf.clientOrderId(name),
    strategy,
    instrument: spy,
    side,
    multiplier: 1,
    ...parts,
  };
}

let executions = 0;
function fillOf(size: number, at: number, fees = 0, time = 0) {
  executions += 1;
  return {
    executionId: brandOf.executionId(`x${executions}`),
    quantity: quantity(units(size)),
    price: price(units(at)),
    fees: money(units(fees)),
    time: brandOf.timestampUs(time),
  };
}

it('given two lots, when a sell closes one and a half, then the oldest goes first and fees are shared by quantity', () => {
  const ledger = createLedger(owner);
  const [first, second, exit] = [orderOf('A', 'buy'), orderOf('B', 'buy'), orderOf('C', 'sell')];
  ledger.fill(first, fillOf(10, 100, 1, 10));
  ledger.fill(second, fillOf(10, 110, 2, 20));

  const { matched } = ledger.fill(exit, fillOf(15, 120, 3, 50));

  expect(matched).toMatchObject([
    { openOrderId: 'A', closeOrderId: 'C', quantity: units(10), pnl: units(200), fees: units(3) },
    { openOrderId: 'B', closeOrderId: 'C', quantity: units(5), pnl: units(50), fees: units(2) },
  ]);
  expect([first, second, exit].map(ledger.isSettled)).toEqual([true, false, true]);
  expect(ledger.tally(exit)).toEqual({ pnl: units(250), fees: units(5), openedAt: 10, closedAt: 50 });
  expect(ledger.positionEvent(spy)).toMatchObject({
    quantity: units(5),
    cost: units(550),
    realizedPnl: units(250),
  });
});

it('given a fee that does not divide, when its lot is closed in halves, then the shares sum to the fee', () => {
  const ledger = createLedger(owner);
  ledger.fill(orderOf('A', 'buy'), { ...fillOf(2, 100), fees: money(3n) });

  const halves = [1, 2].flatMap(() => ledger.fill(orderOf('B', 'sell'), fillOf(1, 100)).matched);

  expect(halves.map((match) => match.fees)).toEqual([2n, 1n]);
});

it('given a long position, when a sell is larger, then it closes the one and opens a short, and resolves with that', () => {
  const ledger = createLedger(owner);
  const [entry, flip, cover] = [orderOf('A', 'buy'), orderOf('B', 'sell'), orderOf('C', 'buy')];
  ledger.fill(entry, fillOf(10, 100));
  ledger.fill(flip, fillOf(15, 110));
  expect(ledger.quantity(spy)).toBe(units(-5));
  expect([entry, flip].map(ledger.isSettled)).toEqual([true, false]);

  const { orders } = ledger.fill(cover, fillOf(5, 100));

  expect(orders).toEqual(['C', 'B']);
  expect(ledger.isSettled(flip)).toBe(true);
  expect(ledger.tally(flip)?.pnl).toBe(units(150));
});

it('given an option, when it trades, then cash and P&L count its multiplier', () => {
  const ledger = createLedger(owner);
  ledger.fill(orderOf('A', 'buy', { multiplier: 100 }), fillOf(2, 1.5));
  ledger.fill(orderOf('B', 'sell', { multiplier: 100 }), fillOf(2, 2));

  expect(ledger.accountEvent()).toMatchObject({ cash: units(100), realizedPnl: units(100) });
});

it('given a position, when it splits three for two, then quantity grows and cost stays', () => {
  const ledger = createLedger(owner);
  ledger.fill(orderOf('A', 'buy'), fillOf(10, 90));

  ledger.adjustPosition(
    adjustment({ reason: 'split', numerator: 3, denominator: 2 }),
    brandOf.timestampUs(1),
  );
  const { matched } = ledger.fill(orderOf('B', 'sell'), fillOf(15, 61));

  expect(matched).toMatchObject([{ quantity: units(15), openPrice: units(60), pnl: units(15) }]);
});

it('given a binary that is settled, when it pays one, then the lot is closed by no order and cash comes by its own event', () => {
  const ledger = createLedger(owner);
  const entry = orderOf('A', 'buy');
  ledger.fill(entry, fillOf(10, 0.4));

  const settled = adjustment({
    reason: 'settlement',
    quantity: signedQuantity(units(-10)),
    price: price(units(1)),
  });
  const { matched, orders } = ledger.adjustPosition(settled, brandOf.timestampUs(9));
  ledger.adjustCash({
    ...{ account: owner.account, venue: owner.venue, currency: owner.currency },
    amount: money(units(10)),
    reason: 'settlement',
    activityId: 'cash-1',
    detail: '',
  });

  expect(matched).toMatchObject([{ openOrderId: 'A', closeOrderId: undefined, pnl: units(6) }]);
  expect(orders).toEqual(['A']);
  expect(ledger.accountEvent()).toMatchObject({ cash: units(6), realizedPnl: units(6) });
});

it('given two strategies, when an activity names none, then it closes what they hold, and the rest is adopted', () => {
  const ledger = createLedger(owner);
  ledger.fill(orderOf('A', 'buy'), fillOf(10, 100));
  ledger.fill(orderOf('B', 'buy', { strategy: brandOf.strategyId('other') }), fillOf(5, 100));

  ledger.adjustPosition(
    adjustment({ quantity: signedQuantity(units(-20)), price: price(0n) }),
    brandOf.timestampUs(1),
  );

  expect(ledger.positionEvent(spy).strategies.map((one) => [one.strategy, one.quantity])).toEqual([
    ['sma', 0n],
    ['other', 0n],
    ['adopted', units(-5)],
  ]);
});

it('given more fills than are kept one by one, when old and new ones are taken back, then only the kept can be', () => {
  const ledger = createLedger(owner);
  const [entry, exit] = [orderOf('A', 'buy'), orderOf('B', 'sell')];
  const first = fillOf(1, 100);
  ledger.fill(entry, first);
  for (let count = 0; count < 2 * entriesKeptMax; count += 1) {
    ledger.fill(count % 2 === 0 ? exit : entry, fillOf(1, 100 + (count % 7)));
  }
  const before = ledger.accountEvent();
  const last = fillOf(1, 50);
  ledger.fill(exit, last);

  expect(ledger.bust(entry, first.executionId)).toMatchObject({ ok: false, code: 'UNKNOWN_FILL' });
  expect(ledger.bust(exit, last.executionId).ok).toBe(true);

  expect(ledger.accountEvent()).toEqual(before);
});

it('given a matched pair, when the opening fill is corrected, then the match is taken back and booked anew', () => {
  const ledger = createLedger(owner);
  const [entry, exit] = [orderOf('A', 'buy'), orderOf('B', 'sell')];
  const opening = fillOf(10, 100);
  ledger.fill(entry, opening);
  ledger.fill(exit, fillOf(10, 110));

  const result = ledger.correct(entry, { ...opening, price: price(units(101)) });

  expect(result).toMatchObject({
    ok: true,
    change: { unmatched: [{ pnl: units(100) }], matched: [{ pnl: units(90) }] },
  });
});

function adjustment(parts: object) {
  return {
    ...{ account: owner.account, venue: owner.venue, instrument: spy },
    reason: 'correction',
    activityId: 'activity-1',
    numerator: 1,
    denominator: 1,
    quantity: signedQuantity(0n),
    price: price(0n),
    detail: '',
    ...parts,
  } as const;
}
