import type { MarketSeries } from '../market/market-series.ts';
import { mean, moments } from '../statistics/moments.ts';
import { sharpe } from '../statistics/performance.ts';
import { at, type Series } from '../statistics/series.ts';
import { type Calendar, dayNumberOf } from '../statistics/session-days.ts';

export const regimeNames = ['calmRising', 'calmFalling', 'wildRising', 'wildFalling'] as const;
export type RegimeName = (typeof regimeNames)[number];

/** Days of the market, in columns of equal length. */
export interface MarketDays {
  /** Local days since 1970-01-01. */
  readonly day: readonly number[];
  /** Close to close, splits and dividends counted; of several instruments the mean. The first is NaN. */
  readonly change: readonly number[];
}

export interface RegimeFigures {
  readonly regime: RegimeName;
  readonly days: number;
  /** Null: too few days to tell. */
  readonly sharpeAnnual: number | null;
  /** Mean daily return times the days of a year. */
  readonly returnAnnualRatio: number | null;
}

/** A month of sessions says how wild a market is, half a year where it goes. */
const volatilityDays = 21;
const trendDays = 126;
/** Fewer days of a regime say nothing of it. */
export const regimeDaysMin = 60;

/**
 * A day is wild when the deviation of the 21 changes before it is above the median of all days, else calm; it is
 * rising when the market closed the day before above the mean of its last 126 closes, else falling. Nothing of the day
 * itself counts, so that a regime does not hold its own result; the median alone is taken with hindsight, to have as
 * many wild days as calm ones. The first 126 days have none.
 */
export function regimesOf({ day, change }: MarketDays): ReadonlyMap<number, RegimeName> {
  const index = [1];
  for (let place = 1; place < change.length; place += 1)
    index.push(at(index, place - 1) * (1 + at(change, place)));
  const deviations = day.map((_, place) =>
    place <= trendDays ? Number.NaN : moments(change.slice(place - volatilityDays, place)).deviation,
  );
  const median = medianOf(deviations.filter((value) => !Number.isNaN(value)));
  const regimes = new Map<number, RegimeName>();
  for (const [place, date] of day.entries()) {
    const deviation = at(deviations, place);
    if (Number.isNaN(deviation)) continue;
    const isRising = at(index, place - 1) > mean(index.slice(place - trendDays, place));
    if (deviation > median) regimes.set(date, isRising ? 'wildRising' : 'wildFalling');
    else regimes.set(date, isRising ? 'calmRising' : 'calmFalling');
  }
  return regimes;
}

/** What a run earned in each: returns by their days. */
export function regimeFigures(
  regimes: ReadonlyMap<number, RegimeName>,
  run: { readonly day: Series; readonly returns: Series; readonly daysPerYear: number },
): readonly RegimeFigures[] {
  const byRegime = new Map<RegimeName, number[]>(regimeNames.map((name) => [name, []]));
  for (let place = 0; place < run.day.length; place += 1) {
    const regime = regimes.get(at(run.day, place));
    if (regime !== undefined) byRegime.get(regime)?.push(at(run.returns, place));
  }
  return [...byRegime].map(([regime, returns]) => {
    const isEnough = returns.length >= regimeDaysMin;
    return {
      regime,
      days: returns.length,
      sharpeAnnual: isEnough ? told(sharpe(returns, { periodsPerYear: run.daysPerYear })) : null,
      returnAnnualRatio: isEnough ? told(mean(returns) * run.daysPerYear) : null,
    };
  });
}

/** The session days of one or several instruments. */
export function marketDays(series: readonly MarketSeries[], calendar: Calendar): MarketDays {
  const changes = new Map<number, number[]>();
  const dayOf = dayNumberOf(calendar);
  for (const { bars, actions = [] } of series) {
    const { openTime, close, interval, length } = bars;
    let growth = 1;
    let [due, today] = [0, Number.NaN];
    for (let row = 0; row < length; row += 1) {
      const date = dayOf(at(openTime, row) + interval);
      if (date !== today) {
        add(changes, { date: today, change: growth - 1 });
        [today, growth] = [date, row === 0 ? Number.NaN : 1];
      }
      let held = { shares: 1, cash: 0 };
      for (let next = actions[due]; next !== undefined && next.row <= row; next = actions[due]) {
        held = { shares: held.shares * next.shares, cash: held.cash + held.shares * next.cash };
        due += 1;
      }
      if (row > 0) growth *= (at(close, row) * held.shares + held.cash) / at(close, row - 1);
    }
    add(changes, { date: today, change: growth - 1 });
  }
  const day = [...changes.keys()].sort((one, other) => one - other);
  return { day, change: day.map((date) => mean(changes.get(date) ?? [])) };
}

function add(
  changes: Map<number, number[]>,
  { date, change }: { readonly date: number; readonly change: number },
): void {
  if (Number.isNaN(date)) return;
  const known = changes.get(date);
  if (known === undefined) changes.set(date, [change]);
  else known.push(change);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return (at(sorted, low) + at(sorted, high)) / 2;
}

function told(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
