import type { Bus, Received, Subscription } from '../kernel/bus/bus.ts';
import { JournalFollower } from '../kernel/bus/journal-follower.ts';
import { type RiskFact, readRiskRow } from '../kernel/bus/risk-row.ts';
import type { Pattern } from '../kernel/bus/subject.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Sequence, TimestampUs } from '../kernel/codec/brand.ts';

export interface RiskRow {
  /** Market time of the row. */
  readonly time: TimestampUs;
  readonly fact: RiskFact;
}

export interface RiskFollowerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly onRow: (row: RiskRow, sequence: Sequence) => void;
}

/**
 * Every row of risk's journal from the first. It holds kill switches and signed acts and is short; whenever risk
 * starts, it is read anew by a new follower.
 */
export class RiskFollower {
  readonly #bus: Bus;
  readonly #journal: JournalFollower<RiskRow>;
  readonly #subscriptions: Subscription[] = [];

  constructor({ bus, clock, onRow }: RiskFollowerOptions) {
    this.#bus = bus;
    this.#journal = new JournalFollower({
      bus,
      clock,
      owner: 'risk',
      read: (record) => ({ time: record.time, fact: readRiskRow(record) }),
      apply: onRow,
    });
  }

  start(): void {
    this.#follow(subjects.killSwitchEvent.matching({}), (value) => ({ case: 'killSwitch', value }));
    this.#follow(subjects.authorityEvent.matching({ service: 'risk' }), (value) => ({
      case: 'authority',
      value,
    }));
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

  #follow<T>(pattern: Pattern<T>, factOf: (message: T) => RiskFact): void {
    const take = ({ header, message }: Received<T>): void => {
      // Kill switches have a second producer; its rows are not of this journal.
      if (header.producer !== 'risk') return;
      this.#journal.offer(header.producerSequence, { time: header.eventTime, fact: factOf(message) });
    };
    this.#subscriptions.push(this.#bus.subscribe(pattern, take));
  }
}
