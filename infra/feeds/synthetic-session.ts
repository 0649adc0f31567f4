import { createRandomSource, type RandomSource } from './random-source.ts';

/** Regular hours, a quote a second. */
export const sessionSeconds = 23_400;

/** Where a symbol's day begins and ends, in cents. */
export interface DailyLevel {
  readonly openCents: number;
  readonly closeCents: number;
}

/** A symbol's day, one place a second. Prices are whole cents, so that they are on the tick. */
export interface SymbolPath {
  readonly bidCents: Int32Array;
  readonly askCents: Int32Array;
  readonly bidSize: Int32Array;
  readonly askSize: Int32Array;
  /** The trades of the second, taken together, at the bid or at the ask. */
  readonly tradeCents: Int32Array;
  readonly volume: Int32Array;
}

const regimeSeconds = 1800;
const regimes = ['trend', 'meanReversion', 'volatile'] as const;
type Regime = (typeof regimes)[number];

/** A year's deviation of 20% is this in a second of a regular session. */
const deviationPerSecond = 0.000_082;
const trendPerRegime = 0.004;
const reversionPerSecond = 1 / 240;
const volatileFactor = 2.2;

/**
 * One day of correlated symbols. Half an hour at a time the market trends, reverts or is volatile, for all symbols
 * alike; each symbol follows the market by its beta and wanders by itself. The wandering is a bridge: it ends where
 * the day's close says, so that a day is made without the days before it.
 */
export function createSession(options: {
  readonly seed: number;
  readonly day: number;
  readonly symbols: readonly string[];
  readonly levels: readonly DailyLevel[];
}): readonly SymbolPath[] {
  const { seed, day, symbols, levels } = options;
  const marketRandom = createRandomSource(seed, 'market', day);
  const plan = regimePlan(marketRandom);
  const market = wander(marketRandom, plan);
  return symbols.map((symbol, index) => {
    const level = levels[index];
    if (level === undefined) throw new Error(`no level of ${symbol}`);
    const random = createRandomSource(seed, 'symbol', day, symbol);
    const beta = 0.6 + 0.8 * createRandomSource(seed, 'beta', symbol).uniform();
    const own = wander(random, plan);
    return quoteSession({
      random,
      plan,
      level,
      deviationAt: (second) => beta * at(market, second) + at(own, second),
    });
  });
}

function regimePlan(random: RandomSource): readonly Regime[] {
  return Array.from({ length: sessionSeconds / regimeSeconds }, () => {
    return regimes[Math.floor(random.uniform() * regimes.length)] ?? 'trend';
  });
}

/** Relative deviation from the day's line, second by second. */
function wander(random: RandomSource, plan: readonly Regime[]): Float64Array {
  const deviations = new Float64Array(sessionSeconds);
  let deviation = 0;
  for (const [index, regime] of plan.entries()) {
    const anchor = deviation;
    const trend = (random.bell() * trendPerRegime) / regimeSeconds;
    for (let second = index * regimeSeconds; second < (index + 1) * regimeSeconds; second += 1) {
      const noise = random.bell() * deviationPerSecond;
      switch (regime) {
        case 'trend':
          deviation += trend + noise / 2;
          break;
        case 'meanReversion':
          deviation += (anchor - deviation) * reversionPerSecond + noise;
          break;
        case 'volatile':
          deviation += noise * volatileFactor;
          break;
      }
      deviations[second] = deviation;
    }
  }
  return deviations;
}

function quoteSession(options: {
  readonly random: RandomSource;
  readonly plan: readonly Regime[];
  readonly level: DailyLevel;
  readonly deviationAt: (second: number) => number;
}): SymbolPath {
  const { random, plan, level, deviationAt } = options;
  const path = emptyPath();
  const last = sessionSeconds - 1;
  const deviationAtEnd = deviationAt(last);
  for (let second = 0; second < sessionSeconds; second += 1) {
    const share = second / last;
    const line = level.openCents + (level.closeCents - level.openCents) * share;
    const middle = line * (1 + deviationAt(second) - deviationAtEnd * share);
    const restless = plan[Math.floor(second / regimeSeconds)] === 'volatile' ? 2 : 1;
    // About 1 cent a 200 dollars each way, wider when volatile, never less than a tick.
    const spread = 1 + Math.floor((line / 20_000) * restless * (0.5 + random.uniform()));
    const bid = Math.max(1, Math.floor(middle - spread / 2));
    path.bidCents[second] = bid;
    path.askCents[second] = bid + spread;
    path.bidSize[second] = 100 * (1 + Math.floor(random.uniform() * 20));
    path.askSize[second] = 100 * (1 + Math.floor(random.uniform() * 20));
    path.tradeCents[second] = random.uniform() < 0.5 ? bid : bid + spread;
    // Busy at the open and at the close, quiet at noon.
    const edge = 2 * share - 1;
    path.volume[second] = 1 + Math.floor(random.uniform() * 400 * restless * (0.5 + 1.5 * edge * edge));
  }
  return path;
}

function emptyPath(): SymbolPath {
  const column = (): Int32Array => new Int32Array(sessionSeconds);
  return {
    bidCents: column(),
    askCents: column(),
    bidSize: column(),
    askSize: column(),
    tradeCents: column(),
    volume: column(),
  };
}

/** A typed array has no holes: every second of a session is there. */
export function at(column: Float64Array | Int32Array, index: number): number {
  return column[index] ?? 0;
}
