import type { JournalPage, JournalRecord } from '../../../protos/gen/system.ts';
import type { Clock, StopTimer } from '../clock/clock.ts';
import type { Sequence } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import type { Bus, MessageHeader, RequestResult } from './bus.ts';
import { SequenceFollower } from './sequence-follower.ts';
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
  /** False for a page of somebody who is not believed: it counts as no answer. */
  readonly isBelieved?: (header: MessageHeader) => boolean;
  /** Looks at a page before its rows are taken; `appliedBefore` were when it was asked for. */
  readonly onPage?: (page: JournalPage, appliedBefore: Sequence) => void;
  /** The rows of a page have been taken. */
  readonly onProgress?: (page: JournalPage) => void;
  /** Rows up to here are known already; absent: none. */
  readonly after?: Sequence | undefined;
}

interface Asked {
  readonly appliedBefore: Sequence;
  readonly fromSequence: number;
}

/** Every row of a journal, in order and each once: those that are offered live, and holes and history from its owner. */
export class JournalFollower<Row> {
  readonly #options: JournalFollowerOptions<Row>;
  readonly #rows: SequenceFollower<Row>;
  #caughtUp = false;
  #asking = false;
  /** A page that begins here or before has yet to come, whatever is applied. */
  #compareFrom: Sequence | undefined;
  #stopped = false;
  #stopRetry: StopTimer = () => {};

  constructor(options: JournalFollowerOptions<Row>) {
    this.#options = options;
    const { apply, after } = options;
    this.#rows = new SequenceFollower({ apply, onMissing: () => this.pull(), after });
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
    this.ask(this.#compareFrom ?? this.#rows.applied + 1);
  }

  /** The owner has started again: only what is applied stands, and it is incomplete until a page from here on has come. */
  beginAgain(from: Sequence): void {
    this.#caughtUp = false;
    this.#compareFrom = brandOf.sequence(Math.max(1, from));
    this.#rows.forgetUnapplied();
    this.pull();
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
        if (this.#takeAnswer(result, { appliedBefore, fromSequence }) && !this.#stopped) then();
      },
    );
  }

  /** False when it tells nothing. */
  #takeAnswer(result: RequestResult<JournalPage>, asked: Asked): boolean {
    this.#asking = false;
    // An answer to a follower that was replaced would tell rows of a former journal.
    if (this.#stopped) return false;
    if (!result.ok || this.#options.isBelieved?.(result.reply.header) === false) {
      this.#retry();
      return false;
    }
    const page = result.reply.message;
    this.#takePage(page, asked);
    this.#options.onProgress?.(page);
    this.#goOn(page);
    return !this.#rows.missing && this.#compareFrom === undefined;
  }

  #goOn(page: JournalPage): void {
    if (!this.#rows.missing && this.#compareFrom === undefined) return;
    if (page.records.length > 0 || this.#compareFrom !== undefined) this.pull();
    else this.#retry();
  }

  #takePage(page: JournalPage, { appliedBefore, fromSequence }: Asked): void {
    this.#options.onPage?.(page, appliedBefore);
    if (this.#compareFrom !== undefined && fromSequence <= this.#compareFrom) this.#compareFrom = undefined;
    for (const record of page.records) this.#rows.offer(record.sequence, this.#options.read(record));
    this.#rows.announce(page.headSequence);
    this.#caughtUp ||= this.#compareFrom === undefined && !this.#rows.missing;
  }

  #retry(): void {
    this.#stopRetry();
    this.#stopRetry = this.#options.clock.after(retryUs, () => {
      if (!this.complete) this.pull();
    });
  }
}
