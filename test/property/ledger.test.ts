// Aim: whatever fills, busts, corrections, splits and cash come in whatever order, the ledger is exact to the last
// unit, a bust takes back what its fill did, and the same events give the same ledger.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LotMatch } from '../../protos/gen/portfolio.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { divide, money, price, quantity, scale, signedQuantity } from '../../services/kernel/money/amount.ts';
import { createLedger, type Ledger, type LedgerChange } from '../../services/kernel/position/ledger.ts';

const owner = {
  account: brandOf.accountId('main'),
  venue: brandOf.venueId('paper'),
  currency: brandOf.currency('USD'),
  environment: 'paper',
  adoptedBy: brandOf.strategyId('adopted'),
} as const;
const instruments = ['SPY', 'BRK.B'].map(brandOf.instrumentId);
const strategies = ['slow', 'fast'].map(brandOf.strategyId);

/** Odd numbers of 1e-9 units, so that every share of a cost or a fee has something to round. */
const size = fc.bigInt({ min: 1n, max: 30n * scale });
const amount = fc.bigInt({ min: 0n, max: 500n * scale });
const fill = fc.record({
  kind: fc.constant('fill' as const),
  strategy: fc.constantFrom(...strategies),
  instrument: fc.constantFrom(...instruments),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  multiplier: fc.constantFrom(1, 100),
  quantity: size,
  price: amount,
  fees: fc.bigInt({ min: -3n, max: 7n * scale }),
});
const takenBack = fc.record({
  kind: fc.constantFrom('bust' as const, 'correct' as const),
  pick: fc.nat(),
  quantity: size,
  price: amount,
});
const cash = fc.record({
  kind: fc.constant('cash' as const),
  amount: fc.bigInt({ min: -scale, max: scale }),
});
const transfer = fc.record({
  kind: fc.constant('transfer' as const),
  instrument: fc.constantFrom(...instruments),
  quantity: fc.bigInt({ min: -20n * scale, max: 20n * scale }).filter((units) => units !== 0n),
  price: amount,
});
const step = fc.oneof({ weight: 6, arbitrary: fill }, takenBack, cash, transfer);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Run {
  readonly ledger: Ledger;
  readonly matches: LotMatch[];
  readonly changes: LedgerChange[];
  readonly fills: {
    readonly order: Parameters<Ledger['fill']>[0];
    readonly executionId: ReturnType<typeof brandOf.executionId>;
  }[];
  adjusted: bigint;
  transferred: bigint;
}

function run(steps: readonly Step[]): Run {
  const state: Run = {
    ledger: createLedger(owner),
    matches: [],
    changes: [],
    fills: [],
    adjusted: 0n,
    transferred: 0n,
  };
  for (const [index, one] of steps.entries()) take(state, one, index);
  return state;
}

function record(state: Run, change: LedgerChange): void {
  for (const match of change.unmatched) {
    const index = state.matches.findIndex((known) => text(known) === text(match));
    expect(index).toBeGreaterThanOrEqual(0);
    state.matches.splice(index, 1);
  }
  state.matches.push(...change.matched);
  state.changes.push(change);
}

function take(state: Run, one: Step, index: number): void {
  const { ledger } = state;
  const time = brandOf.timestampUs(1_000_000 + index);
  switch (one.kind) {
    case 'fill': {
      const order = {
        clientOrderId: brandOf.clientOrderId(`order-${index}`),
        strategy: one.strategy,
        instrument: one.instrument,
        side: one.side,
        multiplier: one.multiplier,
      };
      const executionId = brandOf.executionId(`execution-${index}`);
      state.fills.push({ order, executionId });
      record(
        state,
        ledger.fill(order, {
          executionId,
          quantity: quantity(one.quantity),
          price: price(one.price),
          fees: money(one.fees),
          time,
        }),
      );
      return;
    }
    case 'bust':
    case 'correct': {
      const [picked] = state.fills.splice(one.pick % Math.max(state.fills.length, 1), 1);
      if (picked === undefined) return;
      if (one.kind === 'correct') state.fills.push(picked);
      const result =
        one.kind === 'bust'
          ? ledger.bust(picked.order, picked.executionId)
          : ledger.correct(picked.order, {
              executionId: picked.executionId,
              quantity: quantity(one.quantity),
              price: price(one.price),
              fees: money(5n),
            });
      if (!result.ok) throw new Error(result.detail);
      record(state, result.change);
      return;
    }
    case 'cash':
      state.adjusted += one.amount;
      ledger.adjustCash({
        account: owner.account,
        venue: owner.venue,
        currency: owner.currency,
        amount: money(one.amount),
        reason: 'dividend',
        activityId: `cash-${index}`,
        detail: '',
      });
      return;
    case 'transfer':
      state.transferred += divide(one.price * one.quantity, scale, 'halfEven');
      record(
        state,
        ledger.adjustPosition(
          {
            account: owner.account,
            venue: owner.venue,
            instrument: one.instrument,
            reason: 'correction',
            activityId: `transfer-${index}`,
            numerator: 1,
            denominator: 1,
            quantity: signedQuantity(one.quantity),
            price: price(one.price),
            detail: '',
          },
          time,
        ),
      );
      return;
  }
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));
const view = (ledger: Ledger): string =>
  text([ledger.accountEvent(), ledger.instruments().map(ledger.positionEvent)]);

it('cash and the cost of what is held are what came in, plus what was earned, minus fees', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { ledger, adjusted, transferred } = run(steps);
      const { cash: held, realizedPnl, fees } = ledger.accountEvent();
      const cost = ledger.instruments().reduce((sum, one) => sum + ledger.positionEvent(one).cost, 0n);
      expect(held + cost).toBe(adjusted + transferred + realizedPnl - fees);
    }),
  );
});

it("the strategies' positions sum to the account's, and a flat position costs nothing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { ledger } = run(steps);
      for (const position of ledger.instruments().map(ledger.positionEvent)) {
        expect(position.strategies.reduce((sum, one) => sum + one.quantity, 0n)).toBe(position.quantity);
        for (const one of position.strategies) if (one.quantity === 0n) expect(one.cost).toBe(0n);
      }
    }),
  );
});

it('every match is booked once: their sums are the realized P&L, and fees are shared to the last unit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { ledger, matches } = run(steps);
      const account = ledger.accountEvent();
      expect(matches.reduce((sum, match) => sum + match.pnl, 0n)).toBe(account.realizedPnl);
      const isFlat = ledger
        .instruments()
        .every((one) => ledger.positionEvent(one).strategies.every((held) => held.quantity === 0n));
      if (isFlat) expect(matches.reduce((sum, match) => sum + match.fees, 0n)).toBe(account.fees);
    }),
  );
});

it('closing everything shares all fees out', () => {
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 30 }), (steps) => {
      const open = run(steps);
      const closing: Step[] = open.ledger.instruments().flatMap((instrument) =>
        open.ledger.positionEvent(instrument).strategies.flatMap((held): Step[] =>
          held.quantity === 0n
            ? []
            : [
                {
                  kind: 'fill',
                  strategy: held.strategy,
                  instrument,
                  side: held.quantity > 0n ? 'sell' : 'buy',
                  multiplier: 1,
                  quantity: held.quantity > 0n ? held.quantity : -held.quantity,
                  price: 7n,
                  fees: 11n,
                },
              ],
        ),
      );
      const { ledger, matches } = run([...steps, ...closing]);
      expect(matches.reduce((sum, match) => sum + match.fees, 0n)).toBe(ledger.accountEvent().fees);
    }),
  );
});

it('a bust of the last fill restores the ledger as it was', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fill, (steps, last) => {
      // A ledger knows an instrument once it had a fill, so the fill before makes both ledgers know it.
      const before: Step[] = [...steps, { ...last, quantity: 3n }];
      const untouched = run(before);
      const busted = run([...before, last]);
      const undone = busted.fills.at(-1);
      if (undone === undefined) throw new Error('the last step is a fill');
      const result = busted.ledger.bust(undone.order, undone.executionId);
      expect(result.ok && result.change.matched).toEqual([]);
      expect(view(busted.ledger)).toBe(view(untouched.ledger));
    }),
  );
});

it('the same events give the same ledger', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      expect(view(run(steps).ledger)).toBe(view(run(steps).ledger));
    }),
  );
});
