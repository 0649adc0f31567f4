import { EntryWriter } from './entry.ts';
import type { Tape, Way } from './tape.ts';

/** Entries are gathered to blocks of about this size; smaller ones are handed over by `flush`. */
const blockBytes = 256 * 1024;

/** Lets everything through and keeps it. */
export class RecordingTape implements Tape {
  readonly isReplay = false;
  readonly #entries = new EntryWriter();
  readonly #take: (block: Uint8Array) => void;
  #ways = 0;

  /** `take` gets blocks of entries, in order. */
  constructor(take: (block: Uint8Array) => void) {
    this.#take = take;
  }

  flush(): void {
    if (this.#entries.length > 0) this.#take(this.#entries.take());
  }

  call<R>(name: string, given: unknown, perform: () => R): R {
    this.#entries.call(name, given);
    try {
      const result = perform();
      this.#entries.value('return', result);
      return result;
    } catch (error) {
      this.#entries.failure('thrown', messageOf(error));
      throw error;
    }
  }

  callLater(name: string, given: unknown, perform: () => Promise<void>): Promise<void> {
    const settled = this.way(`${name} settled`, () => undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.call(name, given, () => {
      const enter = (): void => settled.enter(undefined, resolve);
      // One that fails ends the process; its order does not matter any more.
      perform().then(enter, (error: unknown) => resolve(Promise.reject(error)));
    });
    return promise;
  }

  readClock(which: 'monotonic' | 'wall', perform: () => number): number {
    const readUs = perform();
    this.#entries.clock(which, readUs);
    return readUs;
  }

  way<T>(_name: string, _take: (given: T) => unknown): Way<T> {
    this.#ways += 1;
    const number = this.#ways;
    return { number, enter: (given, handle) => this.#enter(number, given, handle) };
  }

  #enter<R>(way: number, given: unknown, handle: () => R): R {
    this.#entries.input(way, given);
    try {
      const result = handle();
      this.#entries.value('end', comparable(result));
      if (this.#entries.length > blockBytes) this.flush();
      return result;
    } catch (error) {
      this.#entries.failure('failed', messageOf(error));
      throw error;
    }
  }
}

/** What is still to come tells nothing yet. */
export function comparable(result: unknown): unknown {
  return result instanceof Promise ? undefined : result;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
