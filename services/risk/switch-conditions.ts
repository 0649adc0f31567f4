import type { Baselines } from './baselines.ts';
import type { Exposure } from './exposure.ts';
import type { Links } from './links.ts';
import type { Market, Move } from './market.ts';
import { lossRatio, type Measures, ratioOf } from './measures.ts';
import type { OrderHistory } from './order-history.ts';
import type { Reading } from './switch-board.ts';

export interface ConditionFacts {
  readonly market: Market;
  readonly exposure: Exposure;
  readonly history: OrderHistory;
  readonly baselines: Baselines;
  readonly links: Links;
  readonly measures: Measures | undefined;
  readonly volatility: Move | undefined;
  /** Of the switch that is read. */
  readonly threshold: number | undefined;
}

/** When a switch is worth reading again. */
export type Occasion = 'price' | 'row' | 'order' | 'link' | 'tick';

export interface SwitchCondition {
  readonly on: readonly Occasion[];
  readonly read: (facts: ConditionFacts) => Reading;
}

const money: readonly Occasion[] = ['price', 'row', 'tick'];
const noMoney: Reading = { input: 'unknown', about: 'equity not known yet' };
/** Until a lost input has been missing for this long, if the profile says nothing: the lease's validity. */
const silenceUsDefault = 3_000_000;

/** What each switch reads. A switch without its input is never armed, so an enabled one blocks until it has it. */
export const switchConditions: Readonly<Record<string, SwitchCondition>> = {
  manual: { on: ['tick'], read: () => ({ input: 'known', about: 'a person' }) },
  maxDrawdown: {
    on: money,
    read: ({ measures, baselines: { peak } }) => {
      if (measures === undefined || peak === undefined) return noMoney;
      return { input: 'known', about: 'drawdown', value: lossRatio(peak, measures) };
    },
  },
  dailyLoss: {
    on: money,
    read: ({ measures, baselines: { opening } }) => {
      if (measures === undefined || opening === undefined) return noMoney;
      return { input: 'known', about: "the day's loss", value: lossRatio(opening, measures) };
    },
  },
  positionSize: {
    on: money,
    read: ({ measures }) =>
      measures === undefined
        ? noMoney
        : {
            input: 'known',
            about: 'largest position of equity',
            value: ratioOf(measures.largestPosition, measures.equity),
          },
  },
  grossExposure: {
    on: money,
    read: ({ measures }) =>
      measures === undefined
        ? noMoney
        : {
            input: 'known',
            about: 'gross exposure of equity',
            value: ratioOf(measures.grossExposure, measures.equity),
          },
  },
  volatility: {
    on: ['price', 'tick'],
    read: ({ volatility }) =>
      volatility === undefined
        ? { input: 'unknown', about: 'no price yet' }
        : { input: 'known', about: `five-minute range of ${volatility.instrument}`, value: volatility.ratio },
  },
  connectionLoss: {
    on: ['link', 'tick'],
    read: ({ links, threshold }) => links.execution(threshold ?? silenceUsDefault),
  },
  staleData: {
    on: ['link', 'tick'],
    read: ({ links, threshold }) => links.feed(threshold ?? silenceUsDefault),
  },
  // Nothing compares live with backtest yet, so an enabled switch is never ready.
  strategyDivergence: {
    on: ['tick'],
    read: () => ({ input: 'unknown', about: 'no comparison with a backtest' }),
  },
  orderRate: {
    on: ['order', 'tick'],
    read: ({ history, market }) => ({
      input: 'known',
      about: 'orders asked in a second',
      value: history.askedAt(market.now),
    }),
  },
  repeatedExecution: {
    on: ['order', 'tick'],
    read: ({ history, market }) => ({
      input: 'known',
      about: 'repetitions of one order',
      value: history.repeatsAskedAt(market.now),
    }),
  },
  dailyTrades: {
    on: ['row', 'tick'],
    read: ({ exposure, market }) => ({
      input: 'known',
      about: 'trades today',
      value: exposure.trades.tradesAt(market.now),
    }),
  },
  reconciliationBreak: { on: ['row', 'tick'], read: ({ links }) => links.reconciliation() },
  // No operator can report yet, so an enabled switch is never ready.
  operatorDeadMan: { on: ['tick'], read: () => ({ input: 'unknown', about: 'no operator has reported' }) },
};
