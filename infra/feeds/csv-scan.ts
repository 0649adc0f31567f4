import type { BarRow } from '../bar-cache/bar-row.ts';
import type { BarTime } from './bar-time.ts';

/** What a column holds, by its place in a line: 0 to leave out, or one of these. */
export const columnKinds = { skip: 0, time: 1, open: 2, high: 3, low: 4, close: 5, volume: 6, symbol: 7 };

const newline = 10;
const carriageReturn = 13;
const quote = 34;
const point = 46;
const zero = 48;

/** Exact in a double: a digit count and a power of ten up to which one division rounds as a decimal is defined to. */
const digitsMax = 15;
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Where the field that was read last ended. */
let cursor = 0;

/**
 * Reads plain lines: digits, points and times, nothing quoted, no blanks, no exponents. Whatever else a line holds,
 * the answer is -1 and the caller reads it in a slower way: speed is all that is at stake here. The bytes have a
 * newline behind the line.
 */
export class CsvScan {
  readonly #kinds: Uint8Array;
  readonly #delimiter: number;
  readonly #time: TimeScan;
  /** Bytes of the line's symbol. */
  symbolFrom = 0;
  symbolTo = 0;

  constructor(options: {
    readonly kinds: readonly number[];
    readonly delimiter: number;
    readonly time: BarTime;
  }) {
    const last = options.kinds.findLastIndex((kind) => kind !== columnKinds.skip);
    this.#kinds = Uint8Array.from(options.kinds.slice(0, last + 1));
    this.#delimiter = options.delimiter;
    this.#time = new TimeScan(options.time);
  }

  /** Fills the row from the line that begins at `from`; returns where the next one begins, or -1. */
  line(bytes: Uint8Array, from: number, row: BarRow): number {
    const delimiter = this.#delimiter;
    const kinds = this.#kinds;
    cursor = from - 1;
    for (let column = 0; column < kinds.length; column += 1) {
      if (column > 0 && bytes[cursor] !== delimiter) return -1;
      const value = this.#field(kinds[column] ?? 0, bytes, row);
      if (!(value >= 0)) return -1;
    }
    const next = bytes[cursor];
    if (next !== newline && next !== carriageReturn && next !== delimiter) return -1;
    return endOfLine(bytes, cursor);
  }

  /** Reads the field behind the cursor. NaN when it is not plain. */
  #field(kind: number, bytes: Uint8Array, row: BarRow): number {
    const from = cursor + 1;
    switch (kind) {
      case columnKinds.time:
        row.openTime = this.#time.read(bytes, from);
        return row.openTime;
      case columnKinds.open:
        row.open = decimal(bytes, from);
        return row.open;
      case columnKinds.high:
        row.high = decimal(bytes, from);
        return row.high;
      case columnKinds.low:
        row.low = decimal(bytes, from);
        return row.low;
      case columnKinds.close:
        row.close = decimal(bytes, from);
        return row.close;
      case columnKinds.volume:
        row.volume = decimal(bytes, from);
        return row.volume;
      case columnKinds.symbol:
        this.symbolFrom = from;
        this.symbolTo = skipField(bytes, from, this.#delimiter);
        return this.symbolTo > from ? 0 : Number.NaN;
      default:
        return skipField(bytes, from, this.#delimiter);
    }
  }
}

/** Returns the end of the field, or -1 at a quote. */
function skipField(bytes: Uint8Array, from: number, delimiter: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === delimiter || byte === newline || byte === carriageReturn) break;
    if (byte === quote) return -1;
    at += 1;
  }
  cursor = at;
  return at;
}

function endOfLine(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === newline) return at + 1;
    if (byte === quote) return -1;
    at += 1;
  }
}

/** A number of 0 or more such as 12 or 12.34; NaN for any other. Up to nine digits, 32 bits hold it. */
function decimal(bytes: Uint8Array, from: number): number {
  let at = from;
  let units = 0;
  let digit = (bytes[at] ?? 0) - zero;
  while (digit >= 0 && digit <= 9) {
    units = (units * 10 + digit) | 0;
    at += 1;
    digit = (bytes[at] ?? 0) - zero;
  }
  let digits = at - from;
  let decimals = 0;
  if (digit === point - zero) {
    const first = at + 1;
    at = first;
    digit = (bytes[at] ?? 0) - zero;
    while (digit >= 0 && digit <= 9) {
      units = (units * 10 + digit) | 0;
      at += 1;
      digit = (bytes[at] ?? 0) - zero;
    }
    decimals = at - first;
    digits += decimals;
  }
  if (digits === 0) return Number.NaN;
  if (digits > 9) return longDecimal(bytes, from);
  cursor = at;
  return decimals === 0 ? units : units / (powersOfTen[decimals] ?? Number.NaN);
}

function longDecimal(bytes: Uint8Array, from: number): number {
  let at = from;
  let digits = 0;
  let units = 0;
  let pointAt = -1;
  for (;;) {
    const digit = (bytes[at] ?? 0) - zero;
    if (digit >= 0 && digit <= 9) {
      units = units * 10 + digit;
      digits += 1;
    } else if (digit === point - zero && pointAt < 0) {
      pointAt = digits;
    } else break;
    at += 1;
  }
  if (digits === 0 || digits > digitsMax) return Number.NaN;
  cursor = at;
  return pointAt < 0 ? units : units / (powersOfTen[digits - pointAt] ?? Number.NaN);
}

/** Two digits; below 0 or above 99 when they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - zero;
  const ones = (bytes[at + 1] ?? 0) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000;
}

const dash = 45;
const colon = 58;
const letterT = 84;
const letterZ = 90;
const blank = 32;
const plus = 43;
const minuteUs = 60_000_000;

/** `2024-01-02`, `2024-01-02 14:30`, `2024-01-02T14:30:00Z`, or a number since the epoch. */
class TimeScan {
  readonly #time: BarTime;
  #date = -1;
  #dateUs = Number.NaN;

  constructor(time: BarTime) {
    this.#time = time;
  }

  read(bytes: Uint8Array, from: number): number {
    if (bytes[from + 4] !== dash) return this.#time.ofEpoch(longDecimal(bytes, from));
    const dayUs = this.#day(bytes, from);
    const separator = bytes[from + 10];
    if (separator !== letterT && separator !== blank) {
      cursor = from + 10;
      return this.#time.ofLocal(dayUs);
    }
    const hour = pair(bytes, from + 11);
    const minute = pair(bytes, from + 14);
    if (hour > 23 || minute > 59 || bytes[from + 13] !== colon) return Number.NaN;
    let second = 0;
    cursor = from + 16;
    if (bytes[cursor] === colon) {
      second = pair(bytes, cursor + 1);
      if (second > 59) return Number.NaN;
      cursor += 3;
    }
    const us = dayUs + ((hour * 60 + minute) * 60 + second) * 1_000_000;
    const end = bytes[cursor];
    if (end === letterZ) {
      cursor += 1;
      return us;
    }
    return end === plus || end === dash ? this.#shifted(bytes, us) : this.#time.ofLocal(us);
  }

  /** Most lines are of the day of the line before. */
  #day(bytes: Uint8Array, from: number): number {
    const year = pair(bytes, from) * 100 + pair(bytes, from + 2);
    const month = pair(bytes, from + 5);
    const day = pair(bytes, from + 8);
    if (year > 9_999 || bytes[from + 7] !== dash) return Number.NaN;
    const date = (year * 1_000 + month) * 1_000 + day;
    if (date !== this.#date) {
      this.#date = date;
      const ms = Date.UTC(year, month - 1, day);
      const isDay = new Date(ms).getUTCMonth() === month - 1 && month <= 12 && year >= 1_000;
      this.#dateUs = isDay ? ms * 1_000 : Number.NaN;
    }
    return this.#dateUs;
  }

  /** `-05:00`: what the clocks showed less UTC. */
  #shifted(bytes: Uint8Array, localUs: number): number {
    const sign = bytes[cursor] === plus ? 1 : -1;
    const hours = pair(bytes, cursor + 1);
    const minutes = pair(bytes, cursor + 4);
    if (hours > 23 || minutes > 59 || bytes[cursor + 3] !== colon) return Number.NaN;
    cursor += 6;
    return localUs - sign * (hours * 60 + minutes) * minuteUs;
  }
}
