import type { BarRow } from '../bar-cache/bar-row.ts';
import type { BarTime } from './bar-time.ts';

/** What a column holds, by its place in a line: 0 to leave out, or one of these. */
export const columnKinds = { skip: 0, symbol: 1, time: 2, open: 3, high: 4, low: 5, close: 6, volume: 7 };

const newline = 10;
const carriageReturn = 13;
const quote = 34;
const point = 46;
const zero = 48;

/** Exact in a double: a digit count and a power of ten up to which one division rounds as a decimal is defined to. */
const digitsMax = 15;
/** As many digits as 32 bits hold, whatever they are. */
const digitsOf32Bits = 9;
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
  /** Of the line, by kind of column. */
  readonly #values = new Float64Array(8);
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
    const values = this.#values;
    let at = from;
    for (let column = 0; column < kinds.length; column += 1) {
      if (column > 0) {
        if (bytes[at] !== delimiter) return -1;
        at += 1;
      }
      const kind = kinds[column] ?? 0;
      if (kind >= columnKinds.open) {
        // By far the most fields: here and not in a function of its own, so that `at` stays in a register.
        const first = at;
        let units = 0;
        let digit = (bytes[at] ?? 0) - zero;
        while (digit >>> 0 <= 9) {
          units = (units * 10 + digit) | 0;
          at += 1;
          digit = (bytes[at] ?? 0) - zero;
        }
        let digits = at - first;
        let decimals = 0;
        if (digit === point - zero) {
          at += 1;
          const behindPoint = at;
          digit = (bytes[at] ?? 0) - zero;
          while (digit >>> 0 <= 9) {
            units = (units * 10 + digit) | 0;
            at += 1;
            digit = (bytes[at] ?? 0) - zero;
          }
          decimals = at - behindPoint;
          digits += decimals;
        }
        if (digits === 0) return -1;
        if (digits <= digitsOf32Bits) {
          values[kind] = decimals === 0 ? units : units / (powersOfTen[decimals] ?? Number.NaN);
          continue;
        }
        values[kind] = longDecimal(bytes, first);
      } else {
        values[kind] = this.#field(kind, bytes, at);
      }
      if (!((values[kind] ?? -1) >= 0)) return -1;
      at = cursor;
    }
    row.openTime = values[columnKinds.time] ?? Number.NaN;
    row.open = values[columnKinds.open] ?? Number.NaN;
    row.high = values[columnKinds.high] ?? Number.NaN;
    row.low = values[columnKinds.low] ?? Number.NaN;
    row.close = values[columnKinds.close] ?? Number.NaN;
    row.volume = values[columnKinds.volume] ?? Number.NaN;
    const next = bytes[at];
    if (next === newline) return at + 1;
    return next === carriageReturn || next === delimiter ? endOfLine(bytes, at) : -1;
  }

  /** Reads a field that is no plain decimal, and moves the cursor behind it. NaN or less than 0 when it is not plain. */
  #field(kind: number, bytes: Uint8Array, from: number): number {
    if (kind === columnKinds.time) return this.#time.read(bytes, from);
    const to = skipField(bytes, from, this.#delimiter);
    if (kind === columnKinds.skip) return to;
    this.symbolFrom = from;
    this.symbolTo = to;
    return to > from ? to : Number.NaN;
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

/** A number of 0 or more; NaN for any other. */
function longDecimal(bytes: Uint8Array, from: number): number {
  let at = from;
  let digits = 0;
  // Whole numbers of 32 bits are several times faster than doubles: the first nine digits, and those behind them.
  let head = 0;
  let tail = 0;
  let pointAt = -1;
  for (;;) {
    const digit = (bytes[at] ?? 0) - zero;
    if (digit >= 0 && digit <= 9) {
      if (digits < digitsOf32Bits) head = (head * 10 + digit) | 0;
      else tail = (tail * 10 + digit) | 0;
      digits += 1;
    } else if (digit === point - zero && pointAt < 0) {
      pointAt = digits;
    } else break;
    at += 1;
  }
  if (digits === 0 || digits > digitsMax) return Number.NaN;
  cursor = at;
  const units =
    digits <= digitsOf32Bits ? head : head * (powersOfTen[digits - digitsOf32Bits] ?? Number.NaN) + tail;
  return pointAt < 0 ? units : units / (powersOfTen[digits - pointAt] ?? Number.NaN);
}

/** Two digits; below 0 or above 99 when they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - zero;
  const ones = (bytes[at + 1] ?? 0) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1_000;
}

const comma = 44;
const semicolon = 59;
const tab = 9;
const dash = 45;
const colon = 58;
const letterT = 84;
const letterZ = 90;
const blank = 32;
const plus = 43;
const minuteUs = 60_000_000;

function isEndOfField(byte: number | undefined): boolean {
  return byte === comma || byte === newline || byte === carriageReturn || byte === semicolon || byte === tab;
}

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
      return isEndOfField(separator) && this.#time.isLikeOthers(false)
        ? this.#time.ofLocal(dayUs)
        : Number.NaN;
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
      return this.#time.isLikeOthers(true) ? us : Number.NaN;
    }
    const isShifted = end === plus || end === dash;
    // What ends otherwise is of a form that is read with care, and says there whether it has a zone.
    if (!(isShifted || isEndOfField(end)) || !this.#time.isLikeOthers(isShifted)) return Number.NaN;
    return isShifted ? this.#shifted(bytes, us) : this.#time.ofLocal(us);
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
