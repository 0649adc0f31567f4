import type { JournalPage, JournalRecord } from '../../../protos/gen/system.ts';
import type { Clock, StopTimer } from '../clock/clock.ts';
import type { Sequence } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import type { Bus, RequestResult } from './bus.ts';
import { createSequenceFollower, type SequenceFollower } from './sequence-follower.ts';
import { subjects } from './subjects.ts';

const rowsPerPage = 500;
const pageTimeoutUs = 2_000_000;
const retryUs = 500_000;

export interface JournalFollowerOptions<Row> {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Who keeps the journal and answers for it. */
  readonly owner: 'execution' | 'risk';
  readonly read: (record: JournalRecord) => Row;
  readonly apply: (row: Row, sequence: Sequence) => void;
  /** Looks at a page before its rows are taken; `appliedBefore` were when it was asked for. */
  readonly onPage?: (page: JournalPage, appliedBefore: Sequence) => void;
  /** The rows of a page have been taken. */
  readonly onProgress?: (page: JournalPage) => void;
  /** Rows up to here are known already; absent: none. */
  readonly after?: Sequence | undefined;
}

/** Every row of a journal, in order and each once: those that are offered live, and holes and history from its owner. */
export class JournalFollower<Row> {
  readonly #options: JournalFollowerOptions<Row>;
  readonly #rows: SequenceFollower<Row>;
  #caughtUp = false;
  #asking = false;
  #stopped = false;
  #stopRetry: StopTimer = () => {};

  constructor(options: JournalFollowerOptions<Row>) {
    this.#options = options;
    const { apply, after } = options;
    this.#rows = createSequenceFollower({ apply, onMissing: () => this.pull(), after });
  }

  stop(): void {
    this.#stopped = true;
    this.#stopRetry();
  }

  get applied(): Sequence {
    return this.#rows.applied;
  }

  /** False before the first catch-up, and while rows exist that have not come. */
  get complete(): boolean {
    return this.#caughtUp && !this.#rows.missing;
  }

  /** Takes a row that was heard live. */
  offer(sequence: Sequence, row: Row): void {
    this.#rows.offer(sequence, row);
  }

  /** The owner says that its rows reach up to here. */
  announce(head: Sequence): void {
    this.#rows.announce(head);
  }

  /** Asks for all rows that have not come. */
  pull(): void {
    this.ask(this.#rows.applied + 1);
  }

  /**
   * Asks for a page that begins with this row, unless one is on its way. Runs `then` once all rows that the owner has
   * by now are applied; not at all when it does not answer.
   */
  ask(fromSequence: number, then: () => void = () => {}): void {
    if (this.#asking || this.#stopped) return;
    this.#asking = true;
    const { bus, clock, owner } = this.#options;
    const appliedBefore = this.#rows.applied;
    bus.request(
      {
        subject: subjects.journalQuery.of({ service: owner }),
        message: { fromSequence: brandOf.sequence(fromSequence), limit: rowsPerPage },
        eventTime: clock.wallUs(),
        reply: subjects.journalPage.matching({}),
        timeoutUs: pageTimeoutUs,
      },
      (result) => {
        this.#takeAnswer(result, appliedBefore);
        if (result.ok && !this.#stopped && !this.#rows.missing) then();
      },
    );
  }

  #takeAnswer(result: RequestResult<JournalPage>, appliedBefore: Sequence): void {
    this.#asking = false;
    // An answer to a follower that was replaced would tell rows of a former journal.
    if (this.#stopped) return;
    if (!result.ok) {
      this.#retry();
      return;
    }
    const page = result.reply.message;
    this.#takePage(page, appliedBefore);
    this.#options.onProgress?.(page);
    if (!this.#rows.missing) return;
    if (page.records.length > 0) this.pull();
    else this.#retry();
  }

  #takePage(page: JournalPage, appliedBefore: Sequence): void {
    this.#options.onPage?.(page, appliedBefore);
    for (const record of page.records) this.#rows.offer(record.sequence, this.#options.read(record));
    this.#rows.announce(page.headSequence);
    this.#caughtUp ||= !this.#rows.missing;
  }

  #retry(): void {
    this.#stopRetry();
    this.#stopRetry = this.#options.clock.after(retryUs, () => {
      if (!this.complete) this.pull();
    });
  }
}
