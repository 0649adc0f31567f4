import { ExposureSum } from '../statistics/exposure.ts';
import { type Calendar, newYorkCalendar, type SessionDay, sessionDayOf } from '../statistics/session-days.ts';
import type { EquityCurve } from './backtest-result.ts';
import { GrowingColumn } from './growing-column.ts';

/** 128 MiB: the minutes of forty years of sessions are kept as they are. */
const rowsMax = 2 ** 22;
const firstStepUs = 1_000_000;
const dayUs = 86_400_000_000;

interface CurveRow {
  readonly time: number;
  readonly equity: number;
  readonly cash: number;
  readonly exposure: number;
}

export interface KeptCurveOptions {
  /** Absent: as many as anybody has use for. */
  readonly rowsMax?: number | undefined;
  /** Of the days whose last rows stay; absent: New York's. */
  readonly calendar?: Calendar | undefined;
}

/**
 * An equity curve that never needs more memory than the largest that people have use for. With too many rows, those
 * of each step of a session day give way to the few that figures are made of: the step's last row, its highest and
 * lowest equity, the peak and the trough of its own deepest drawdown, its highest exposure and its lowest cash, both of
 * equity. So each day's close, the deepest drawdown, the greatest exposure and the least cash come out as from all
 * rows, and thinning twice is as good as once: the deepest drawdown of two steps lies in one of them, or reaches from
 * the peak of the one to the trough of the other. Means over time are summed up before rows go.
 */
export class KeptCurve {
  readonly #columns = {
    time: new GrowingColumn(),
    equity: new GrowingColumn(),
    cash: new GrowingColumn(),
    exposure: new GrowingColumn(),
  };
  readonly #rowsMax: number;
  readonly #dayOf: (time: number) => SessionDay;
  readonly #sum = new ExposureSum();
  /** Rows that may be held before they are thinned again. */
  #room: number;
  #stepUs = firstStepUs;
  /** All that were ever added. */
  #rows = 0;
  /** Of those held, rows that are in the sum. */
  #summed = 0;

  constructor(options: KeptCurveOptions = {}) {
    this.#rowsMax = options.rowsMax ?? rowsMax;
    this.#dayOf = sessionDayOf(options.calendar ?? newYorkCalendar);
    this.#room = this.#rowsMax;
  }

  add(row: CurveRow): void {
    const { time, equity, cash, exposure } = this.#columns;
    if (time.length >= this.#room) this.#thin();
    time.add(row.time);
    equity.add(row.equity);
    cash.add(row.cash);
    exposure.add(row.exposure);
    this.#rows += 1;
  }

  curve(): EquityCurve {
    const { time, equity, cash, exposure } = this.#columns;
    const isThinned = this.#rows > time.length;
    if (isThinned) this.#sumUp();
    return {
      time: time.toArray(),
      equity: equity.toArray(),
      cash: cash.toArray(),
      exposure: exposure.toArray(),
      thinned: isThinned ? { rows: this.#rows, stepUs: this.#stepUs, sums: this.#sum.sums() } : undefined,
    };
  }

  #thin(): void {
    this.#sumUp();
    let kept = this.#rowsToKeep();
    while (kept === undefined) {
      this.#stepUs = Math.min(dayUs, 2 * this.#stepUs);
      kept = this.#rowsToKeep();
    }
    const { time, equity, cash, exposure } = this.#columns;
    for (const column of [time, equity, cash, exposure]) column.keep(kept);
    this.#summed = kept.length;
    // A day's rows are the least: of very many days there are more.
    this.#room = Math.max(this.#rowsMax, 2 * kept.length);
  }

  #sumUp(): void {
    const { time, equity, exposure } = this.#columns;
    for (let row = this.#summed; row < time.length; row += 1) {
      this.#sum.add({ time: time.at(row), equity: equity.at(row), exposure: exposure.at(row) });
    }
    this.#summed = time.length;
  }

  /** Undefined: with such steps they are too many. */
  #rowsToKeep(): readonly number[] | undefined {
    const { time } = this.#columns;
    // Figures begin with the first row.
    const kept = time.length === 0 ? [] : [0];
    let day: Pick<SessionDay, 'from' | 'to'> = { from: 0, to: Number.NEGATIVE_INFINITY };
    for (let from = 0; from < time.length; ) {
      const begin = time.at(from);
      if (begin > day.to) day = this.#dayOf(begin);
      const steps = Math.ceil((begin - day.from) / this.#stepUs);
      const end = Math.min(day.to, day.from + steps * this.#stepUs);
      let to = from + 1;
      while (to < time.length && time.at(to) <= end) to += 1;
      for (const row of this.#rowsOfStep(from, to)) if (row !== kept.at(-1)) kept.push(row);
      if (kept.length > this.#rowsMax / 2 && this.#stepUs < dayUs) return undefined;
      from = to;
    }
    return kept;
  }

  /** Ascending, each at least once. */
  #rowsOfStep(from: number, to: number): readonly number[] {
    if (to - from <= 2) return to - from === 1 ? [from] : [from, from + 1];
    const { equity, cash, exposure } = this.#columns;
    let [highest, lowest, peak, trough, mostExposed, leastCash] = [from, from, from, from, from, from];
    let depth = 0;
    for (let row = from; row < to; row += 1) {
      const owned = equity.at(row);
      if (owned > equity.at(highest)) highest = row;
      if (owned < equity.at(lowest)) lowest = row;
      const top = equity.at(highest);
      if (top > 0 && (top - owned) / top > depth) {
        depth = (top - owned) / top;
        peak = highest;
        trough = row;
      }
      if (owned <= 0) continue;
      if (exposure.at(row) / owned > exposure.at(mostExposed) / equity.at(mostExposed)) mostExposed = row;
      if (cash.at(row) / owned < cash.at(leastCash) / equity.at(leastCash)) leastCash = row;
    }
    return [highest, lowest, peak, trough, mostExposed, leastCash, to - 1].sort((one, other) => one - other);
  }
}
