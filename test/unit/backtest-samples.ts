import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type {
  BacktestResult,
  ClosedTrade,
  EquityCurve,
} from '../../services/research/backtest/backtest-result.ts';
import type { OrderOutcome } from '../../services/research/backtest/order-log.ts';

const dayUs = 86_400_000_000;
const spy = brandOf.instrumentId('SPY');
const startingCash = 100_000;
const commission = 1;

/** A result as a backtest over daily bars would give it: consistent in itself, and the same for the same seed. */
export function aBacktestResult(
  options: {
    readonly days?: number;
    readonly seed?: number;
    readonly strategy?: string;
    /** Mean daily return while invested. */
    readonly drift?: number;
  } = {},
): BacktestResult {
  const days = options.days ?? 2_500;
  const strategy = brandOf.strategyId(options.strategy ?? 'sma-cross');
  const market = marketOf({ days, seed: options.seed ?? 1, drift: options.drift ?? 0.0006 });
  const { curve, trades, outcomes, turnover } = traded(market, strategy);
  const orders = outcomes.length;
  return {
    ended: 'complete',
    inputs: {
      profile: {
        environment: 'backtest',
        strategies: [{ id: strategy, module: 'sma-cross', parameters: { fast: 10, slow: 30 } }],
        limits: { positionRatioMax: '100%', shortAllowed: false },
        paperVenue: { slippage: '0.01%', latency: '0ms', barVolumeMax: '10%' },
      },
      dataFingerprint: 'd'.repeat(64),
      buildHash: 'b'.repeat(64),
      seed: options.seed ?? 1,
    },
    strategies: [strategy],
    instruments: [spy],
    from: market.time[0] ?? 0,
    to: market.time.at(-1) ?? 0,
    startingCash,
    bars: days,
    barsPerSecond: 1_234_567,
    stateHash: 'a1b2c3d4'.repeat(8),
    equity: curve,
    trades,
    orders: {
      staged: orders,
      approved: orders,
      submitting: orders,
      working: orders,
      filled: orders,
      denied: 3,
    },
    outcomes,
    denials: { POSITION_LIMIT: 2, QUOTE_STALE: 1 },
    costs: { commission: commission * orders, slippage: turnover * 0.0001, turnover },
    finalCash: (curve.cash.at(-1) ?? 0).toFixed(2),
    finalEquity: (curve.equity.at(-1) ?? 0).toFixed(2),
  };
}

interface Market {
  readonly time: Float64Array;
  readonly close: Float64Array;
}

function marketOf(options: { readonly days: number; readonly seed: number; readonly drift: number }): Market {
  const random = randomOf(options.seed);
  const time = new Float64Array(options.days);
  const close = new Float64Array(options.days);
  let price = 100;
  let day = Date.UTC(2010, 0, 4, 21) * 1_000;
  for (let index = 0; index < options.days; index += 1) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    price *= 1 + options.drift + 0.011 * normal;
    time[index] = day;
    close[index] = Math.round(price * 100) / 100;
    const weekday = new Date(day / 1_000).getUTCDay();
    day += weekday === 5 ? 3 * dayUs : dayUs;
  }
  return { time, close };
}

/** In for twenty days, out for ten, with all the cash. */
function traded({ time, close }: Market, strategy: ClosedTrade['strategy']) {
  const days = time.length;
  const curve: EquityCurve = {
    time,
    equity: new Float64Array(days),
    cash: new Float64Array(days),
    exposure: new Float64Array(days),
  };
  const trades: ClosedTrade[] = [];
  const outcomes: OrderOutcome[] = [];
  let cash = startingCash;
  let held: { quantity: number; price: number; at: number; worst: number; best: number } | undefined;
  let turnover = 0;
  const order = (side: 'buy' | 'sell', quantity: number, index: number): void => {
    const [at, price] = [time[index] ?? 0, close[index] ?? 0];
    turnover += quantity * price;
    outcomes.push({
      id: brandOf.clientOrderId(`ORDER-${outcomes.length + 1}`),
      strategy,
      instrument: spy,
      side,
      type: 'market',
      quantity,
      limitPrice: undefined,
      stopPrice: undefined,
      stagedAt: at,
      triggerId: `bar-${index}`,
      ordinal: 0,
      sentAt: at,
      state: 'filled',
      reasons: [],
      filledQuantity: quantity,
      averagePrice: price,
      fees: commission,
      lastFillAt: at,
    });
  };
  for (let index = 0; index < days; index += 1) {
    const price = close[index] ?? 0;
    if (held !== undefined) {
      held.worst = Math.min(held.worst, price);
      held.best = Math.max(held.best, price);
    }
    if (index % 30 === 5) {
      const quantity = Math.floor((cash - 10) / price);
      held = { quantity, price, at: time[index] ?? 0, worst: price, best: price };
      cash -= quantity * price + commission;
      order('buy', quantity, index);
    } else if (index % 30 === 25 && held !== undefined) {
      const { quantity } = held;
      cash += quantity * price - commission;
      order('sell', quantity, index);
      trades.push({
        strategy,
        instrument: spy,
        side: 'long',
        quantity,
        openedAt: held.at,
        openPrice: held.price,
        closedAt: time[index] ?? 0,
        closePrice: price,
        fees: 2 * commission,
        pnl: quantity * (price - held.price) - 2 * commission,
        adverseExcursion: quantity * (held.worst - held.price),
        favorableExcursion: quantity * (held.best - held.price),
      });
      held = undefined;
    }
    const value = held === undefined ? 0 : held.quantity * price;
    curve.cash[index] = cash;
    curve.exposure[index] = value;
    curve.equity[index] = cash + value;
  }
  return { curve, trades, outcomes, turnover };
}

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
