import { at, type Series } from './series.ts';

/**
 * Figures of a moving window, one for each position: NaN until a whole window lies behind it. Returns that are NaN are
 * left out of their windows.
 */
export interface Rolling {
  readonly window: number;
  readonly periodsPerYear: number;
}

/** Sample deviation of each window, a year's. */
export function rollingVolatility(returns: Series, { window, periodsPerYear }: Rolling): Float64Array {
  return overWindows(returns, window, ({ deviation }) => deviation * Math.sqrt(periodsPerYear));
}

/** Mean over sample deviation of each window, a year's; NaN where nothing moved. */
export function rollingSharpe(returns: Series, { window, periodsPerYear }: Rolling): Float64Array {
  return overWindows(returns, window, ({ mean, deviation }) =>
    deviation === 0 ? Number.NaN : (mean / deviation) * Math.sqrt(periodsPerYear),
  );
}

/** Share lost of the highest equity of the last `window` points. A queue of falling peaks makes it one pass. */
export function rollingDrawdown(equity: Series, { window }: Pick<Rolling, 'window'>): Float64Array {
  const depths = new Float64Array(equity.length).fill(Number.NaN);
  const peaks = new Float64Array(equity.length);
  let first = 0;
  let end = 0;
  for (let index = 0; index < equity.length; index += 1) {
    const value = at(equity, index);
    while (end > first && at(equity, at(peaks, end - 1)) <= value) end -= 1;
    peaks[end] = index;
    end += 1;
    if (at(peaks, first) <= index - window) first += 1;
    if (index < window - 1) continue;
    const peak = at(equity, at(peaks, first));
    depths[index] = peak > 0 ? (peak - value) / peak : 0;
  }
  return depths;
}

/** Observations, their mean, and the sum of squared distances from it. */
class Spread {
  count = 0;
  mean = 0;
  squares = 0;

  /** Welford's update: nothing is ever taken away again, so that a quiet window after a wild one is exact. */
  add(value: number): void {
    if (Number.isNaN(value)) return;
    const distance = value - this.mean;
    this.count += 1;
    this.mean += distance / this.count;
    this.squares += distance * (value - this.mean);
  }

  clear(): void {
    this.count = 0;
    this.mean = 0;
    this.squares = 0;
  }
}

interface WindowFigures {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * In one pass: series are cut into blocks as long as the window, so that each window is the end of one block and the
 * beginning of the next, whose spreads are put together (Chan, Golub and LeVeque 1979).
 */
function overWindows(
  returns: Series,
  window: number,
  figure: (found: WindowFigures) => number,
): Float64Array {
  const figures = new Float64Array(returns.length).fill(Number.NaN);
  const ends = {
    count: new Float64Array(window + 1),
    mean: new Float64Array(window + 1),
    squares: new Float64Array(window + 1),
  };
  const spread = new Spread();
  for (let start = window; start <= returns.length; start += window) {
    spread.clear();
    for (let place = window - 1; place >= 0; place -= 1) {
      spread.add(at(returns, start - window + place));
      ends.count[place] = spread.count;
      ends.mean[place] = spread.mean;
      ends.squares[place] = spread.squares;
    }
    spread.clear();
    // At place 0 the window is the whole block before; the windows that follow end in this one.
    for (let place = 0; place < window && start + place <= returns.length; place += 1) {
      if (place > 0) spread.add(at(returns, start + place - 1));
      const before = at(ends.count, place);
      const count = before + spread.count;
      if (count < 2) continue;
      const apart = spread.mean - at(ends.mean, place);
      const squares =
        at(ends.squares, place) + spread.squares + (apart * apart * before * spread.count) / count;
      const mean = at(ends.mean, place) + (apart * spread.count) / count;
      figures[start + place - 1] = figure({ mean, deviation: Math.sqrt(squares / (count - 1)) });
    }
  }
  return figures;
}
