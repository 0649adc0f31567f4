import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { JournalRecord } from '../../protos/gen/system.ts';
import type { Bus, Subscription } from '../kernel/bus/bus.ts';
import { JournalFollower } from '../kernel/bus/journal-follower.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Sequence } from '../kernel/codec/brand.ts';

export interface RiskFollowerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly onRow: (event: KillSwitchEvent) => void;
}

/**
 * Every row of risk's journal from the first. It holds kill switches alone and is short; whenever risk starts, it is
 * read anew by a new follower.
 */
export class RiskFollower {
  readonly #bus: Bus;
  readonly #journal: JournalFollower<KillSwitchEvent>;
  #subscription: Subscription | undefined;

  constructor({ bus, clock, onRow }: RiskFollowerOptions) {
    this.#bus = bus;
    this.#journal = new JournalFollower({ bus, clock, owner: 'risk', read: readRow, apply: onRow });
  }

  start(): void {
    this.#subscription = this.#bus.subscribe(subjects.killSwitchEvent.matching({}), ({ header, message }) => {
      if (header.producer === 'risk') this.#journal.offer(header.producerSequence, message);
    });
    this.#journal.pull();
  }

  stop(): void {
    this.#journal.stop();
    this.#subscription?.unsubscribe();
  }

  get applied(): Sequence {
    return this.#journal.applied;
  }

  /** False before the first catch-up, and while rows exist that have not come. */
  get complete(): boolean {
    return this.#journal.complete;
  }

  /** Risk says that its rows reach up to here. */
  announce(head: Sequence): void {
    this.#journal.announce(head);
  }
}

/** Throws for a row that this build does not know: a switch must not be shown armed by mistake. */
function readRow({ sequence, type, payload }: JournalRecord): KillSwitchEvent {
  if (type !== KillSwitchEvent.name) throw new Error(`row ${sequence} of risk is of unknown type ${type}`);
  return KillSwitchEvent.decode(payload);
}
