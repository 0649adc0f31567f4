import { z } from 'zod';
import { orderStates } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { describeIssues } from '../config/describe-issues.ts';
import { exitCodes, UserError } from '../process/user-error.ts';

/** Raised when a run is stored in another way; runs of an older one are refused by name, not misread. */
const formatVersion = 1;

const count = z.int().min(0);
const instrument = z.string().min(1).transform(brandOf.instrumentId);
const strategy = z.string().min(1).transform(brandOf.strategyId);
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** What can be told on one screen, in run.json; the columns are files beside it. */
const headSchema = z.object({
  ended: z.enum(['complete', 'interrupted']),
  ruin: z
    .object({
      kind: z.enum(['marginCall', 'ruined']),
      at: z.number(),
      equity: z.number(),
      exposure: z.number(),
      required: z.number(),
    })
    .optional(),
  doubts: z
    .object({
      withoutFactors: z.array(z.string()).readonly(),
      jumps: z
        .array(z.object({ instrument: z.string(), at: z.number(), from: z.number(), to: z.number() }))
        .readonly(),
    })
    .optional(),
  inputs: z.object({
    profile: z.unknown(),
    dataFingerprint: z.string().min(1),
    buildHash: z.string().min(1),
    seed: z.int(),
  }),
  strategies: z.array(strategy),
  instruments: z.array(instrument),
  from: z.number(),
  to: z.number(),
  startingCash: z.number(),
  bars: count,
  barsPerSecond: z.number(),
  stateHash: hash,
  orders: z.record(z.string(), count),
  denials: z.record(z.string(), count),
  refusals: z.record(z.string(), count).optional(),
  costs: z.object({ commission: z.number(), slippage: z.number(), turnover: z.number() }),
  dividends: z.number().optional(),
  finalCash: z.string(),
  finalEquity: z.string(),
});

const thinnedSchema = z.object({
  rows: count,
  stepUs: count,
  sums: z.object({
    totalUs: z.number(),
    exposedUs: z.number(),
    solventUs: z.number(),
    ratioUs: z.number(),
    equityUs: z.number(),
    largestRatio: z.number(),
  }),
});

const documentSchema = z.object({
  format: z.literal(formatVersion),
  id: z.string().min(1),
  /** Wall clock, ISO 8601. */
  madeAt: z.iso.datetime(),
  /** What was typed after `interlock backtest`: typed again, it gives the same state hash. */
  arguments: z.array(z.string()),
  rows: z.object({ equity: count, trades: count, orders: count }),
  /** Of an equity curve that has fewer rows than there were. */
  thinned: thinnedSchema.optional(),
  head: headSchema,
  /** SHA-256 of each strategy's file, by its module. */
  sources: z.record(z.string(), z.string()),
  /** Flat, by the names that `--json` uses; null where a figure is not defined for this run. */
  metrics: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
});

const numberText = z.coerce.number();
const optionalNumber = z.string().transform((text, context) => {
  if (text === '') return undefined;
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  context.addIssue('expected a number or nothing');
  return z.NEVER;
});

const tradeSchema = z.object({
  strategy,
  instrument,
  side: z.enum(['long', 'short']),
  quantity: numberText,
  openedAt: numberText,
  openPrice: numberText,
  closedAt: numberText,
  closePrice: numberText,
  fees: numberText,
  pnl: numberText,
  adverseExcursion: numberText,
  favorableExcursion: numberText,
});

const orderSchema = z.object({
  id: z.string().min(1).transform(brandOf.clientOrderId),
  strategy,
  instrument,
  side: z.enum(['buy', 'sell']),
  type: z.string(),
  quantity: numberText,
  limitPrice: optionalNumber,
  stopPrice: optionalNumber,
  stagedAt: numberText,
  triggerId: z.string(),
  ordinal: numberText,
  sentAt: optionalNumber,
  state: z.enum(orderStates),
  reasons: z.string().transform((text) => (text === '' ? [] : text.split('\n'))),
  filledQuantity: numberText,
  averagePrice: optionalNumber,
  fees: numberText,
  lastFillAt: optionalNumber,
});

export const tradeColumns = tradeSchema.keyof().options;
export const orderColumns = orderSchema.keyof().options;

type RunHead = Readonly<z.output<typeof headSchema>>;
export type RunDocument = Readonly<z.output<typeof documentSchema>>;
export type StoredTrade = Readonly<z.output<typeof tradeSchema>>;
export type StoredOrder = Readonly<Omit<z.output<typeof orderSchema>, 'reasons'>> & {
  readonly reasons: readonly string[];
};

export interface StoredCurve {
  readonly time: Float64Array;
  readonly equity: Float64Array;
  readonly cash: Float64Array;
  readonly exposure: Float64Array;
  readonly thinned?: Readonly<z.output<typeof thinnedSchema>> | undefined;
}

/** What a backtest gives and is given back by the store, to the last bit. */
export interface StoredResult extends Omit<RunHead, 'strategies' | 'instruments' | 'orders' | 'denials'> {
  readonly strategies: readonly RunHead['strategies'][number][];
  readonly instruments: readonly RunHead['instruments'][number][];
  readonly orders: Readonly<Record<string, number>>;
  readonly denials: Readonly<Record<string, number>>;
  readonly equity: StoredCurve;
  readonly trades: readonly StoredTrade[];
  readonly outcomes: readonly StoredOrder[];
}

export type Metrics = Readonly<Record<string, number | string | null>>;

/** What a run.json holds; the columns go into files of their own. */
export function documentOf(run: {
  readonly id: string;
  readonly madeAt: string;
  readonly arguments: readonly string[];
  readonly result: StoredResult;
  readonly sources: Readonly<Record<string, string>>;
  readonly metrics: Metrics;
}): unknown {
  const { equity, trades, outcomes, ...head } = run.result;
  const rows = { equity: equity.time.length, trades: trades.length, orders: outcomes.length };
  return { format: formatVersion, ...run, result: undefined, rows, thinned: equity.thinned, head };
}

/** Throws a UserError that names the file, the key and the remedy. */
export function readDocument(file: string, text: string): RunDocument {
  return checked(documentSchema, jsonOf(file, text), file);
}

/** Rows of trades.csv and orders.csv; `place` is named in errors. */
export const readTrade = (row: unknown, place: string): StoredTrade => checked(tradeSchema, row, place);
export const readOrder = (row: unknown, place: string): StoredOrder => checked(orderSchema, row, place);

export function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(file, cause instanceof Error ? cause.message : String(cause));
  }
}

export function checked<Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
  place: string,
): z.output<Schema> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  throw damaged(place, describeIssues(result.error.issues, raw)[0] ?? 'cannot be read');
}

export function damaged(place: string, detail: string): UserError {
  return new UserError(
    exitCodes.corruptData,
    `${place}: ${detail}. The stored run is damaged or of another version: make it again, or delete its folder.`,
  );
}
