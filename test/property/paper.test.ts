// Aim: whatever happens at the paper venue, it is repeatable, exact, and never kinder than the market it was shown.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryVenueStore } from '../../infra/venues/paper/memory-venue-store.ts';
import type { PaperOptions } from '../../infra/venues/paper/paper-options.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { VenueFill, VenueOrder, VenueReport } from '../../services/kernel/venue/venue-gateway.ts';
import {
  createPaperBench,
  marginAccount,
  money,
  orderId,
  type PaperBench,
  price,
  quantity,
  ratio,
} from '../unit/paper-fixture.ts';
import {
  type Action,
  barActions,
  oneOrderInBars,
  oneOrderInQuotes,
  perform,
  priorityActions,
  quoteActions,
} from './paper-actions.ts';

const runs = { numRuns: 200 };

const withFriction: Partial<PaperOptions> = {
  slippageRatio: ratio('0.0003'),
  impactRatio: ratio('0.0007'),
  halfSpreadRatio: ratio('0.0002'),
  pessimism: 0.3,
  rejectRatio: ratio('0.1'),
  commission: { ratio: ratio('0.002'), perContract: money('0.65'), minimum: money('1') },
  quoteAgeUsMax: brandOf.durationUs(3_600_000_000),
};

const modes = [
  ['quotes', quoteActions],
  ['bars', barActions],
] as const;
const margins = [{ kind: 'cash' }, marginAccount] as const;

function runAll(actions: readonly Action[], options: Partial<PaperOptions>): PaperBench {
  const bench = createPaperBench(options);
  actions.forEach((action, index) => {
    perform(bench, action, index);
  });
  return bench;
}

const orderOf = (bench: PaperBench, id: string) =>
  bench.read<VenueOrder | undefined>((done) => bench.venue.orderByClientId(orderId(id), done));

const signed = (fill: VenueFill, actions: readonly Action[]): bigint =>
  isBuy(fill, actions) ? fill.quantity : -fill.quantity;

function isBuy(fill: VenueFill, actions: readonly Action[]): boolean {
  const action = actions[Number(fill.clientOrderId.slice('order-'.length))];
  return action?.kind === 'submit' && action.wanted.side !== 'sell';
}

describe.each(modes)('matching on %s', (matching, arbitrary) => {
  const options = { ...withFriction, matching };

  it('the same seed and inputs give the same reports', () => {
    fc.assert(
      fc.property(arbitrary, (actions) => {
        expect(runAll(actions, options).reports).toEqual(runAll(actions, options).reports);
      }),
      runs,
    );
  });

  it('orderly restarts at any place change nothing', () => {
    fc.assert(
      fc.property(arbitrary, fc.array(fc.nat({ max: 59 }), { maxLength: 4 }), (actions, restarts) => {
        const store = createMemoryVenueStore();
        const reports: VenueReport[] = [];
        let bench = createPaperBench(options, { store });
        actions.forEach((action, index) => {
          perform(bench, action, index);
          // A new venue has no quote, so it restarts where the next input brings one.
          const bringsPrice = actions[index + 1]?.kind === 'quote' || actions[index + 1]?.kind === 'bar';
          if (!restarts.includes(index) || !bringsPrice) return;
          reports.push(...bench.reports);
          void bench.venue.close();
          bench = createPaperBench(options, { store });
        });
        reports.push(...bench.reports);
        expect(reports).toEqual(runAll(actions, options).reports);
      }),
      runs,
    );
  });

  it.each(margins)('cash, positions and fills add up to the last unit, %o', (margin) => {
    fc.assert(
      fc.property(arbitrary, (actions) => {
        const bench = runAll(actions, { ...options, margin });
        const fills = bench.fills();
        const paid = fills.reduce(
          (sum, fill) => sum + (signed(fill, actions) * fill.price) / 1_000_000_000n + fill.fees,
          0n,
        );
        const cash = bench.read(bench.venue.readAccount).cash;
        expect(cash).toBe(money('100000') - paid);
        const held = fills.reduce((sum, fill) => sum + signed(fill, actions), 0n);
        const [position] = bench.read(bench.venue.positions);
        expect(position?.quantity ?? 0n).toBe(held);
        const reports = fills.map((fill) => ({ kind: 'filled', fill }));
        expect(bench.read((done) => bench.venue.fillsSince(0, done))).toEqual(reports);
        expect(fills.map((fill) => fill.cursor)).toEqual(fills.map((_, index) => index + 1));
        if (margin.kind === 'cash') expect(cash >= 0n && held >= 0n).toBe(true);
      }),
      runs,
    );
  });

  it('whatever is taken back or corrected, in any order and however often: the books are those of what stands', () => {
    const revisions = fc.array(fc.record({ pick: fc.nat(), price: fc.option(fc.nat({ max: 200 })) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(arbitrary, revisions, (actions, wanted) => {
        const bench = runAll(actions, { ...options, margin: marginAccount });
        const fills = bench.fills();
        const standing = new Map(fills.map((fill) => [fill.executionId, fill]));
        for (const { pick, price: dollars } of fills.length === 0 ? [] : wanted) {
          const fill = fills[pick % fills.length];
          const known = fill === undefined ? undefined : standing.get(fill.executionId);
          const to = dollars === null ? undefined : price(`${dollars}`);
          if (fill === undefined) continue;
          const isDone = bench.venue.reviseFill(fill.executionId, { price: to, reason: 'drawn' });
          expect(isDone).toBe(known !== undefined);
          if (to === undefined) standing.delete(fill.executionId);
          else if (known !== undefined) standing.set(fill.executionId, { ...known, price: to });
        }
        let [paid, held] = [0n, 0n];
        for (const fill of standing.values()) {
          paid += (signed(fill, actions) * fill.price) / 1_000_000_000n + fill.fees;
          held += signed(fill, actions);
        }
        expect(bench.read(bench.venue.readAccount).cash).toBe(money('100000') - paid);
        expect(bench.read(bench.venue.positions)[0]?.quantity ?? 0n).toBe(held);
        for (const { clientOrderId } of fills) {
          const filled = [...standing.values()]
            .filter((fill) => fill.clientOrderId === clientOrderId)
            .reduce((sum, fill) => sum + fill.quantity, 0n);
          expect(orderOf(bench, clientOrderId)?.filledQuantity).toBe(filled);
        }
      }),
      runs,
    );
  });

  it('no order fills beyond its quantity or worse than its limit, and an OCO group not beyond its largest leg', () => {
    fc.assert(
      fc.property(arbitrary, (actions) => {
        const bench = createPaperBench({ ...options, margin: marginAccount });
        const groups = new Map<string, { filled: bigint; largest: bigint }>();
        actions.forEach((action, index) => {
          const before = bench.fills().length;
          perform(bench, action, index);
          for (const fill of bench.fills().slice(before)) {
            const limit = orderOf(bench, fill.clientOrderId)?.limitPrice;
            if (limit === undefined) continue;
            expect(isBuy(fill, actions) ? fill.price <= limit : fill.price >= limit).toBe(true);
          }
        });
        actions.forEach((action, index) => {
          if (action.kind !== 'submit') return;
          const found = orderOf(bench, `order-${index}`);
          if (found === undefined) return;
          expect(found.filledQuantity <= found.quantity).toBe(true);
          const group = action.wanted.groupId;
          if (group === undefined) return;
          const sum = groups.get(group) ?? { filled: 0n, largest: 0n };
          sum.filled += found.filledQuantity;
          const wanted = found.quantity;
          sum.largest = wanted > sum.largest ? wanted : sum.largest;
          groups.set(group, sum);
        });
        for (const { filled, largest } of groups.values()) expect(filled <= largest).toBe(true);
      }),
      runs,
    );
  });
});

it('no more fills than the market has shown: the sizes of one quote and of the trades until the next', () => {
  fc.assert(
    fc.property(quoteActions, (actions) => {
      const bench = createPaperBench({ ...withFriction, matching: 'quotes', margin: marginAccount });
      const shown = { buy: 0n, sell: 0n };
      actions.forEach((action, index) => {
        if (action.kind === 'quote') {
          shown.buy = units(action.quote.askSize);
          shown.sell = units(action.quote.bidSize);
        }
        if (action.kind === 'trade') {
          if (action.trade.aggressor !== 'buy') shown.buy += units(action.trade.size);
          if (action.trade.aggressor !== 'sell') shown.sell += units(action.trade.size);
        }
        const before = bench.fills().length;
        perform(bench, action, index);
        for (const fill of bench.fills().slice(before)) {
          shown[isBuy(fill, actions) ? 'buy' : 'sell'] -= fill.quantity;
        }
        expect(shown.buy >= 0n && shown.sell >= 0n).toBe(true);
      });
    }),
    runs,
  );
});

it('all fills of one bar take no more than the set share of its volume, and less the more pessimistic', () => {
  fc.assert(
    fc.property(barActions, fc.constantFrom(0, 0.3, 1), (actions, pessimism) => {
      const barVolumeRatioMax = ratio('0.5');
      const options = { matching: 'bars', barVolumeRatioMax, pessimism, margin: marginAccount } as const;
      const bench = createPaperBench(options);
      actions.forEach((action, index) => {
        const before = bench.fills().length;
        perform(bench, action, index);
        const taken = quantityOf(bench.fills().slice(before));
        const volume = action.kind === 'bar' ? units(action.bar.volume) : 0n;
        expect(Number(taken)).toBeLessThanOrEqual(Number(volume) * 0.5 * (1 - pessimism / 2));
      });
    }),
    runs,
  );
});

describe.each([
  ['quotes', oneOrderInQuotes],
  ['bars', oneOrderInBars],
] as const)('an order in %s', (matching, arbitrary) => {
  const pessimisms = fc.tuple(fc.constantFrom(0, 0.25, 0.5), fc.constantFrom(0, 0.25, 0.5));
  // The account carries everything, so that nothing but the market decides.
  const rich = { startingCash: money('10000000'), margin: marginAccount, matching } as const;
  const friction = {
    slippageRatio: ratio('0.0003'),
    impactRatio: ratio('0.0007'),
    halfSpreadRatio: ratio('0.0002'),
  };

  it('never fills earlier or better for a more pessimistic run', () => {
    fc.assert(
      fc.property(arbitrary, pessimisms, fc.boolean(), (actions, [some, more], hasFriction) => {
        const options = { ...rich, ...(hasFriction ? friction : {}) };
        const mild = createPaperBench({ ...options, pessimism: some });
        const harsh = createPaperBench({ ...options, pessimism: some + more });
        actions.forEach((action, index) => {
          const [mildBefore, harshBefore] = [mild.fills().length, harsh.fills().length];
          perform(mild, action, index);
          perform(harsh, action, index);
          expect(quantityOf(harsh.fills())).toBeLessThanOrEqual(quantityOf(mild.fills()));
          const mildNow = mild.fills().slice(mildBefore);
          const harshNow = harsh.fills().slice(harshBefore);
          const [first] = harshNow;
          if (first === undefined || mildNow.length === 0) return;
          // Average prices, without dividing.
          const harshPaid = notionalOf(harshNow) * quantityOf(mildNow);
          const mildPaid = notionalOf(mildNow) * quantityOf(harshNow);
          expect(isBuy(first, actions) ? harshPaid >= mildPaid : harshPaid <= mildPaid).toBe(true);
        });
      }),
      { numRuns: 1000 },
    );
  });
});

const quantityOf = (fills: readonly VenueFill[]): bigint =>
  fills.reduce((sum, fill) => sum + fill.quantity, 0n);
const notionalOf = (fills: readonly VenueFill[]): bigint =>
  fills.reduce((sum, fill) => sum + fill.quantity * fill.price, 0n);

const limit = { type: 'limit', side: 'sell', quantity: brandOf.quantity(units(1)) } as const;

/** Found once by seed 1507711376: the better limit came when the quote was too old to match it. */
const underStaleQuote: readonly Action[] = [
  { kind: 'quote', quote: { bidPrice: 99.5, bidSize: 0, askPrice: 99.5, askSize: 0 } },
  { kind: 'submit', wanted: { ...limit, limitPrice: price('99.51') } },
  { kind: 'trade', trade: { price: 99.5, size: 0, aggressor: 'buy' } },
  { kind: 'submit', wanted: { ...limit, limitPrice: price('99.50') } },
  { kind: 'trade', trade: { price: 99.51, size: 1, aggressor: 'buy' } },
];

it('a limit fills only when every better, and every equal but earlier one, is complete', () => {
  fc.assert(
    fc.property(priorityActions, (actions) => {
      const bench = createPaperBench({ margin: marginAccount, startingCash: money('10000000') });
      actions.forEach((action, index) => {
        const before = bench.fills().length;
        perform(bench, action, index);
        const filled = new Set(
          bench
            .fills()
            .slice(before)
            .map((fill) => fill.clientOrderId),
        );
        const open = bench.read(bench.venue.openOrders);
        for (const id of filled) {
          for (const other of open) expect(hasPriority(other.clientOrderId, id, actions)).toBe(false);
        }
      });
    }),
    { ...runs, examples: [[underStaleQuote]] },
  );
});

function hasPriority(one: string, other: string, actions: readonly Action[]): boolean {
  const [mine, its] = [one, other].map((id) => {
    const place = Number(id.slice('order-'.length));
    const action = actions[place];
    if (action?.kind !== 'submit') throw new Error(`${id} was not submitted`);
    return { place, side: action.wanted.side, limit: action.wanted.limitPrice ?? 0n };
  });
  if (mine === undefined || its === undefined || mine.side !== its.side) return false;
  if (mine.limit === its.limit) return mine.place < its.place;
  return mine.side === 'buy' ? mine.limit > its.limit : mine.limit < its.limit;
}

function units(size: number | undefined): bigint {
  return quantity(String(size ?? 0));
}
