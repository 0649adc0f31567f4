import type { Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { JournalRow, JournalSnapshot } from '../../services/kernel/journal/journal.ts';

/** An aggregate of more rows, such as an account, is not kept whole: who folds it does so as its rows come. */
const aggregateRowsMax = 1_000;
const none = brandOf.sequence(0);

/**
 * What of a memory journal survives a crash. With `rowsKept` the oldest rows leave once so many newer ones are there;
 * an aggregate stays whole as long as any of its rows is among the newest. Who asks for what has left is told so.
 */
export class MemoryDisk {
  readonly snapshots = new Map<string, JournalSnapshot>();
  publishedSequence: Sequence = none;
  readonly #rowsKept: number;
  #rows: JournalRow[] = [];
  /** Rows before the first of `#rows`. */
  #gone = 0;
  readonly #aggregates = new Map<string, JournalRow[]>();
  /** Of aggregates that have left, the last position. */
  readonly #left = new Map<string, Sequence>();

  constructor(rowsKept = Number.POSITIVE_INFINITY) {
    this.#rowsKept = rowsKept;
  }

  get last(): JournalRow | undefined {
    return this.#rows.at(-1);
  }

  add(rows: readonly JournalRow[]): void {
    for (const row of rows) {
      this.#rows.push(row);
      const known = this.#aggregates.get(row.aggregate);
      if (known === undefined) this.#aggregates.set(row.aggregate, [row]);
      else known.push(row);
    }
    // By halves: to move each row once and not with every commit.
    if (this.#rows.length >= 2 * this.#rowsKept) this.#forget();
  }

  aggregateSequence(name: string): Sequence {
    return this.#aggregates.get(name)?.at(-1)?.aggregateSequence ?? this.#left.get(name) ?? none;
  }

  aggregate(name: string): readonly JournalRow[] {
    const rows = this.#aggregates.get(name) ?? [];
    const isWhole = rows.length === 0 ? !this.#left.has(name) : rows[0]?.aggregateSequence === 1;
    if (isWhole) return [...rows];
    throw new Error(`the rows of ${name} are gone: this journal keeps its newest ${this.#rowsKept}`);
  }

  /** From this sequence on. */
  rows(fromSequence: number, limit = Number.POSITIVE_INFINITY): readonly JournalRow[] {
    const first = Math.max(fromSequence, 1);
    const start = first - 1 - this.#gone;
    if (start >= 0) return this.#rows.slice(start, start + limit);
    throw new Error(`row ${first} is gone: this journal keeps its newest ${this.#rowsKept}`);
  }

  #forget(): void {
    const leaving = this.#rows.slice(0, -this.#rowsKept);
    this.#rows = this.#rows.slice(-this.#rowsKept);
    this.#gone += leaving.length;
    for (const { aggregate } of leaving) {
      const rows = this.#aggregates.get(aggregate);
      const first = rows?.[0];
      const last = rows?.at(-1);
      // Of the rows of one aggregate that leave together only the first finds anything to do.
      if (rows === undefined || first === undefined || last === undefined || first.sequence > this.#gone)
        continue;
      if (last.sequence <= this.#gone) {
        this.#aggregates.delete(aggregate);
        this.#left.set(aggregate, last.aggregateSequence);
      } else if (rows.length > aggregateRowsMax) {
        this.#aggregates.set(
          aggregate,
          rows.filter(({ sequence }) => sequence > this.#gone),
        );
      }
    }
  }
}
