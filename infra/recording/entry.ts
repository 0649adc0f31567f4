import { deserialize, serialize } from 'node:v8';

/**
 * One thing on a tape. Values are in V8's structured clone format: bigint, bytes, maps and undefined come back as
 * they went in, and newer versions of Node read what older ones wrote.
 */
export type Entry =
  | { readonly kind: 'call'; readonly name: string; readonly given: Uint8Array }
  | { readonly kind: 'return'; readonly value: Uint8Array }
  /** What was called threw. */
  | { readonly kind: 'thrown'; readonly message: string }
  | { readonly kind: 'input'; readonly way: number; readonly given: Uint8Array }
  | { readonly kind: 'end'; readonly value: Uint8Array }
  /** The service itself threw while it handled the input: its process ended there. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'clock'; readonly which: 'monotonic' | 'wall'; readonly readUs: number };

/** By their place, which is their number in a file: new ones go to the end. */
const kinds = ['call', 'return', 'thrown', 'input', 'end', 'failed', 'monotonic', 'wall', 'name'] as const;
type Code = (typeof kinds)[number];

const nothing = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const firstBytes = 64 * 1024;
const varintBytesMax = 8;

/** Nothing at all stands for undefined, which is what most calls give back. */
export function writeValue(value: unknown): Uint8Array {
  return value === undefined ? nothing : serialize(value);
}

export function readValue<T>(bytes: Uint8Array): T {
  return bytes.length === 0 ? undefinedOf() : deserialize(bytes);
}

function undefinedOf<T>(): T {
  return deserialize(serialize(undefined));
}

/** Puts entries behind each other in memory. A name is written once and then known by its number. */
export class EntryWriter {
  readonly #names = new Map<string, number>();
  #bytes = Buffer.allocUnsafe(firstBytes);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** What was written since the last call; the memory is the caller's from now on. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#bytes = Buffer.allocUnsafe(firstBytes);
    this.#used = 0;
    return taken;
  }

  call(name: string, given: Uint8Array): void {
    let number = this.#names.get(name);
    if (number === undefined) {
      number = this.#names.size;
      this.#names.set(name, number);
      this.#block('name', encoder.encode(name));
    }
    this.#begin('call', given.length);
    this.#varint(number);
    this.#content(given);
  }

  input(way: number, given: Uint8Array): void {
    this.#begin('input', given.length);
    this.#varint(way);
    this.#content(given);
  }

  value(kind: 'return' | 'end', value: Uint8Array): void {
    this.#block(kind, value);
  }

  failure(kind: 'thrown' | 'failed', message: string): void {
    this.#block(kind, encoder.encode(message));
  }

  clock(which: 'monotonic' | 'wall', readUs: number): void {
    this.#begin(which, 0);
    this.#used = this.#bytes.writeDoubleLE(readUs, this.#used);
  }

  #block(code: Code, content: Uint8Array): void {
    this.#begin(code, content.length);
    this.#content(content);
  }

  #begin(code: Code, contentBytes: number): void {
    const needed = this.#used + 1 + 2 * varintBytesMax + contentBytes;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#used);
      this.#bytes = grown;
    }
    this.#bytes[this.#used] = kinds.indexOf(code);
    this.#used += 1;
  }

  #content(content: Uint8Array): void {
    this.#varint(content.length);
    this.#bytes.set(content, this.#used);
    this.#used += content.length;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#used] = (rest % 0x80) | 0x80;
      this.#used += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#used] = rest;
    this.#used += 1;
  }
}

/** Reads entries in blocks as a writer gave them away; names are known from one block to the next. */
export class EntryReader {
  readonly #names: string[] = [];

  /** Throws a RangeError for bytes that no writer wrote. */
  *read(bytes: Buffer): Generator<Entry, void> {
    let at = 0;
    const varint = (): number => {
      let value = 0;
      for (let factor = 1; ; factor *= 0x80) {
        const byte = bytes.readUInt8(at);
        at += 1;
        value += (byte & 0x7f) * factor;
        if (byte < 0x80) return value;
      }
    };
    const content = (): Uint8Array => {
      const length = varint();
      if (at + length > bytes.length) throw new RangeError('an entry is longer than its block');
      at += length;
      return bytes.subarray(at - length, at);
    };
    while (at < bytes.length) {
      const kind = kinds[bytes.readUInt8(at)];
      at += 1;
      switch (kind) {
        case 'name':
          this.#names.push(decoder.decode(content()));
          break;
        case 'call': {
          const name = this.#names[varint()];
          if (name === undefined) throw new RangeError('an entry has a name that was never told');
          yield { kind, name, given: content() };
          break;
        }
        case 'input':
          yield { kind, way: varint(), given: content() };
          break;
        case 'return':
        case 'end':
          yield { kind, value: content() };
          break;
        case 'thrown':
        case 'failed':
          yield { kind, message: decoder.decode(content()) };
          break;
        case 'monotonic':
        case 'wall':
          yield { kind: 'clock', which: kind, readUs: bytes.readDoubleLE(at) };
          at += 8;
          break;
        case undefined:
          throw new RangeError('an entry is of no known kind');
      }
    }
  }
}
