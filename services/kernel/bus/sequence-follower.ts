import type { Sequence } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';

/** Rows that came too early and wait for the missing ones; more are dropped, and asked for with those. */
const earlyRowsMax = 10_000;

export interface SequenceFollowerOptions<Row> {
  readonly apply: (row: Row, sequence: Sequence) => void;
  /** A hole shows: ask the owner. */
  readonly onMissing: () => void;
  /** Rows up to here were applied before, by another start; absent: none. */
  readonly after?: Sequence | undefined;
}

/** Applies an owner's numbered rows in order, each once. */
export class SequenceFollower<Row> {
  readonly #options: SequenceFollowerOptions<Row>;
  readonly #early = new Map<number, Row>();
  #applied: Sequence;
  /** The owner's rows reach up to here, as far as is known. */
  #head: Sequence;
  #toldMissing = false;

  constructor(options: SequenceFollowerOptions<Row>) {
    this.#options = options;
    this.#applied = options.after ?? brandOf.sequence(0);
    this.#head = this.#applied;
  }

  /** All rows up to here have been applied. */
  get applied(): Sequence {
    return this.#applied;
  }

  /** Rows exist that have not come. */
  get missing(): boolean {
    return this.#head > this.#applied;
  }

  /** Takes a row in whatever order it came; a row that was applied before is dropped. */
  offer(sequence: Sequence, row: Row): void {
    if (sequence <= this.#applied) return;
    if (sequence > this.#head) this.#head = sequence;
    if (sequence === this.#applied + 1) {
      this.#apply(row, sequence);
      if (this.#early.size > 0) this.#applyEarly();
    } else if (this.#early.size < earlyRowsMax) {
      this.#early.set(sequence, row);
    }
    this.#checkMissing();
  }

  /** The owner says that its rows reach up to here. */
  announce(head: Sequence): void {
    if (head > this.#head) this.#head = head;
    this.#checkMissing();
  }

  /** Rows that have not been applied, and how far rows reach, were told by somebody who is not believed any more. */
  forgetUnapplied(): void {
    this.#early.clear();
    this.#head = this.#applied;
    this.#toldMissing = false;
  }

  #apply(row: Row, sequence: Sequence): void {
    this.#applied = sequence;
    this.#options.apply(row, sequence);
  }

  #applyEarly(): void {
    for (let row = this.#early.get(this.#applied + 1); row !== undefined; ) {
      const sequence = brandOf.sequence(this.#applied + 1);
      this.#early.delete(sequence);
      this.#apply(row, sequence);
      row = this.#early.get(this.#applied + 1);
    }
  }

  #checkMissing(): void {
    const { missing } = this;
    if (missing && !this.#toldMissing) this.#options.onMissing();
    this.#toldMissing = missing;
  }
}
