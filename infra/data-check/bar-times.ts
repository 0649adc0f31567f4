import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import type { BarColumns } from '../bar-cache/bar-columns.ts';
import type { BarCalendar } from './bar-calendar.ts';
import { type Finding, placesText } from './finding.ts';

/** Of all bars that are to be expected: less is a quiet minute, more is missing data. */
const missingShareWrong = 0.01;
const dayUs = 86_400_000_000;
/** Bars without a trade in a row. */
const quietRunMin = { intraday: 30, daily: 5 };
const gapsKeptMax = 10_000;

interface Gap {
  readonly after: number;
  readonly before: number;
  readonly missing: number;
}

/** Bars that are missing, bars where no market is, and runs of bars in which nothing was traded. */
export class BarTimesCheck {
  readonly #columns: BarColumns;
  readonly #calendar: BarCalendar;
  readonly #gaps: Gap[] = [];
  readonly #outside: number[] = [];
  #gapCount = 0;
  #missing = 0;
  #outsideCount = 0;
  #before = Number.NaN;
  #quiet = { since: 0, bars: 0 };
  readonly #quietRuns: { readonly since: number; readonly bars: number }[] = [];

  readonly #textOf: (openTime: number) => string;

  constructor(
    columns: BarColumns,
    options: { readonly calendar: BarCalendar; readonly textOf: (openTime: number) => string },
  ) {
    this.#columns = columns;
    this.#calendar = options.calendar;
    this.#textOf = options.textOf;
  }

  add({ openTime, volume, length }: BarSeries): void {
    for (let row = 0; row < length; row += 1) {
      const time = openTime[row] ?? Number.NaN;
      this.#addTime(time);
      if (volume[row] === 0) {
        this.#quiet = {
          since: this.#quiet.bars === 0 ? time : this.#quiet.since,
          bars: this.#quiet.bars + 1,
        };
      } else this.#endQuiet();
    }
  }

  findings(): readonly Finding[] {
    this.#endQuiet();
    return [...this.#gapFindings(), ...this.#outsideFindings(), ...this.#quietFindings()];
  }

  #addTime(time: number): void {
    if (!this.#calendar.isInSession(time)) {
      this.#outsideCount += 1;
      if (this.#outside.length < gapsKeptMax) this.#outside.push(time);
    }
    const before = this.#before;
    this.#before = time;
    if (!(time - before > this.#columns.interval)) return;
    const missing = this.#calendar.missingBetween(before, time);
    if (missing === 0) return;
    this.#missing += missing;
    this.#gapCount += 1;
    if (this.#gaps.length < gapsKeptMax) this.#gaps.push({ after: before, before: time, missing });
  }

  #endQuiet(): void {
    const min = this.#columns.interval >= dayUs ? quietRunMin.daily : quietRunMin.intraday;
    if (this.#quiet.bars >= min) this.#quietRuns.push(this.#quiet);
    this.#quiet = { since: 0, bars: 0 };
  }

  #gapFindings(): readonly Finding[] {
    if (this.#missing === 0) return [];
    const share = this.#missing / (this.#missing + this.#columns.length);
    const places = [...this.#gaps]
      .sort((one, other) => other.missing - one.missing)
      .map(
        ({ after, before, missing }) =>
          `${missing} between ${this.#textOf(after)} and ${this.#textOf(before)}`,
      );
    return [
      {
        kind: 'gap',
        severity: share > missingShareWrong ? 'wrong' : 'doubtful',
        instrument: this.#columns.instrument,
        count: this.#missing,
        detail: `${(share * 100).toFixed(2)}% of the bars are missing: ${placesText(places, this.#gapCount)}`,
      },
    ];
  }

  #outsideFindings(): readonly Finding[] {
    if (this.#outsideCount === 0) return [];
    return [
      {
        kind: 'outsideSession',
        severity: 'doubtful',
        instrument: this.#columns.instrument,
        count: this.#outsideCount,
        detail: `no session of New York holds them: ${placesText(this.#outside.map(this.#textOf), this.#outsideCount)}`,
      },
    ];
  }

  #quietFindings(): readonly Finding[] {
    if (this.#quietRuns.length === 0) return [];
    const places = [...this.#quietRuns]
      .sort((one, other) => other.bars - one.bars)
      .map(({ since, bars }) => `${bars} bars from ${this.#textOf(since)}`);
    return [
      {
        kind: 'noVolume',
        severity: 'doubtful',
        instrument: this.#columns.instrument,
        count: this.#quietRuns.length,
        detail: `nothing was traded in ${placesText(places)}`,
      },
    ];
  }
}
