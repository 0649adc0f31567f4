import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import type { BarColumns } from '../bar-cache/bar-columns.ts';
import type { CheckedSeries, KnownSplit } from './checked-series.ts';
import { type Finding, type FindingKind, placesText, type Severity } from './finding.ts';

/** Standard deviations, told from the median absolute deviation: a crash has a dozen, a wrong digit hundreds. */
const deviationsMax = 25;
/** A move below this is never called a mistake, however calm the rest was. */
const moveMin = 0.02;
/** Of the usual distance that high and low go beyond open and close: a day of panic goes ten times as far. */
const wicksMax = 15;
/** What of a spike is taken back by the next bar. */
const takenBackMin = 0.7;
const sampleMax = 500_000;
/** 1 / Φ⁻¹(3/4): median absolute deviations in a standard deviation of a normal distribution. */
const deviationsPerMad = 1.4826;

/** Splits that happen, of a price that falls or, in a reverse split, rises. */
const usualRatios = [1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50];
const splitTolerance = 0.03;
/** Below it, or one over it, a jump may well be news. */
export const jumpRatioMin = 1.45;
const splitJumpMin = Math.log(jumpRatioMin);

/** The split that new shares for an old one are, or whose reverse; undefined: nobody splits so. */
export function likeSplit(shares: number): number | undefined {
  return usualRatios.find((each) =>
    [each, 1 / each].some((known) => Math.abs(shares / known - 1) < splitTolerance),
  );
}

interface Place {
  readonly size: number;
  readonly text: string;
}

/**
 * Moves that no market makes: spikes that the next bar takes back, highs and lows far beyond the rest of a bar, jumps of the size of a split between two days that
 * no factor knows of, and factors that no price knows of. Prices that moved and stayed are the market's own affair.
 */
export class PriceCheck {
  readonly #columns: BarColumns;
  readonly #dayOf: (openTime: number) => number;
  readonly #textOf: (openTime: number) => string;
  readonly #splits: Map<number, KnownSplit>;
  readonly #limit: number;
  readonly #wickMax: number;
  readonly #spikes: Place[] = [];
  readonly #wicks: Place[] = [];
  readonly #jumps: Place[] = [];
  /** Overnight, and of no ratio that splits have. */
  readonly #leaps: Place[] = [];
  readonly #factors: Place[] = [];
  #close = Number.NaN;
  #time = Number.NaN;
  #day = Number.NaN;
  #move = 0;

  constructor({ columns, dayOf, splits }: CheckedSeries, textOf: (openTime: number) => string) {
    this.#textOf = textOf;
    this.#columns = columns;
    this.#dayOf = dayOf;
    this.#splits = new Map(splits.map((split) => [split.day, split]));
    this.#limit = Math.max(moveMin, deviationsMax * robustDeviation(columns));
    this.#wickMax = Math.max(moveMin, wicksMax * usualWick(columns));
  }

  add(bars: BarSeries): void {
    const { openTime, open, close, length } = bars;
    for (let row = 0; row < length; row += 1) {
      const time = openTime[row] ?? Number.NaN;
      const day = this.#dayOf(time);
      const ratio = day === this.#day ? 1 : this.#splitBetween(day);
      if (day !== this.#day) {
        this.#lookAtNight({ time, ratio, jump: Math.log((open[row] ?? Number.NaN) / this.#close) });
      }
      this.#lookAtWicks(bars, row);
      const move = Math.log(((close[row] ?? Number.NaN) * ratio) / this.#close);
      this.#lookAtSpike(move);
      this.#move = move;
      this.#close = close[row] ?? Number.NaN;
      this.#time = time;
      this.#day = day;
    }
  }

  findings(): readonly Finding[] {
    return [
      ...this.#finding('spike', 'wrong', { places: this.#spikes, what: 'moves that the next bar took back' }),
      ...this.#finding('wick', 'doubtful', {
        places: this.#wicks,
        what: 'highs and lows far beyond open and close, where stops and limits would fill',
      }),
      ...this.#finding('jump', 'wrong', {
        places: this.#jumps,
        what: 'overnight, like a split that no factor knows',
      }),
      ...this.#finding('jump', 'doubtful', {
        places: this.#leaps,
        what: 'overnight, and not of the size of a split',
      }),
      ...this.#finding('factor', 'wrong', {
        places: this.#factors,
        what: 'splits in the factors that no price shows',
      }),
    ];
  }

  /** New shares for an old one, of the splits since the bar before. */
  #splitBetween(day: number): number {
    let ratio = 1;
    for (const split of this.#splits.values()) {
      if (split.day > this.#day && split.day <= day) ratio *= split.ratio;
    }
    return ratio;
  }

  #lookAtNight({
    time,
    ratio,
    jump,
  }: {
    readonly time: number;
    readonly ratio: number;
    readonly jump: number;
  }): void {
    if (Number.isNaN(jump)) return;
    const text = this.#textOf(time);
    const left = jump + Math.log(ratio);
    if (ratio !== 1 && Math.abs(left) > Math.abs(jump)) {
      this.#factors.push({ size: Math.abs(left), text: `${text} ${ratio} for 1` });
    } else if (Math.abs(left) >= splitJumpMin) {
      const shares = Math.exp(-left);
      const usual = likeSplit(shares);
      const place = { size: Math.abs(left), text: `${text} ×${Math.exp(jump).toFixed(3)}` };
      if (usual === undefined) this.#leaps.push(place);
      else {
        const split = shares > 1 ? `${usual} for 1` : `1 for ${usual}`;
        this.#jumps.push({ ...place, text: `${place.text}, as of ${split}` });
      }
    }
  }

  #lookAtWicks({ openTime, open, high, low, close }: BarSeries, row: number): void {
    const [first = Number.NaN, last = Number.NaN] = [open[row], close[row]];
    const [top = Number.NaN, bottom = Number.NaN] = [high[row], low[row]];
    const up = Math.log(top / Math.max(first, last));
    const down = Math.log(Math.min(first, last) / bottom);
    if (!(Math.max(up, down) > this.#wickMax)) return;
    const [name, price] = up > down ? ['high', top] : ['low', bottom];
    this.#wicks.push({
      size: Math.max(up, down),
      text: `${this.#textOf(openTime[row] ?? Number.NaN)} ${name} ${price} at a close of ${last}`,
    });
  }

  /** The bar before moved, and this one takes it back. */
  #lookAtSpike(move: number): void {
    const spike = this.#move;
    if (!(Math.abs(spike) >= this.#limit) || Math.sign(move) === Math.sign(spike)) return;
    if (Math.abs(move) < Math.abs(spike) * takenBackMin) return;
    const percent = ((Math.exp(spike) - 1) * 100).toFixed(1);
    this.#spikes.push({ size: Math.abs(spike), text: `${this.#textOf(this.#time)} ${percent}%` });
  }

  #finding(
    kind: FindingKind,
    severity: Severity,
    { places, what }: { readonly places: readonly Place[]; readonly what: string },
  ): readonly Finding[] {
    if (places.length === 0) return [];
    const largestFirst = [...places].sort((one, other) => other.size - one.size).map(({ text }) => text);
    const detail = `${what}: ${placesText(largestFirst)}`;
    return [{ kind, severity, instrument: this.#columns.instrument, count: places.length, detail }];
  }
}

/** How far the high or the low of a bar is beyond its open and close, whichever is farther: the median. */
function usualWick(columns: BarColumns): number {
  const step = Math.max(1, Math.ceil(columns.length / sampleMax));
  const wicks: number[] = [];
  for (let index = 0; index < columns.blocks.length; index += 1) {
    const { open, high, low, close, length } = columns.block(index);
    for (let row = 0; row < length; row += step) {
      const [first = Number.NaN, last = Number.NaN] = [open[row], close[row]];
      const up = Math.log((high[row] ?? Number.NaN) / Math.max(first, last));
      wicks.push(Math.max(up, Math.log(Math.min(first, last) / (low[row] ?? Number.NaN))));
    }
  }
  return medianOf(wicks);
}

/** Standard deviation of a bar's return, as a few wrong prices cannot change it; of a sample of a long series. */
function robustDeviation(columns: BarColumns): number {
  const step = Math.max(1, Math.ceil(columns.length / sampleMax));
  const moves: number[] = [];
  for (let index = 0; index < columns.blocks.length; index += 1) {
    const { close, length } = columns.block(index);
    for (let row = 1; row < length; row += step) {
      moves.push(Math.log((close[row] ?? Number.NaN) / (close[row - 1] ?? Number.NaN)));
    }
  }
  const middle = medianOf(moves);
  return deviationsPerMad * medianOf(moves.map((move) => Math.abs(move - middle)));
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >>> 1] ?? 0;
}
