import type { JournalPage } from '../../../protos/gen/system.ts';
import type { Clock } from '../clock/clock.ts';
import type { Epoch, LedgerId, Sequence, TimestampUs } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import { equalBytes } from '../journal/hash-chain.ts';
import type { Bus, Received, Subscription } from './bus.ts';
import { type ExecutionFact, type ExecutionRow, readExecutionRow } from './execution-row.ts';
import { JournalFollower } from './journal-follower.ts';
import type { Pattern } from './subject.ts';
import { subjects } from './subjects.ts';

export interface ExecutionFollowerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly onRow: (row: FollowedRow, sequence: Sequence) => void;
  /** Rows have been applied, or are now known to be missing. */
  readonly onProgress: () => void;
  /** False for a later start that has no lease, for who knows; absent: the newest start that is heard. */
  readonly goesWith?: ((epoch: Epoch) => boolean) | undefined;
  /** Rows up to here are known already, from a store that was checked against the journal; absent: none. */
  readonly after?: Sequence | undefined;
}

/** So long after its last word a later start is gone, when an earlier one still speaks: a copy that was stopped. */
const laterSilentUs = 10_000_000;

/** A row with the bytes that it has in the journal. */
export interface FollowedRow extends ExecutionRow {
  payload(): Uint8Array;
}

/** A row as it was heard, with the message for its bytes. */
class HeardRow implements FollowedRow {
  readonly time: TimestampUs;
  readonly fact: ExecutionFact;
  readonly #message: Pick<Received<unknown>, 'payload'>;

  constructor(fact: ExecutionFact, message: Received<unknown>) {
    this.time = message.header.eventTime;
    this.fact = fact;
    this.#message = message;
  }

  payload(): Uint8Array {
    return this.#message.payload();
  }
}

/**
 * Every row of execution's journal, in order and each once: live from the bus, holes and history from the owner.
 * A start that is older than the newest one heard tells nothing: it was stopped, or runs elsewhere on a copy, and its
 * rows never happened. Throws, and so ends the service, when execution has begun another ledger, when its journal was
 * set back behind what is known, as a restored backup is, or when a later start has another row in the place of the
 * newest that is known, or when a later start has gone and an earlier one speaks: nothing known is true any more.
 */
export class ExecutionFollower {
  readonly #options: ExecutionFollowerOptions;
  readonly #journal: JournalFollower<FollowedRow>;
  readonly #subscriptions: Subscription[] = [];
  #ledgerId: LedgerId | undefined;
  /** Newest start of execution that a row or a page has come from. */
  #epoch: Epoch | undefined;
  /** Monotonic time at which that start was heard last. */
  #heardUs = 0;
  /** The one that was applied last. */
  #newest: FollowedRow | undefined;
  /** The newest row that an earlier start told, until the present one has been seen to have it too. */
  #uncompared: { readonly sequence: Sequence; readonly row: FollowedRow } | undefined;
  #verified = { sequence: brandOf.sequence(0), hash: '' };
  /** Hashes of the newest page. */
  #hashes: ReadonlyMap<Sequence, string> = new Map();

  constructor(options: ExecutionFollowerOptions) {
    this.#options = options;
    const { bus, clock, onRow, onProgress, after } = options;
    this.#journal = new JournalFollower({
      bus,
      clock,
      owner: 'execution',
      read: (record) => ({ ...readExecutionRow(record), payload: () => record.payload }),
      apply: (row, sequence) => {
        this.#newest = row;
        onRow(row, sequence);
      },
      isBelieved: ({ producerEpoch }) => this.#believe(producerEpoch),
      onPage: (page, appliedBefore) => this.#checkLedger(page, appliedBefore),
      onProgress: (page) => {
        this.#takeHashes(page);
        onProgress();
      },
      after,
    });
  }

  /** Subscribes, then asks for all rows that are not known. */
  start(): void {
    this.#follow(subjects.orderEvent.matching({}), (value) => ({ case: 'order', value }));
    this.#follow(subjects.groupEvent.matching({}), (value) => ({ case: 'group', value }));
    this.#follow(subjects.positionEvent.matching({}), (value) => ({ case: 'position', value }));
    this.#follow(subjects.accountEvent.matching({}), (value) => ({ case: 'account', value }));
    this.#follow(subjects.ledgerEvent.matching({}), (value) => ({ case: 'ledger', value }));
    this.#follow(subjects.settlement.matching({}), (value) => ({ case: 'reconciliation', value }));
    this.#follow(subjects.killSwitchEvent.matching({}), (value) => ({ case: 'killSwitch', value }));
    this.#follow(subjects.authorityEvent.matching({ service: 'execution' }), (value) => ({
      case: 'authority',
      value,
    }));
    this.#follow(subjects.exitEvent.matching({}), (value) => ({ case: 'exit', value }));
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

  /** Execution's ledger, once it has told. */
  get ledgerId(): LedgerId | undefined {
    return this.#ledgerId;
  }

  /** The newest row whose hash is known: live messages do not carry one. */
  get verified(): { readonly sequence: Sequence; readonly hash: string } {
    return this.#verified;
  }

  /** Hash of a row as the newest page has it; `refresh` brings those that follow a row. */
  hashAt(sequence: Sequence): string | undefined {
    return this.#hashes.get(sequence);
  }

  /** The owner says that its rows reach up to here. */
  announce(head: Sequence): void {
    this.#journal.announce(head);
  }

  /** Asks again for rows that are known, the newest or all from one on, for their hashes and for what may have followed. */
  refresh(from: Sequence = this.#journal.applied): void {
    this.#journal.ask(Math.max(1, from));
  }

  /** Runs `then` once all rows that execution has by now are applied; not at all when it does not answer: ask again. */
  confirm(then: () => void): void {
    this.#journal.ask(Math.max(1, this.applied), then);
  }

  #follow<T>(pattern: Pattern<T>, factOf: (message: T) => ExecutionFact): void {
    const take = (received: Received<T>): void => {
      const { header } = received;
      // Kill switches have a second producer; its rows are not of this journal.
      if (header.producer !== 'execution') return;
      if (!this.#believe(header.producerEpoch)) return;
      this.#journal.offer(header.producerSequence, new HeardRow(factOf(received.message), received));
      this.#options.onProgress();
    };
    this.#subscriptions.push(this.#options.bus.subscribe(pattern, take));
  }

  #believe(epoch: Epoch): boolean {
    if (this.#options.goesWith?.(epoch) === false) return false;
    const nowUs = this.#options.clock.monotonicUs();
    if (this.#epoch !== undefined && epoch < this.#epoch) {
      if (nowUs - this.#heardUs < laterSilentUs) return false;
      throw new Error(
        `start ${this.#epoch} of execution is silent and start ${epoch}, with another history, speaks`,
      );
    }
    this.#heardUs = nowUs;
    const isNewStart = this.#epoch !== undefined && epoch > this.#epoch;
    this.#epoch = epoch;
    if (isNewStart) {
      // Not compared with the start between: what was known then is still what has to be compared.
      this.#uncompared ??= this.#newest && { sequence: this.applied, row: this.#newest };
      this.#journal.beginAgain(this.#uncompared?.sequence ?? this.applied);
    }
    return true;
  }

  #checkLedger(page: JournalPage, appliedBefore: Sequence): void {
    const { ledgerId, headSequence } = page;
    if (this.#ledgerId !== undefined && ledgerId !== this.#ledgerId) {
      throw new Error(`execution has begun another ledger: ${ledgerId} after ${this.#ledgerId}`);
    }
    this.#ledgerId = ledgerId;
    // Rows may have overtaken a page that was late on its way: only what was known at the asking must be in it.
    if (headSequence < appliedBefore) {
      throw new Error(
        `execution's journal was set back to row ${headSequence}, ${appliedBefore} were applied`,
      );
    }
    this.#compare(page);
  }

  #compare({ records }: JournalPage): void {
    const known = this.#uncompared;
    const record = records.find(({ sequence }) => sequence === known?.sequence);
    if (known === undefined || record === undefined) return;
    if (!equalBytes(known.row.payload(), record.payload)) {
      throw new Error(
        `execution's journal has another history: row ${record.sequence} is not the one applied`,
      );
    }
    this.#uncompared = undefined;
  }

  #takeHashes({ records, headSequence, headHash }: JournalPage): void {
    this.#hashes = new Map([
      [headSequence, headHash],
      ...records.map((record) => [record.sequence, record.hash] as const),
    ]);
    const last = records.at(-1);
    if (last !== undefined) this.#verified = { sequence: last.sequence, hash: last.hash };
    else if (headSequence === this.applied) this.#verified = { sequence: headSequence, hash: headHash };
  }
}
