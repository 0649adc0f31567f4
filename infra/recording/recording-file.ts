import { closeSync, fstatSync, openSync, readSync, write, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { Epoch } from '../../services/kernel/codec/brand.ts';
import type { LoadedProfile } from '../config/load-profile.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { type Entry, EntryReader } from './entry.ts';

export const recordingSuffix = '.recording';

/**
 * Behind this line come blocks: length and CRC-32 of the content, and CRC-32 of these two, 4 bytes each, big-endian;
 * then the content. The head has a check of its own, or a length that is damaged would look like a torn end.
 */
const firstLine = Buffer.from('interlock recording 2\n');
const headBytes = 12;
const headCheckedBytes = 8;
const scanBytes = 64 * 1024;
/** What the disk has not taken; beyond, the service waits for it rather than losing an input. */
const waitingBytesMax = 64 * 1024 * 1024;

/** What a service was given once, before its first input: the first block. */
export interface RecordingHeader {
  readonly service: string;
  readonly epoch: Epoch;
  readonly buildHash: string;
  readonly dataFolder: string;
  readonly keyFolder: string;
  readonly loaded: LoadedProfile;
}

/** Appends blocks to a new file, in order, without holding up who gives them. */
export class RecordingWriter {
  readonly path: string;
  readonly #descriptor: number;
  readonly #onFailure: (error: Error) => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Given to the disk, which has not said that it took it. */
  #underWay: Buffer | undefined;
  #writesUnderWay = 0;
  /** Where `#underWay` goes in the file. */
  #offset = 0;
  #isOpen = true;

  /** Throws when the file cannot be made; what fails later is told to `onFailure` once, and ends the recording. */
  constructor(path: string, header: RecordingHeader, onFailure: (error: Error) => void) {
    this.path = path;
    this.#onFailure = onFailure;
    this.#descriptor = openSync(path, 'wx', 0o600);
    this.#waiting.push(firstLine, ...blockOf(serialize(header)));
    this.#writeNow();
  }

  append(content: Uint8Array): void {
    if (!this.#isOpen) return;
    this.#waiting.push(...blockOf(content));
    this.#waitingBytes += headBytes + content.length;
    if (this.#waitingBytes > waitingBytesMax) this.#writeNow();
    else this.#writeSoon();
  }

  /** All that was appended is in the file when it returns. */
  close(): void {
    if (!this.#isOpen) return;
    this.#writeNow();
    this.#isOpen = false;
    // A writing under way still holds the file; then the process ends with it.
    if (this.#writesUnderWay === 0) closeSync(this.#descriptor);
  }

  #writeSoon(): void {
    if (this.#underWay !== undefined || this.#waiting.length === 0) return;
    const bytes = this.#takeWaiting();
    this.#underWay = bytes;
    this.#writesUnderWay += 1;
    write(this.#descriptor, bytes, 0, bytes.length, this.#offset, (error, count) => {
      this.#writesUnderWay -= 1;
      // Meanwhile somebody could not wait and wrote it too, to the same place.
      if (this.#underWay !== bytes || !this.#isOpen) return;
      if (error !== null) return this.#fail(error);
      this.#offset += count;
      this.#underWay = undefined;
      if (count < bytes.length) this.#waiting.unshift(bytes.subarray(count));
      this.#writeSoon();
    });
  }

  #writeNow(): void {
    const bytes = Buffer.concat([this.#underWay ?? Buffer.alloc(0), this.#takeWaiting()]);
    this.#underWay = undefined;
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#offset + done);
      }
      this.#offset += bytes.length;
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #takeWaiting(): Buffer {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return bytes;
  }

  #fail(cause: Error): void {
    this.#isOpen = false;
    this.#waiting = [];
    this.#onFailure(new Error(`the recording ${this.path} cannot be written`, { cause }));
  }
}

function blockOf(content: Uint8Array): readonly Buffer[] {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt32BE(content.length, 0);
  head.writeUInt32BE(crc32(content), 4);
  head.writeUInt32BE(crc32(head.subarray(0, headCheckedBytes)), headCheckedBytes);
  return [head, Buffer.from(content.buffer, content.byteOffset, content.length)];
}

/** A recording from its beginning, block by block: it may be larger than memory. */
export class RecordingReader {
  readonly path: string;
  readonly header: RecordingHeader;
  readonly #descriptor: number;
  readonly #fileBytes: number;
  readonly #entries = new EntryReader();
  #offset = firstLine.length;
  #tornBytes = 0;

  /** Throws a UserError for a file that is no recording. */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openForReading(path);
    this.#fileBytes = fstatSync(this.#descriptor).size;
    const first = this.#bytes(0, firstLine.length);
    const header = first?.equals(firstLine) ? this.#block() : undefined;
    if (header === undefined) {
      this.close();
      throw new UserError(
        exitCodes.corruptData,
        `${path} is no recording that this build reads: name a file that its "up --record" wrote.`,
      );
    }
    this.header = deserialize(header);
  }

  /** Bytes at the end that belong to no whole block: the service was killed while it wrote them. Known at the end. */
  get tornBytes(): number {
    return this.#tornBytes;
  }

  /** Throws a UserError where the file is damaged before its end. */
  *read(): Generator<Entry, void> {
    for (let block = this.#block(); block !== undefined; block = this.#block()) {
      try {
        yield* this.#entries.read(block);
      } catch (cause) {
        if (cause instanceof RangeError) throw this.#damaged(cause);
        throw cause;
      }
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Undefined at the end, and where only a part of one is left. */
  #block(): Buffer | undefined {
    const head = this.#bytes(this.#offset, headBytes);
    if (head === undefined) return this.#torn();
    const contentOffset = this.#offset + headBytes;
    const isHead = crc32(head.subarray(0, headCheckedBytes)) === head.readUInt32BE(headCheckedBytes);
    if (!isHead) return this.#torn(contentOffset);
    const end = contentOffset + head.readUInt32BE(0);
    const content = this.#bytes(contentOffset, end - contentOffset);
    if (content === undefined || crc32(content) !== head.readUInt32BE(4)) return this.#torn(end);
    this.#offset = end;
    return content;
  }

  /** The block is not whole. It is the last one when from `behind` on the disk was given nothing; else it is damaged. */
  #torn(behind = this.#fileBytes): undefined {
    for (let offset = behind; offset < this.#fileBytes; offset += scanBytes) {
      const bytes = this.#bytes(offset, Math.min(scanBytes, this.#fileBytes - offset));
      if (bytes?.some((byte) => byte !== 0)) throw this.#damaged();
    }
    this.#tornBytes = this.#fileBytes - this.#offset;
    return undefined;
  }

  /** Undefined when the file ends before. */
  #bytes(offset: number, length: number): Buffer | undefined {
    if (offset + length > this.#fileBytes) return undefined;
    const bytes = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const count = readSync(this.#descriptor, bytes, done, length - done, offset + done);
      if (count === 0) return undefined;
      done += count;
    }
    return bytes;
  }

  #damaged(cause?: unknown): UserError {
    return new UserError(
      exitCodes.corruptData,
      `${this.path}: damaged at byte ${this.#offset}: copy it again from where it was recorded.`,
      { cause },
    );
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new UserError(exitCodes.unavailable, `${path} cannot be read: name a recording.`, { cause });
  }
}
