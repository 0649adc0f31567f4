// Aim: how far the price went while a trade was open is the same as if each bar had been told to each open trade:
// however many are open, of whatever age, cut, closed, and split.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type BarRange,
  exactly,
  type Opening,
  OpenTrades,
} from '../../services/research/backtest/open-trades.ts';

/** Times pass by 0 to 2 units, so that trades are opened in a bar, between two, and ahead of the newest. */
const pass = fc.nat({ max: 2 });
const cents = fc.integer({ min: 1, max: 400 }).map((count) => count / 100);
const bar = fc.record({ kind: fc.constant('bar' as const), pass, low: cents, high: cents });
const open = fc.record({
  kind: fc.constant('open' as const),
  ahead: fc.integer({ min: -1, max: 2 }),
  price: cents,
  quantity: fc.integer({ min: 1, max: 3 }),
  entry: fc.option(fc.record({ low: cents, high: cents }), { nil: undefined }),
});
const close = fc.record({ kind: fc.constantFrom('cut' as const, 'drop' as const) });
const split = fc.record({ kind: fc.constant('split' as const), ratio: fc.constantFrom(2, 3, 0.5) });
const step = fc.oneof(
  { weight: 8, arbitrary: bar },
  { weight: 8, arbitrary: open },
  { weight: 4, arbitrary: close },
  { weight: 1, arbitrary: split },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Plain extends Opening {
  price: number;
  quantity: number;
  low: number;
  high: number;
}

/** Every bar is told to every trade. */
class EachItsOwn {
  readonly trades: Plain[] = [];

  open(opening: Opening): void {
    this.trades.push({ ...opening, low: opening.price, high: opening.price });
  }

  widen(range: BarRange): void {
    for (const trade of this.trades) {
      if (range.time < trade.openedAt) continue;
      const { low, high } = trade.entry?.time === range.time ? trade.entry : range;
      trade.low = Math.min(trade.low, low);
      trade.high = Math.max(trade.high, high);
    }
  }

  split(ratio: number): void {
    for (const trade of this.trades) {
      trade.quantity = exactly(trade.quantity * ratio);
      for (const price of ['price', 'low', 'high'] as const) trade[price] /= ratio;
    }
  }
}

/** Gives both the same; the oldest of each is told beside the other's. */
function follow(steps: readonly Step[]) {
  const trades = new OpenTrades();
  const plain = new EachItsOwn();
  const seen: { readonly ours: unknown; readonly theirs: unknown }[] = [];
  let time = 10;
  const look = (): void => void seen.push({ ours: tellOf(trades.oldest), theirs: tellOf(plain.trades[0]) });
  const drop = (): void => {
    look();
    trades.dropOldest();
    plain.trades.shift();
  };
  for (const one of steps) {
    switch (one.kind) {
      case 'bar': {
        time += one.pass;
        const range = { time, low: Math.min(one.low, one.high), high: Math.max(one.low, one.high) };
        trades.widen(time, range);
        plain.widen(range);
        break;
      }
      case 'open': {
        const openedAt = time + one.ahead;
        const entry = one.entry === undefined ? undefined : { time: openedAt, ...one.entry };
        const opening = { side: 'long', openedAt, price: one.price, quantity: one.quantity, entry } as const;
        trades.open(opening);
        plain.open(opening);
        break;
      }
      case 'cut': {
        look();
        const [ours, theirs] = [trades.oldest, plain.trades[0]];
        if (ours !== undefined) ours.quantity /= 2;
        if (theirs !== undefined) theirs.quantity /= 2;
        break;
      }
      case 'drop':
        drop();
        break;
      case 'split':
        trades.split(one.ratio);
        plain.split(one.ratio);
        break;
    }
  }
  while (plain.trades.length > 0) drop();
  look();
  return seen;
}

function tellOf(trade: Plain | OpenTrades['oldest']) {
  if (trade === undefined) return 'none is open';
  const { openedAt, price, quantity, low, high } = trade;
  return { openedAt, price, quantity, low, high };
}

it('the oldest trade knows the lowest and the highest price of the bars that count for it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      for (const { ours, theirs } of follow(steps)) expect(ours).toEqual(theirs);
    }),
    { numRuns: 500 },
  );
});
