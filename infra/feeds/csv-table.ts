import { feedDataError } from './feed-data-error.ts';

/** A line read with care: its cells without quotes and blanks around them; none when it is empty. */
export interface CsvLine {
  readonly number: number;
  /** Of the columns. */
  readonly names: readonly string[];
  readonly cells: readonly string[];
}

const newline = 10;
const quote = 34;
const bufferBytes = 512 * 1024;
/** A quote that is never closed would make one line of the whole file. */
const lineBytesMax = 16 * 1024 * 1024;
const delimiters = [',', ';', '\t'];

/** A file of separated values, a buffer at a time: whole lines from `at` up to `limit` are at hand. */
export class CsvTable {
  bytes = Buffer.allocUnsafeSlow(bufferBytes);
  at = 0;
  limit = 0;
  /** Of the line at `at`, from 1. */
  line = 1;
  delimiter = 0;
  bytesRead = 0;
  readonly #file: string;
  readonly #read: (into: Buffer) => number;
  #names: readonly string[] = [];
  #end = 0;
  #isAtEnd = false;

  constructor(file: string, read: (into: Buffer) => number) {
    this.#file = file;
    this.#read = read;
  }

  /** Names of the columns. */
  header(): readonly string[] {
    if (!this.fill()) throw this.#noHeader('an empty file');
    if (this.bytes.subarray(0, 3).equals(byteOrderMark)) this.at = 3;
    if (this.bytes.subarray(this.at, this.limit).includes(0)) {
      throw feedDataError({
        file: this.#file,
        line: 1,
        expected: 'text in UTF-8',
        found: 'bytes that are none',
        remedy: 'save it as CSV in UTF-8, or name what it is with --feed, or --format of the data verbs',
      });
    }
    const text = this.bytes.toString('utf8', this.at, Math.max(this.at, this.limit)).split('\n', 1)[0] ?? '';
    const found = delimiters.find((each) => text.includes(each)) ?? ',';
    this.delimiter = found.charCodeAt(0);
    const line = this.slowLine();
    if (line === undefined || line.cells.length === 0) throw this.#noHeader('nothing');
    this.#names = line.cells;
    return line.cells;
  }

  #noHeader(found: string): Error {
    return feedDataError({
      file: this.#file,
      line: 1,
      expected: 'a line that names the columns',
      found,
      remedy: `begin it with ${usualHeader}`,
    });
  }

  /** Brings further lines to hand; false at the end of the file. */
  fill(): boolean {
    if (this.at < this.limit) return true;
    for (;;) {
      this.#moveRestToFront();
      if (this.#isAtEnd) return this.limit > 0;
      if (this.#end + 1 >= this.bytes.length) this.#grow();
      const read = this.#read(this.bytes.subarray(this.#end, -1));
      this.bytesRead += read;
      this.#end += read;
      if (read === 0) this.#endLastLine();
      this.limit = this.bytes.subarray(0, this.#end).lastIndexOf(newline) + 1;
      if (this.limit > 0) return true;
      if (this.#isAtEnd) return false;
    }
  }

  /** The line at `at`, quotes understood; undefined when its end is not at hand, to be asked for again after `fill`. */
  slowLine(): CsvLine | undefined {
    const end = this.#lineEnd();
    if (end === undefined) {
      // The rest is one unfinished line with a quote: `fill` shall bring more.
      this.limit = this.at;
      return undefined;
    }
    const text = this.bytes.toString('utf8', this.at, end);
    const line = { number: this.line, names: this.#names, cells: this.#cells(text) };
    for (let at = this.at; at < end; at += 1) if (this.bytes[at] === newline) this.line += 1;
    this.line += 1;
    this.at = end + 1;
    return line;
  }

  /** Where the newline of the line at `at` is. */
  #lineEnd(): number | undefined {
    let isQuoted = false;
    for (let at = this.at; at < this.#end; at += 1) {
      const byte = this.bytes[at];
      if (byte === quote) isQuoted = !isQuoted;
      else if (byte === newline && !isQuoted) return at;
    }
    if (!this.#isAtEnd) return undefined;
    throw feedDataError({
      file: this.#file,
      line: this.line,
      expected: 'a quote that is closed',
      found: 'the end of the file',
      remedy: 'close it, or double it where it is a part of the text',
    });
  }

  #cells(text: string): readonly string[] {
    if (text.trim() === '') return [];
    const delimiter = String.fromCharCode(this.delimiter);
    if (!text.includes('"')) return text.split(delimiter).map((cell) => cell.trim());
    const cells: string[] = [];
    let cell = '';
    let isQuoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const letter = text.charAt(at);
      if (letter === '"' && isQuoted && text.charAt(at + 1) === '"') {
        cell += '"';
        at += 1;
      } else if (letter === '"') isQuoted = !isQuoted;
      else if (letter === delimiter && !isQuoted) {
        cells.push(cell.trim());
        cell = '';
      } else cell += letter;
    }
    cells.push(cell.trim());
    return cells;
  }

  #moveRestToFront(): void {
    this.bytes.copyWithin(0, this.at, this.#end);
    this.#end -= this.at;
    this.at = 0;
    this.limit = 0;
  }

  #grow(): void {
    if (this.bytes.length >= lineBytesMax) {
      throw feedDataError({
        file: this.#file,
        line: this.line,
        expected: 'a line of values',
        found: `more than ${lineBytesMax} bytes without its end`,
        remedy: 'look for a quote that is not closed',
      });
    }
    const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
    this.bytes.copy(larger, 0, 0, this.#end);
    this.bytes = larger;
  }

  /** The last line may lack its newline; the buffer keeps a byte free for it. */
  #endLastLine(): void {
    this.#isAtEnd = true;
    if (this.#end > 0 && this.bytes[this.#end - 1] !== newline) {
      this.bytes[this.#end] = newline;
      this.#end += 1;
    }
  }
}

/** What a file may begin with. */
export const usualHeader = 'time,open,high,low,close,volume';

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
