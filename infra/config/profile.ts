import { z } from 'zod';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { scale } from '../../services/kernel/money/amount.ts';
import { parseDay } from '../feeds/new-york-session.ts';
import { killSwitches, switchIssues } from './kill-switches.ts';
import { promotion } from './promotion.ts';
import { duration, moneyText, quantityText, ratio } from './units.ts';

/**
 * A profile, as written in YAML. Every key is required unless it says otherwise, and no key is unknown: a limit that
 * was forgotten or misspelled is an error, never a default.
 */
const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case words joined by hyphens');
const symbol = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9.-]{0,30}$/, "expected a symbol such as 'SPY'")
  .transform(brandOf.instrumentId);
const count = z.int('expected a whole number').positive('expected a number above 0');

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "expected a day such as '2013-10-07'")
  .refine((text) => parseDay(text) !== undefined, 'expected a day of the calendar');
const barInterval = duration.refine((lengthUs) => lengthUs > 0, "expected a length above 0, such as '1m'");

/** Market seconds a second, or `max`: as fast as the system follows. */
const speed = z.union([z.literal('max'), z.number().positive().max(100_000)], {
  error: "expected a number of market seconds a second, or 'max'",
});

const feedCommon = {
  symbols: z.array(symbol).min(1, 'expected at least one symbol'),
  speed,
  /** Market time after which an instrument without a quote is stale. */
  staleAfter: duration,
};

const columnName = z.string().min(1).optional();

/** Bars of the user's own files. */
const barFiles = {
  ...feedCommon,
  /** One file, or a folder with `<symbol>.csv`, or `.parquet`. */
  data: z.string().min(1),
  interval: barInterval,
  /** First and last day; absent: all there is. */
  from: day.optional(),
  to: day.optional(),
  /** Names of columns that are not called what they mean, such as `time: Date`. */
  columns: z
    .strictObject({
      time: columnName,
      open: columnName,
      high: columnName,
      low: columnName,
      close: columnName,
      volume: columnName,
      symbol: columnName,
    })
    .optional(),
  /** Of times that name no zone, such as America/New_York; absent: UTC. */
  timeZone: z.string().min(1).optional(),
  /** File of dividends and splits, for prices that are not adjusted; absent: there are none. */
  actions: z.string().min(1).optional(),
};

const feed = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('synthetic'),
    ...feedCommon,
    seed: z.int().nonnegative(),
    /** First session. */
    from: day,
    /** Last session; absent: it never ends. */
    to: day.optional(),
  }),
  z.strictObject({ kind: z.literal('csv'), ...barFiles }),
  z.strictObject({ kind: z.literal('parquet'), ...barFiles }),
  z.strictObject({
    kind: z.literal('lean'),
    ...feedCommon,
    /** Folder that holds `equity/usa/...`. */
    data: z.string().min(1),
    from: day,
    to: day,
    resolution: z.enum(['minute', 'hour', 'daily']),
  }),
  /** The market data of a day that a system recorded with `up --record`. */
  z.strictObject({
    kind: z.literal('recorded'),
    ...feedCommon,
    /** Folder of the recordings, or the one of market-data. */
    data: z.string().min(1),
    /** First and last day, by UTC; absent: all there is. */
    from: day.optional(),
    to: day.optional(),
  }),
]);

const strategy = z.strictObject({
  id: name.transform(brandOf.strategyId),
  /** Name of a strategy that ships, or the path of a file. */
  module: z.string().min(1),
  instruments: z.array(symbol).min(1),
  interval: barInterval,
  /** Market time that an order may wait to be sent, for a signature too; absent: two intervals. */
  orderLife: duration.optional(),
  /** Checked by the strategy's own schema. */
  parameters: z.record(z.string(), z.unknown()),
});

const share = ratio.refine((units) => units <= scale, 'expected at most 100%');
const aboveZero = ratio.refine((units) => units > 0n, 'expected a ratio above 0%');
const shareAboveZero = aboveZero.refine((units) => units <= scale, 'expected at most 100%');
const probability = aboveZero.refine((units) => units < scale, 'expected a probability below 100%');

/** Deviations say how far an estimate may be off: of a winning share p of n trades √(p (1 - p) / n). */
const edge = z.discriminatedUnion('kind', [
  /** A stake that is won with this probability and pays this profit (100%: even money), or is lost as a whole. */
  z.strictObject({
    kind: z.literal('binary'),
    winProbability: probability,
    payoff: aboveZero,
    winProbabilityDeviation: ratio,
  }),
  /** A holding with this mean return of a year above cash, and this deviation of a year's return. */
  z.strictObject({
    kind: z.literal('continuous'),
    excessReturn: ratio,
    volatility: aboveZero,
    excessReturnDeviation: ratio,
  }),
]);

const limits = z.strictObject({
  orderValueMax: moneyText,
  orderQuantityMax: quantityText,
  priceCollarRatio: ratio,
  ordersPerSecondMax: count,
  repeatedExecutions: z.strictObject({ countMax: count, window: duration }),
  /** Of equity, a position. */
  positionRatioMax: ratio,
  /** Of equity, the sum of absolute positions. */
  grossExposureRatioMax: ratio,
  leverageRatioMax: ratio,
  /** Of equity, kept in cash. */
  cashReserveRatio: ratio,
  openPositionsMax: count,
  dailyTradesMax: count,
  quoteAgeMax: duration,
  shortAllowed: z.boolean('expected true or false'),
  sizing: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('asAsked') }),
    z.strictObject({ kind: z.literal('fixedFraction'), ratio }),
    /** At most this fraction of Kelly's share, which shrinks with what is not known of the edge. */
    z.strictObject({ kind: z.literal('kelly'), fraction: shareAboveZero, edge }),
  ]),
});

const approvalPolicy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('never') }),
  /** What the whole order may cost is more. */
  z.strictObject({ kind: z.literal('above'), notional: moneyText }),
  z.strictObject({ kind: z.literal('always') }),
]);

/** Which orders wait for a person's signature, those that only reduce a position not exempt. */
const approval = z.strictObject({
  /** In backtest, paper and at a venue's paper account. */
  demo: approvalPolicy,
  live: approvalPolicy,
});

const paperVenue = z.strictObject({
  seed: z.int().nonnegative(),
  startingCash: moneyText,
  /** `quotes`: match against bid and ask; `bars`: the feed has bars only. */
  matching: z.enum(['quotes', 'bars']),
  latency: duration,
  slippage: share,
  /** Added slippage of an order as large as the size it meets. */
  impact: share,
  /** Of the price, where the feed has bars only: what a taker pays besides. */
  halfSpreadRatio: ratio.prefault('0%'),
  /** From 0, fills as modelled, to 1, the worst that the market data allow. */
  pessimism: z.number().min(0).max(1).default(0),
  /** Share of a bar's volume that may fill us. */
  barVolumeMax: ratio,
  rejectRatio: ratio,
  quoteAgeMax: duration,
  commission: z.strictObject({ ratio: share, perContract: moneyText, minimum: moneyText }),
  margin: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('cash') }),
    z.strictObject({ kind: z.literal('margin'), initial: ratio, maintenance: ratio }),
  ]),
});

const execution = z.strictObject({
  /** Without a lease for this long, execution cancels what works. */
  leaseLostCancel: duration,
  /** Working orders are canceled when the system is stopped in order. */
  cancelOnStop: z.boolean('expected true or false'),
});

const authority = z.strictObject({
  /** What who comes to NATS without a key may do. */
  guests: z.enum(['tripAndRead', 'trip', 'none'], { error: "expected 'tripAndRead', 'trip' or 'none'" }),
});

export const profileSchema = z
  .strictObject({
    environment: z.enum(['backtest', 'paper'], {
      error: "expected 'backtest' or 'paper'; remote venues come with their own adapters",
    }),
    account: name.transform(brandOf.accountId),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "expected a currency such as 'USD'")
      .transform(brandOf.currency),
    venue: z.literal('paper').transform(brandOf.venueId),
    feed,
    strategies: z.array(strategy),
    limits,
    approval,
    killSwitches,
    paperVenue,
    execution,
    monitor: z.strictObject({ port: z.int().min(0).max(65_535) }),
    authority,
    promotion: promotion.optional(),
  })
  .superRefine((profile, context) => {
    for (const { path, message } of switchIssues(profile)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
    const { feed, paperVenue } = profile;
    if (feed.from !== undefined && feed.to !== undefined && feed.to < feed.from) {
      context.addIssue({
        code: 'custom',
        path: ['feed', 'to'],
        message: `expected a day not before the first, ${feed.from}`,
      });
    }
    // A recording has what its system had.
    const mayHaveQuotes =
      feed.kind === 'synthetic' ||
      feed.kind === 'recorded' ||
      (feed.kind === 'lean' && feed.resolution === 'minute');
    if (mayHaveQuotes || paperVenue.matching === 'bars') return;
    // It would wait for ever for a quote to match against.
    context.addIssue({
      code: 'custom',
      path: ['paperVenue', 'matching'],
      message: "expected 'bars', for this feed has no quotes",
    });
  });

export type Profile = z.output<typeof profileSchema>;
export type FeedProfile = Profile['feed'];
