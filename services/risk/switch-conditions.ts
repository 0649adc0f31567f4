import type { StrategyId } from '../kernel/codec/brand.ts';
import type { Exposure } from './exposure.ts';
import type { Links } from './links.ts';
import type { Market } from './market.ts';
import { lossRatio, type Measures, ratioOf } from './measures.ts';
import type { OrderHistory } from './order-history.ts';
import type { Reading } from './switch-board.ts';

export interface ConditionFacts {
  readonly market: Market;
  readonly exposure: Exposure;
  readonly history: OrderHistory;
  readonly links: Links;
  /** When it is read. */
  readonly occasion: Occasion;
  /** The one that the switch is about; undefined: all of the account. */
  readonly strategy: StrategyId | undefined;
  /** Of the account, or of that strategy. */
  readonly measures: Measures | undefined;
  /** Performance that the switch measures from. */
  readonly baseline: number | undefined;
  /** Of the switch that is read. */
  readonly threshold: number | undefined;
  /** Number of the newest fill that the switch was latched at: what its trip was for is signed away with it. */
  readonly forgivenFill: number;
}

/** When a switch is worth reading again. */
export type Occasion = 'price' | 'row' | 'order' | 'link' | 'tick';

export interface SwitchCondition {
  readonly on: readonly Occasion[];
  /** What its losses are measured from: the best there was, or the beginning of the day. */
  readonly from?: 'peak' | 'opening';
  /** It looks at fills: those that it was latched at are forgiven. */
  readonly ofFills?: true;
  readonly read: (facts: ConditionFacts) => Reading;
}

const money: readonly Occasion[] = ['price', 'row', 'tick'];
const noMoney: Reading = { input: 'unknown', about: 'equity not known yet' };
/** Until a lost input has been missing for this long, if the profile says nothing: the lease's validity. */
const silenceUsDefault = 3_000_000;

/** What each kind of switch reads. A switch without its input is never armed, so an enabled one blocks until it has it. */
export const switchConditions: Readonly<Record<string, SwitchCondition>> = {
  manual: { on: ['tick'], read: () => ({ input: 'known', about: 'a person' }) },
  maxDrawdown: {
    on: money,
    from: 'peak',
    read: (facts) => loss('drawdown', facts),
  },
  dailyLoss: {
    on: money,
    from: 'opening',
    read: (facts) => loss("the day's loss", facts),
  },
  positionSize: {
    on: money,
    read: (facts) => share('largest position of equity', facts, 'largestPosition'),
  },
  grossExposure: {
    on: money,
    read: (facts) => share('gross exposure of equity', facts, 'grossExposure'),
  },
  volatility: {
    on: ['price', 'tick'],
    // With each price the instrument that moved is looked at, once a second all of them.
    read: ({ market, occasion }) => {
      const move = occasion === 'price' ? market.newestMove : market.widestMove;
      return move === undefined
        ? { input: 'unknown', about: 'no price yet' }
        : { input: 'known', about: `five-minute range of ${move.instrument}`, value: move.ratio };
    },
  },
  connectionLoss: {
    on: ['link', 'tick'],
    read: ({ links, threshold }) => links.execution(threshold ?? silenceUsDefault),
  },
  staleData: {
    on: ['link', 'tick'],
    read: ({ links, threshold }) => links.feed(threshold ?? silenceUsDefault),
  },
  /** See slippage.ts: what fills cost beyond the prices that were seen when their orders were decided. */
  strategyDivergence: {
    on: ['row', 'tick'],
    ofFills: true,
    read: ({ exposure: { slippage }, strategy, forgivenFill: after }) => {
      const worst =
        strategy === undefined ? slippage.worst(after) : { strategy, ratio: slippage.of(strategy, after) };
      if (worst === undefined) return { input: 'known', about: 'slippage, no fill yet', value: 0 };
      return { input: 'known', about: `slippage of ${worst.strategy}`, value: worst.ratio };
    },
  },
  orderRate: {
    on: ['order', 'tick'],
    read: ({ history, market, strategy }) => ({
      input: 'known',
      about: `orders asked in a second${by(strategy)}`,
      value: history.askedAt(market.now, strategy),
    }),
  },
  repeatedExecution: {
    on: ['order', 'tick'],
    read: ({ history, market, strategy }) => ({
      input: 'known',
      about: `repetitions of one order${by(strategy)}`,
      value: history.repeatsAskedAt(market.now, strategy),
    }),
  },
  dailyTrades: {
    on: ['row', 'tick'],
    read: ({ exposure, market, strategy }) => ({
      input: 'known',
      about: `trades today${by(strategy)}`,
      value: exposure.trades.tradesAt(market.now, strategy),
    }),
  },
  reconciliationBreak: { on: ['row', 'tick'], read: ({ links }) => links.reconciliation() },
  operatorDeadMan: {
    on: ['link', 'tick'],
    read: ({ links, threshold }) => links.operator(threshold ?? silenceUsDefault),
  },
};

function loss(of: string, { measures, baseline, strategy }: ConditionFacts): Reading {
  if (measures === undefined || baseline === undefined) return noMoney;
  return { input: 'known', about: `${of}${by(strategy)}`, value: lossRatio(baseline, measures) };
}

function share(
  of: string,
  { measures, strategy }: ConditionFacts,
  figure: 'largestPosition' | 'grossExposure',
): Reading {
  if (measures === undefined) return noMoney;
  return { input: 'known', about: `${of}${by(strategy)}`, value: ratioOf(measures[figure], measures.equity) };
}

function by(strategy: StrategyId | undefined): string {
  return strategy === undefined ? '' : ` by ${strategy}`;
}
