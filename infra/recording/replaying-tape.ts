import type { Json } from '../../services/kernel/codec/plain-message.ts';
import type { Entry } from './entry.ts';
import { plainValue, sameValue } from './plain-value.ts';
import { comparable, messageOf } from './recording-tape.ts';
import type { Tape, Way } from './tape.ts';

/** Where a service first did something else than was recorded. */
export interface Difference {
  /** Number of the input; 0 before the first. */
  readonly step: number;
  /** Undefined before the first. */
  readonly input?: Json;
  readonly expected?: Json;
  readonly found?: Json;
}

export interface ReplayCounts {
  readonly inputs: number;
  /** Calls and answers of the service that were compared, looks at a clock aside. */
  readonly outputs: number;
}

/** Turns of the event loop in which a service that has work left in promises has to do the next part of it. */
const idleTurnsMax = 1_000;

/** Thrown into the service to stop it where it stands. */
class ReplayOver extends Error {}

interface OpenWay {
  readonly name: string;
  readonly take: (given: unknown) => unknown;
  readonly once: boolean;
}

/** Plays a recording to a service: its inputs in their order, and for each call what it got then. */
export class ReplayingTape implements Tape {
  readonly isReplay = true;
  readonly #entries: Iterator<Entry>;
  readonly #ways = new Map<number, OpenWay>();
  #waysOpened = 0;
  #next: Entry | undefined;
  #position = 0;
  #inputs = 0;
  #outputs = 0;
  /** From the outermost to the one that is handled now. */
  readonly #inside: { readonly step: number; readonly name: string; readonly given: unknown }[] = [];
  #difference: Difference | undefined;
  #isOver = false;

  constructor(entries: Iterable<Entry>) {
    this.#entries = entries[Symbol.iterator]();
    this.#step();
  }

  /** Plays to the end, or to the first difference. `composed` settles once the service is put together. */
  async play(composed: Promise<unknown>): Promise<Difference | undefined> {
    const composing = composingOf(composed);
    while (this.#next !== undefined && !this.#isOver && composing.failure === undefined) {
      const entry = this.#next;
      if (this.#isReady(entry)) await this.#playInput(entry);
      else if (!(await this.#goesOn(entry, composing))) {
        this.#noteDifference(entry, { nothing: 'the service does nothing more' });
      }
    }
    // Where the recording ends, whatever the service was about to do ends too.
    const { failure } = composing;
    if (failure !== undefined && !(failure instanceof ReplayOver)) throw failure;
    return this.#difference;
  }

  counts(): ReplayCounts {
    return { inputs: this.#inputs, outputs: this.#outputs };
  }

  call<R>(name: string, given: unknown, _perform: () => R): R {
    const found = { call: name, given: plainLater(given) };
    const entry = this.#take();
    if (entry.kind !== 'call' || entry.name !== name || !sameValue(entry.given, given))
      this.#differ(entry, found);
    this.#outputs += 1;
    for (;;) {
      const answer = this.#take();
      switch (answer.kind) {
        case 'input':
          this.#enter(answer);
          break;
        case 'return':
          return asRecorded(answer.value);
        case 'thrown':
          throw new Error(answer.message);
        default:
          this.#differ(answer, { inside: found });
      }
    }
  }

  callLater(name: string, given: unknown, perform: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.way(`${name} settled`, () => resolve(), { once: true });
    this.call<unknown>(name, given, perform);
    return promise;
  }

  readClock(which: 'monotonic' | 'wall', _perform: () => number): number {
    const entry = this.#take();
    if (entry.kind === 'clock' && entry.which === which) return entry.readUs;
    return this.#differ(entry, { clock: which });
  }

  way<T>(name: string, take: (given: T) => unknown, use?: { readonly once: boolean }): Way<T> {
    this.#waysOpened += 1;
    const number = this.#waysOpened;
    this.#ways.set(number, { name, take: (given) => take(asRecorded(given)), once: use?.once ?? false });
    // Nothing of the world is there to enter by itself.
    return { number, enter: (_given, handle) => handle() };
  }

  /** An input of its own, not one within a call. What it set off in promises comes before the next. */
  async #playInput(entry: Input): Promise<void> {
    this.#step();
    try {
      this.#enter(entry);
    } catch (error) {
      if (!(error instanceof ReplayOver)) throw error;
    }
    await Promise.resolve();
  }

  #enter({ way: number, given }: Input): void {
    const way = this.#ways.get(number);
    if (way === undefined) throw new Error(`way ${number} is not open`);
    if (way.once) this.#ways.delete(number);
    this.#inputs += 1;
    this.#inside.push({ step: this.#inputs, name: way.name, given });
    const result = this.#handled(() => way.take(given));
    const end = this.#take();
    if (end.kind !== 'end')
      this.#differ(end, { nothing: 'the service has handled the input and does nothing more' });
    else if (!sameValue(end.value, result)) this.#differ(end, { answer: plainLater(result) });
    if (end.kind === 'end' && end.value !== undefined) this.#outputs += 1;
    this.#inside.pop();
  }

  /** A service that fails where it failed then has done the same. */
  #handled(handle: () => unknown): unknown {
    try {
      const result = handle();
      // One that fails does not go on, which shows by what it does not do.
      if (result instanceof Promise) result.catch(() => undefined);
      return comparable(result);
    } catch (error) {
      if (error instanceof ReplayOver) throw error;
      const entry = this.#take();
      const message = messageOf(error);
      if (entry.kind !== 'failed' || entry.message !== message) {
        this.#differ(entry, { failed: message, stack: error instanceof Error ? error.stack : undefined });
      }
      this.#isOver = true;
      throw new ReplayOver();
    }
  }

  #isReady(entry: Entry): entry is Input {
    return entry.kind === 'input' && this.#ways.has(entry.way);
  }

  /** What a service does in promises, and its composition first of all, comes by itself; false when nothing comes. */
  async #goesOn(entry: Entry, composing: Composing): Promise<boolean> {
    const before = this.#position;
    for (let turns = 0; composing.isPending || turns < idleTurnsMax; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#position !== before || this.#isOver || this.#isReady(entry)) return true;
      if (composing.failure !== undefined) return true;
    }
    return false;
  }

  #take(): Entry {
    const entry = this.#next;
    if (entry === undefined || this.#isOver) {
      this.#isOver = true;
      throw new ReplayOver();
    }
    this.#step();
    return entry;
  }

  #step(): void {
    const { done, value } = this.#entries.next();
    this.#next = done === true ? undefined : value;
    this.#position += 1;
  }

  #differ(expected: Entry, found: Described): never {
    this.#noteDifference(expected, found);
    throw new ReplayOver();
  }

  /** The first one counts: all that follow may follow from it. */
  #noteDifference(expected: Entry, found: Described): void {
    const input = this.#inside.at(-1);
    this.#isOver = true;
    this.#difference ??= {
      step: input?.step ?? this.#inputs,
      input: input && plainValue({ name: input.name, given: input.given }),
      expected: describe(expected),
      found: plainValue(resolved(found)),
    };
  }
}

interface Composing {
  isPending: boolean;
  failure?: Error | undefined;
}

function composingOf(composed: Promise<unknown>): Composing {
  const composing: Composing = { isPending: true };
  composed
    .catch((error: unknown) => {
      composing.failure = error instanceof Error ? error : new Error(String(error));
    })
    .finally(() => {
      composing.isPending = false;
    });
  return composing;
}

type Input = Entry & { readonly kind: 'input' };
type Described = Readonly<Record<string, unknown>>;

/** Made plain only when it is shown. */
function plainLater(value: unknown): () => Json {
  return () => plainValue(value);
}

function resolved(value: unknown): unknown {
  if (typeof value === 'function') return value();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, resolved(field)]));
}

/** What a service gave or was given has the type it had then: both passed the same port. */
function asRecorded<T>(value: unknown): T {
  const box: object = { value };
  return Reflect.get(box, 'value');
}

function describe(entry: Entry): Json {
  switch (entry.kind) {
    case 'call':
      return plainValue({ call: entry.name, given: entry.given });
    case 'return':
      return plainValue({ return: entry.value });
    case 'thrown':
      return { thrown: entry.message };
    case 'failed':
      return { failed: entry.message };
    case 'input':
      return plainValue({ input: entry.way, given: entry.given });
    case 'end':
      return entry.value === undefined
        ? { nothing: 'the input was handled and nothing more was done' }
        : plainValue({ answer: entry.value });
    case 'clock':
      return { clock: entry.which };
  }
}
