import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bar, CorporateAction, PastCorporateAction } from '../../protos/gen/market.ts';
import type { DurationUs, TimestampUs, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import type { Datum, Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { allTime, type BarColumns, firstAtLeast, type OpenRange } from '../bar-cache/bar-columns.ts';
import { combinedFingerprint, fingerprintWithin } from '../bar-cache/fingerprint.ts';

/** A dividend or split, before the first bar that closes later than `time`: one that closes then still traded with it. */
export interface TimedAction {
  readonly time: TimestampUs;
  readonly action: CorporateAction;
}

export interface ColumnFeedOptions {
  readonly instruments: readonly Instrument[];
  /** One series an instrument, in the order of the instruments, all of one interval. */
  readonly columns: readonly BarColumns[];
  readonly venue: VenueId;
  readonly interval: DurationUs;
  /** Opens of the bars that are played; history reaches beyond. */
  readonly played?: OpenRange;
  /** In order of time. */
  readonly actions?: readonly TimedAction[];
  /** Of before what is played, for who asks of the past; in order of time. */
  readonly earlierActions?: readonly TimedAction[];
  readonly marketAt: (time: TimestampUs) => Instant['market'];
  readonly onClose: () => void;
}

/**
 * Plays columns: one instant a close time, the bars of an instant in the order of the instruments. A bar costs an
 * object and nothing else that grows with the file: blocks are read when their turn comes.
 */
export function createColumnFeed(options: ColumnFeedOptions): ReplayFeed {
  const { interval, marketAt, actions = [], earlierActions = [], columns, venue } = options;
  const { played = allTime } = options;
  const readers = columns.map((each) => new PlayedColumns(each, { venue, range: played }));
  let coming = 0;

  function next(): Instant | undefined {
    let openTime = Number.POSITIVE_INFINITY;
    for (let place = 0; place < readers.length; place += 1) {
      openTime = Math.min(openTime, readers[place]?.openTime ?? openTime);
    }
    if (openTime === Number.POSITIVE_INFINITY) return undefined;
    const time = brandOf.timestampUs(openTime + interval);
    let data = coming < actions.length ? dueActions(time) : undefined;
    for (let place = 0; place < readers.length; place += 1) {
      const reader = readers[place];
      if (reader?.openTime !== openTime) continue;
      const datum: Datum = { kind: 'bar', time, bar: reader.take() };
      // An empty list that grows would take room for many where most instants have one.
      if (data === undefined) data = [datum];
      else data.push(datum);
    }
    return { time, data: data ?? [], market: marketAt(time) };
  }

  function dueActions(time: TimestampUs): Datum[] | undefined {
    const due: Datum[] = [];
    for (; coming < actions.length; coming += 1) {
      const next = actions[coming];
      if (next === undefined || next.time >= time) break;
      due.push({ kind: 'corporateAction', time, action: next.action });
    }
    return due.length === 0 ? undefined : due;
  }

  /** With the close of the first bar of the range that traded without it; its own time when there is none. */
  function toldWithin({ time, action }: TimedAction, { from, to }: OpenRange): PastCorporateAction {
    const since = Math.max(from, time - interval + 1);
    const openTime = Math.min(...readers.map((reader) => reader.openTimeSince(since)));
    return { action, time: openTime < to ? brandOf.timestampUs(openTime + interval) : time };
  }

  return {
    kind: 'replay',
    instruments: options.instruments,
    barInterval: interval,
    next,
    fingerprint: () =>
      combinedFingerprint([
        ...columns.map((each) => fingerprintWithin(each, played)),
        ...actions.map(({ time, action }) => `${time} ${textOf(action)}`),
      ]),
    seek(after) {
      let told = Number.NEGATIVE_INFINITY;
      for (const reader of readers) {
        reader.seek(after - interval);
        told = Math.max(told, reader.openTimeBefore() + interval);
      }
      coming = actions.findIndex(({ time }) => time >= told);
      if (coming < 0) coming = actions.length;
    },
    history({ instrument, interval: asked, until, count }) {
      if (asked !== interval || count === 0) return [];
      const place = options.instruments.findIndex((each) => each.instrument === instrument);
      return readers[place]?.history({ openUntil: until - interval, count }) ?? [];
    },
    actions({ instrument, after, until }) {
      const isOf = ({ time, action }: TimedAction): boolean =>
        action.instrument === instrument && time < until;
      const told = [
        ...earlierActions
          .filter(isOf)
          .map((each) => toldWithin(each, { from: allTime.from, to: played.from })),
        ...actions.filter(isOf).map((each) => toldWithin(each, played)),
      ];
      return told.filter(({ time }) => time > after && time <= until);
    },
    close: options.onClose,
  };
}

/** Of what was announced; amounts as they are, in units of 1e-9. */
function textOf({ instrument, action }: CorporateAction): string {
  const says =
    action.case === 'dividend'
      ? action.value.amountPerShare
      : `${action.value.numerator}/${action.value.denominator}`;
  return `${instrument} ${action.case} ${says}`;
}

/** One instrument's bars, at the row that is played next. */
class PlayedColumns {
  /** Of the next bar; infinity at the end. */
  openTime = Number.POSITIVE_INFINITY;
  readonly #columns: BarColumns;
  readonly #venue: VenueId;
  readonly #from: number;
  readonly #to: number;
  #block: BarSeries | undefined;
  #blockIndex = 0;
  #row = 0;
  /** History asks for the same block again and again. */
  #past: { readonly index: number; readonly rows: BarSeries } | undefined;

  constructor(columns: BarColumns, options: { readonly venue: VenueId; readonly range: OpenRange }) {
    this.#columns = columns;
    this.#venue = options.venue;
    this.#from = options.range.from;
    this.#to = options.range.to;
    this.seek(Number.NEGATIVE_INFINITY);
  }

  /** Goes on with the first bar that opens after this, within the range. */
  seek(after: number): void {
    const { blocks } = this.#columns;
    const from = this.#from;
    const isDue = (openTime: number): boolean => openTime >= from && openTime > after;
    const index = blocks.findIndex(({ lastOpenTime }) => isDue(lastOpenTime));
    this.#blockIndex = index < 0 ? blocks.length : index;
    this.#block = index < 0 ? undefined : this.#columns.block(index);
    this.#row = 0;
    if (this.#block !== undefined) {
      this.#row = firstAtLeast(this.#block.openTime, Math.max(from, after));
      if (this.#block.openTime[this.#row] === after) this.#row += 1;
    }
    this.#look();
  }

  /** The next bar, and on to the one behind it. */
  take(): Bar {
    const block = this.#block;
    if (block === undefined) throw new RangeError('the columns are at their end');
    const bar = barAt(block, this.#row, this.#venue);
    this.#row += 1;
    if (this.#row < block.length) {
      const openTime = block.openTime[this.#row] ?? Number.NaN;
      this.openTime = openTime < this.#to ? openTime : Number.POSITIVE_INFINITY;
    } else this.#turn();
    return bar;
  }

  #turn(): void {
    this.#blockIndex += 1;
    const isEnd = this.#blockIndex === this.#columns.blocks.length;
    this.#block = isEnd ? undefined : this.#columns.block(this.#blockIndex);
    this.#row = 0;
    this.#look();
  }

  /** Of the last bar of the range before the next one; minus infinity at the start. */
  openTimeBefore(): number {
    const time =
      this.#row > 0
        ? this.#block?.openTime[this.#row - 1]
        : this.#columns.blocks[this.#blockIndex - 1]?.lastOpenTime;
    return time === undefined || time < this.#from ? Number.NEGATIVE_INFINITY : time;
  }

  /** Of the first bar that opens then or later, whether it is played or not; infinity when there is none. */
  openTimeSince(from: number): number {
    const index = this.#columns.blocks.findIndex(({ lastOpenTime }) => lastOpenTime >= from);
    if (index < 0) return Number.POSITIVE_INFINITY;
    const { openTime } = this.#pastBlock(index);
    return openTime[firstAtLeast(openTime, from)] ?? Number.POSITIVE_INFINITY;
  }

  history({ openUntil, count }: { readonly openUntil: number; readonly count: number }): readonly Bar[] {
    const { blocks } = this.#columns;
    let index = blocks.findLastIndex(({ firstOpenTime }) => firstOpenTime <= openUntil);
    const newestFirst: Bar[] = [];
    for (; index >= 0 && newestFirst.length < count; index -= 1) {
      const rows = this.#pastBlock(index);
      let row = firstAtLeast(rows.openTime, openUntil + 1) - 1;
      for (; row >= 0 && newestFirst.length < count; row -= 1) {
        newestFirst.push(barAt(rows, row, this.#venue));
      }
    }
    return newestFirst.reverse();
  }

  #pastBlock(index: number): BarSeries {
    if (index === this.#blockIndex && this.#block !== undefined) return this.#block;
    if (this.#past?.index !== index) this.#past = { index, rows: this.#columns.block(index) };
    return this.#past.rows;
  }

  #look(): void {
    const openTime = this.#block?.openTime[this.#row];
    this.openTime = openTime === undefined || openTime >= this.#to ? Number.POSITIVE_INFINITY : openTime;
  }
}

function barAt(rows: BarSeries, row: number, venue: VenueId): Bar {
  return {
    instrument: rows.instrument,
    venue,
    interval: rows.interval,
    openTime: brandOf.timestampUs(rows.openTime[row] ?? Number.NaN),
    open: rows.open[row] ?? Number.NaN,
    high: rows.high[row] ?? Number.NaN,
    low: rows.low[row] ?? Number.NaN,
    close: rows.close[row] ?? Number.NaN,
    volume: rows.volume[row] ?? Number.NaN,
  };
}
