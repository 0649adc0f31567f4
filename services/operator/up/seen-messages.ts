import type { MessageHeader } from '../../kernel/bus/bus.ts';
import type { EventId, Sequence } from '../../kernel/codec/brand.ts';

/** More than an outbox sends again at once. */
const messagesMax = 20_000;

/**
 * Tells rows that are new from those that an outbox sends again under the same identity, as it does after a restart,
 * and from those that were there before this run, by the heads of the journals at its start.
 */
export class SeenMessages {
  readonly #headsBefore: ReadonlyMap<string, Sequence>;
  readonly #seen = new Set<EventId>();

  constructor(headsBefore: ReadonlyMap<string, Sequence>) {
    this.#headsBefore = headsBefore;
  }

  isNew({ id, producer, producerSequence }: MessageHeader): boolean {
    if (producerSequence <= (this.#headsBefore.get(producer) ?? 0)) return false;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    const [oldest] = this.#seen;
    if (this.#seen.size > messagesMax && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}
