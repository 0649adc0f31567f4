import type { InstrumentId, StrategyId } from '../../kernel/codec/brand.ts';
import type { DataDoubts } from '../market/data-doubts.ts';
import type { OrderOutcome } from './order-log.ts';
import type { Ruin } from './ruin.ts';

/** What a run was made of: whoever has the same gets the same `stateHash`. */
export interface RunInputs {
  /** The whole profile after all options were applied, limits, switches and the venue's frictions with it. */
  readonly profile: unknown;
  /** SHA-256 over the rows that were played, in hexadecimal; the same data in another file format give the same. */
  readonly dataFingerprint: string;
  /** Hash of the program's sources, as every service tells it. */
  readonly buildHash: string;
  readonly seed: number;
}

/** One row a bar close at which anything was known to have changed, in columns of equal length. Money in the account's currency. */
export interface EquityCurve {
  /** Market time in microseconds since the Unix epoch, strictly ascending. */
  readonly time: Float64Array;
  /** Cash and positions at the last price. */
  readonly equity: Float64Array;
  readonly cash: Float64Array;
  /** Sum of absolute position values. */
  readonly exposure: Float64Array;
  /** Absent: all rows are there. */
  readonly thinned?: ThinnedCurve | undefined;
}

/** Of a curve with more rows than are kept, see `kept-curve.ts`. */
export interface ThinnedCurve {
  /** That there were. */
  readonly rows: number;
  /** The time, at most a day, of which only the few rows were kept that figures are made of. When a drawdown was recovered from is known to this. */
  readonly stepUs: number;
  readonly sums: ExposureSums;
}

/** Over the time that each row held. Microseconds, those with a position, those with equity; exposure over equity, and equity, times microseconds. */
export interface ExposureSums {
  readonly totalUs: number;
  readonly exposedUs: number;
  readonly solventUs: number;
  readonly ratioUs: number;
  readonly equityUs: number;
  readonly largestRatio: number;
}

/** A round trip: an opening lot and what closed it. Money in the account's currency, after fees. */
export interface ClosedTrade {
  readonly strategy: StrategyId;
  readonly instrument: InstrumentId;
  readonly side: 'long' | 'short';
  readonly quantity: number;
  /** Microseconds since the Unix epoch. */
  readonly openedAt: number;
  readonly openPrice: number;
  readonly closedAt: number;
  readonly closePrice: number;
  readonly fees: number;
  readonly pnl: number;
  /**
   * Worst and best the trade ever stood at a bar's low and high, before fees: at most 0, at least 0. Of the bar that a
   * limit or a stop opened it in on the way, the worst counts in doubt, the best does not.
   */
  readonly adverseExcursion: number;
  readonly favorableExcursion: number;
}

/** How many orders ever entered each state, by the order machine's names. */
export type OrderFunnel = Readonly<Record<string, number>>;

export interface Costs {
  readonly commission: number;
  /** Paid against the middle or the bar's price at the time of each fill. */
  readonly slippage: number;
  /** Value of all fills. */
  readonly turnover: number;
}

export interface BacktestResult {
  readonly ended: 'complete' | 'interrupted';
  /** Of an account that came to its end before the data did, and the run with it. */
  readonly ruin?: Ruin | undefined;
  /** Absent in runs of an older store. */
  readonly doubts?: DataDoubts | undefined;
  readonly inputs: RunInputs;
  readonly strategies: readonly StrategyId[];
  readonly instruments: readonly InstrumentId[];
  /** Market time of the first and the last bar's close. */
  readonly from: number;
  readonly to: number;
  readonly startingCash: number;
  readonly bars: number;
  readonly barsPerSecond: number;
  /** SHA-256 over the bytes of every order event in journal order, in hexadecimal. */
  readonly stateHash: string;
  readonly equity: EquityCurve;
  /** In the order of closing. */
  readonly trades: readonly ClosedTrade[];
  readonly orders: OrderFunnel;
  /** One row an order in the order of staging, folded by OrderLog: what `compare` lays beside another run or a live journal. */
  readonly outcomes: readonly OrderOutcome[];
  /** Code of each denial and how often it was given. */
  readonly denials: Readonly<Record<string, number>>;
  /** What strategies asked for and no order could be made of, in words, and how often; absent in runs stored before. */
  readonly refusals?: Readonly<Record<string, number>> | undefined;
  readonly costs: Costs;
  /** Received less paid for what was short; in the equity and in no trade. Absent in runs stored before. */
  readonly dividends?: number | undefined;
  readonly finalCash: string;
  readonly finalEquity: string;
}
