import type { Bus, Subscription } from '../kernel/bus/bus.ts';
import { JournalFollower } from '../kernel/bus/journal-follower.ts';
import { type RiskFact, readRiskRow } from '../kernel/bus/risk-row.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Sequence } from '../kernel/codec/brand.ts';

export interface RiskFollowerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly onRow: (fact: RiskFact) => void;
}

/**
 * Every row of risk's journal from the first. It holds kill switches and signed acts and is short; whenever risk starts, it is
 * read anew by a new follower.
 */
export class RiskFollower {
  readonly #bus: Bus;
  readonly #journal: JournalFollower<RiskFact>;
  readonly #subscriptions: Subscription[] = [];

  constructor({ bus, clock, onRow }: RiskFollowerOptions) {
    this.#bus = bus;
    this.#journal = new JournalFollower({ bus, clock, owner: 'risk', read: readRiskRow, apply: onRow });
  }

  start(): void {
    this.#subscriptions.push(
      this.#bus.subscribe(subjects.killSwitchEvent.matching({}), ({ header, message: value }) => {
        if (header.producer !== 'risk') return;
        this.#journal.offer(header.producerSequence, { case: 'killSwitch', value });
      }),
      this.#bus.subscribe(
        subjects.authorityEvent.matching({ service: 'risk' }),
        ({ header, message: value }) => {
          if (header.producer !== 'risk') return;
          this.#journal.offer(header.producerSequence, { case: 'authority', value });
        },
      ),
    );
    this.#journal.pull();
  }

  stop(): void {
    this.#journal.stop();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
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
