import type { Bus, Outgoing } from '../bus/bus.ts';
import type { Clock, StopTimer } from '../clock/clock.ts';
import type { Sequence } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import type { Log } from '../log/log.ts';
import type { Journal, JournalEvent, JournalRow } from './journal.ts';

export interface OutboxOptions {
  readonly journal: Journal;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** The service's name, as its bus stamps it. */
  readonly producer: string;
  /**
   * Subject and message of a row, with the event that became it, or the row itself. Identity, sequence and bytes are
   * the outbox's own.
   */
  readonly toOutgoing: (row: JournalRow, event: JournalEvent) => Outgoing<unknown>;
}

/** Rows behind the stream's answers for which an answer is asked; beyond, rows are published and asked for later. */
const answersAwaitedMax = 10_000;
/** Rows that are sent in one go, so that catching up never holds up the service for long. */
const rowsPerChunkMax = 1_000;
/** Unanswered for so long, a row is sent again. */
const resendIntervalUs = 1_000_000;

/**
 * Publishes every durable row, in order, under an identity that a second sending repeats: streams drop the repetition,
 * subscribers see it by the sequence. Live delivery never waits for the stream: with the stream gone rows still go
 * out, and are sent again until it has them. Rows that could not go out at all follow when the bus is back.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** Last row that was handed to the bus. */
  #sent: Sequence;
  /** The stream has all rows up to this one. */
  #stored: Sequence;
  /** Rows behind `#stored` that the stream has as well. */
  readonly #storedAhead = new Set<number>();
  /** Last row whose storage was asked for. */
  #asked: number;
  #storedAtLastTick: number;
  #stopCatchUp: StopTimer | undefined;
  #stopTicks: StopTimer | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#sent = options.journal.publishedSequence();
    this.#stored = this.#sent;
    this.#asked = this.#sent;
    this.#storedAtLastTick = this.#sent;
  }

  /** Sends what was not known to be stored when the service ended, then follows the journal. Called once. */
  start(): void {
    const { journal, bus, clock } = this.#options;
    journal.onCommitted((rows, events) => this.#onCommitted(rows, events));
    bus.onStatus((status) => {
      if (status === 'connected') this.#sendFrom(this.#stored);
    });
    this.#stopTicks = clock.every(resendIntervalUs, () => this.#tick());
    this.#sendFrom(this.#stored);
  }

  /** All rows up to this one were handed to the bus; behind the journal's durable head while the bus is away. */
  sentSequence(): Sequence {
    return this.#sent;
  }

  /** See `sendRowAgain`. */
  sendAgain(sequence: Sequence): void {
    sendRowAgain(this.#options, sequence);
  }

  stop(): void {
    this.#stopTicks?.();
    this.#stopCatchUp?.();
    this.#markPublished();
  }

  #onCommitted(rows: readonly JournalRow[], events: readonly JournalEvent[]): void {
    const isBehind = rows[0]?.sequence !== this.#sent + 1;
    if (isBehind || this.#options.bus.status() !== 'connected') return;
    let index = 0;
    for (const row of rows) {
      if (!this.#send(row, events[index])) return;
      index += 1;
    }
  }

  #sendFrom(sequence: Sequence): void {
    this.#sent = sequence;
    this.#asked = sequence;
    this.#stopCatchUp?.();
    this.#catchUp();
  }

  #catchUp(): void {
    this.#stopCatchUp = undefined;
    const { journal, clock } = this.#options;
    const rows = this.#rowsAfter(this.#sent);
    if (!rows.every((row) => this.#send(row))) return;
    if (this.#sent < journal.durableHead().sequence) {
      this.#stopCatchUp = clock.after(0, () => this.#catchUp());
    }
  }

  #send(row: JournalRow, event?: JournalEvent): boolean {
    if (!this.#publish(row, event)) return false;
    this.#sent = row.sequence;
    return true;
  }

  #publish(row: JournalRow, event?: JournalEvent): boolean {
    const { bus, log } = this.#options;
    const outgoing = outgoingOf(this.#options, row, event);
    const asks = row.sequence === this.#asked + 1 && row.sequence <= this.#stored + answersAwaitedMax;
    const result = asks
      ? bus.publishStored(outgoing, () => this.#onStored(row.sequence))
      : bus.publish(outgoing);
    if (result.ok) {
      if (asks) this.#asked = row.sequence;
      return true;
    }
    if (result.code !== 'OVERSIZED') return false;
    // No second try would fare better, and those behind it must not wait: whoever misses it can read the journal.
    log.error('a journal row is too large for the bus', { sequence: row.sequence, detail: result.detail });
    if (asks) this.#asked = row.sequence;
    this.#onStored(row.sequence);
    return true;
  }

  #onStored(sequence: Sequence): void {
    if (sequence <= this.#stored) return;
    this.#storedAhead.add(sequence);
    while (this.#storedAhead.delete(this.#stored + 1)) this.#stored = brandOf.sequence(this.#stored + 1);
    const hasUnasked = this.#stored === this.#asked && this.#asked < this.#sent;
    if (hasUnasked) this.#askAgain();
  }

  #tick(): void {
    const { bus, journal } = this.#options;
    const isStuck = this.#stored === this.#storedAtLastTick && this.#stored < this.#sent;
    this.#storedAtLastTick = this.#stored;
    this.#markPublished();
    if (bus.status() !== 'connected') return;
    if (isStuck) this.#askAgain();
    if (this.#stopCatchUp === undefined && this.#sent < journal.durableHead().sequence) this.#catchUp();
  }

  /** Sends rows a second time that were handed to the bus but are not known to be stored. */
  #askAgain(): void {
    this.#asked = this.#stored;
    for (const row of this.#rowsAfter(this.#stored)) {
      if (row.sequence > this.#sent || !this.#publish(row)) return;
    }
  }

  #rowsAfter(sequence: Sequence): readonly JournalRow[] {
    return this.#options.journal.read({
      fromSequence: brandOf.sequence(sequence + 1),
      limit: rowsPerChunkMax,
    });
  }

  #markPublished(): void {
    const { journal } = this.#options;
    if (this.#stored > journal.publishedSequence()) journal.markPublished(this.#stored);
  }
}

/** Says a row once more, for whoever asks again because it has not heard it. Not yet durable, it comes by itself. */
export function sendRowAgain(
  origin: Pick<OutboxOptions, 'journal' | 'bus' | 'producer' | 'toOutgoing'>,
  sequence: Sequence,
): void {
  const [row] = origin.journal.read({ fromSequence: sequence, limit: 1 });
  if (row !== undefined) origin.bus.publish(outgoingOf(origin, row));
}

function outgoingOf(
  { journal, producer, toOutgoing }: Pick<OutboxOptions, 'journal' | 'producer' | 'toOutgoing'>,
  row: JournalRow,
  event: JournalEvent = row,
): Outgoing<unknown> {
  const { subject, message, eventTime } = toOutgoing(row, event);
  return {
    subject,
    message,
    eventTime,
    payload: row.payload,
    id: brandOf.eventId(`${producer}.${journal.ledgerId}.${row.sequence}`),
    producerSequence: row.sequence,
  };
}
