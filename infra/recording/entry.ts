import { PackedReader, PackedWriter } from './packed.ts';

/** One thing on a tape. */
export type Entry =
  | { readonly kind: 'call'; readonly name: string; readonly given: unknown }
  | { readonly kind: 'return'; readonly value: unknown }
  /** What was called threw. */
  | { readonly kind: 'thrown'; readonly message: string }
  | { readonly kind: 'input'; readonly way: number; readonly given: unknown }
  | { readonly kind: 'end'; readonly value: unknown }
  /** The service itself threw while it handled the input: its process ended there. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'clock'; readonly which: ClockName; readonly readUs: number };

export type ClockName = 'monotonic' | 'wall';

/** By their place, which is their number in a file: new ones go to the end. */
const kinds = ['call', 'return', 'thrown', 'input', 'end', 'failed', 'monotonic', 'wall'] as const;
const codes = new Map(kinds.map((kind, code) => [kind, code]));

/** Puts entries behind each other in memory. */
export class EntryWriter {
  readonly #packed = new PackedWriter();

  get length(): number {
    return this.#packed.length;
  }

  take(): Uint8Array {
    return this.#packed.take();
  }

  call(name: string, given: unknown): void {
    this.#kind('call');
    this.#packed.name(name);
    this.#packed.value(given);
  }

  input(way: number, given: unknown): void {
    this.#kind('input');
    this.#packed.natural(way);
    this.#packed.value(given);
  }

  value(kind: 'return' | 'end', value: unknown): void {
    this.#kind(kind);
    this.#packed.value(value);
  }

  failure(kind: 'thrown' | 'failed', message: string): void {
    this.#kind(kind);
    this.#packed.text(message);
  }

  clock(which: ClockName, readUs: number): void {
    this.#kind(which);
    this.#packed.double(readUs);
  }

  #kind(kind: (typeof kinds)[number]): void {
    this.#packed.byte(codes.get(kind) ?? kinds.length);
  }
}

/** Reads entries in the blocks that a writer gave away. */
export class EntryReader {
  readonly #packed = new PackedReader();

  /** Throws a RangeError for bytes that no writer wrote. */
  *read(block: Buffer): Generator<Entry, void> {
    const packed = this.#packed;
    packed.open(block);
    while (!packed.isAtEnd()) {
      const kind = kinds[packed.byte()];
      switch (kind) {
        case 'call':
          yield { kind, name: packed.name(), given: packed.value() };
          break;
        case 'input':
          yield { kind, way: packed.natural(), given: packed.value() };
          break;
        case 'return':
        case 'end':
          yield { kind, value: packed.value() };
          break;
        case 'thrown':
        case 'failed':
          yield { kind, message: packed.text() };
          break;
        case 'monotonic':
        case 'wall':
          yield { kind: 'clock', which: kind, readUs: packed.double() };
          break;
        case undefined:
          throw new RangeError('an entry is of no known kind');
      }
    }
  }
}
