import type { Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { chainRow } from '../../services/kernel/journal/hash-chain.ts';
import {
  appendsPendingMax,
  type JournalEvent,
  type JournalHead,
  JournalOverflow,
  type JournalRow,
  JournalStopped,
  type OnCommitted,
} from '../../services/kernel/journal/journal.ts';

/** Where rows become durable. */
export interface CommitStore {
  /** Makes all rows durable or none, then calls `done`. Called again only after that. */
  commit(rows: readonly JournalRow[], done: (error?: Error) => void): void;
  /** Last durable position in an aggregate, 0 for an unknown one. */
  aggregateSequence(aggregate: string): Sequence;
}

type OnDurable = (rows: readonly JournalRow[]) => void;

const beforeAll = brandOf.sequence(0);

interface Append {
  readonly events: readonly JournalEvent[];
  readonly rows: readonly JournalRow[];
  readonly onDurable: OnDurable | undefined;
}

export interface AppendQueueOptions {
  readonly store: CommitStore;
  readonly durableHead: JournalHead;
  /** A commit takes no further append once it has so many rows. */
  readonly rowsPerCommitMax: number;
  /** Runs `flush` soon, never inside the call. */
  readonly schedule: (flush: () => void) => void;
  /**
   * Runs what follows from one append, in the order of these calls: with a thousand of them in one commit, something
   * else may have to come in between. Absent: all at once.
   */
  readonly deliver?: (item: () => void) => void;
}

/** Aggregates of one generation: those used in this one or the last are in memory, others are looked up in the store. */
const aggregatesPerGeneration = 25_000;

/**
 * The half of a journal that does not depend on the disk: gives rows their place in the chain at once, commits in
 * groups (all that came while the commit before was under way), reports durability in order, and stops at a failure.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  readonly #waiting: Append[] = [];
  /** Last position in each aggregate that was used in this generation, and in the one before. */
  #aggregates = new Map<string, Sequence>();
  #olderAggregates: ReadonlyMap<string, Sequence> = new Map();
  /** No row of the older generation stands behind this one. */
  #olderUntil: Sequence = beforeAll;
  readonly #committedHandlers: OnCommitted[] = [];
  readonly #failureHandlers: ((error: Error) => void)[] = [];
  readonly #closeWaiters: (() => void)[] = [];
  /** Appends on the disk whose turn has not come. */
  #untold = 0;
  #head: JournalHead;
  #durableHead: JournalHead;
  #isScheduled = false;
  #isCommitting = false;
  #isClosing = false;
  #failure: Error | undefined;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
    this.#head = headOf(options.durableHead);
    this.#durableHead = this.#head;
  }

  get head(): JournalHead {
    return this.#head;
  }

  get durableHead(): JournalHead {
    return this.#durableHead;
  }

  onCommitted(handler: OnCommitted): void {
    this.#committedHandlers.push(handler);
  }

  onFailure(handler: (error: Error) => void): void {
    this.#failureHandlers.push(handler);
  }

  /** An append of nothing is a barrier: its `onDurable` runs once all before it is durable. */
  append(events: readonly JournalEvent[], onDurable?: OnDurable): readonly JournalRow[] {
    if (this.#failure !== undefined) {
      throw new JournalStopped('the journal has failed, nothing may be appended', { cause: this.#failure });
    }
    if (this.#isClosing) throw new JournalStopped('the journal was closed, nothing may be appended');
    if (this.#head.sequence - this.#durableHead.sequence + events.length > appendsPendingMax) {
      throw new JournalOverflow(`more than ${appendsPendingMax} rows wait for their commit`);
    }
    // All are checked before the first takes its place: a refused append leaves no hole.
    for (const event of events) checkAggregate(event.aggregate);
    const rows = events.map((event) => this.#chained(event));
    this.#waiting.push({ events, rows, onDurable });
    this.#wake();
    return rows;
  }

  /**
   * The store was read: what it holds last of an aggregate, or nothing. Who appends to it next need not look it up
   * again. Of an aggregate that is remembered, more may wait than the store knows.
   */
  noteAggregate(aggregate: string, last: JournalRow | undefined): void {
    if (this.#remembered(aggregate) !== undefined) return;
    this.#aggregates.set(aggregate, last?.aggregateSequence ?? beforeAll);
    this.#forgetAggregates();
  }

  /** Commits what waits, unless a commit is under way. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isCommitting || this.#failure !== undefined || this.#waiting.length === 0) return;
    this.#isCommitting = true;
    const appends = this.#takeAppends();
    const rows = rowsOf(appends);
    if (rows.length === 0) {
      this.#finish(appends, rows);
      return;
    }
    this.#options.store.commit(rows, (error) => {
      if (error === undefined) this.#finish(appends, rows);
      else this.fail(error);
    });
  }

  /** Ends the journal: what waits never becomes durable, and whoever listens is told why. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.abandon(error);
    for (const handler of this.#failureHandlers) handler(error);
  }

  /** Ends the journal without a word, as the death of the process would. */
  abandon(reason: Error): void {
    this.#failure ??= reason;
    this.#waiting.length = 0;
    this.#endIfClosed();
  }

  /** Resolves once all that was appended is durable, or never will be. */
  close(): Promise<void> {
    this.#isClosing = true;
    return new Promise((resolve) => {
      this.#closeWaiters.push(resolve);
      this.flush();
      this.#endIfClosed();
    });
  }

  #chained(event: JournalEvent): JournalRow {
    const { aggregate } = event;
    const last = this.#remembered(aggregate) ?? this.#options.store.aggregateSequence(aggregate);
    const row = chainRow(event, this.#head, brandOf.sequence(last + 1));
    this.#head = headOf(row);
    this.#aggregates.set(aggregate, row.aggregateSequence);
    return row;
  }

  #remembered(aggregate: string): Sequence | undefined {
    return this.#aggregates.get(aggregate) ?? this.#olderAggregates.get(aggregate);
  }

  #wake(): void {
    if (this.#isScheduled || this.#isCommitting || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#options.schedule(() => this.flush());
  }

  /** An append is committed whole: a crash never leaves half of what belongs together. */
  #takeAppends(): readonly Append[] {
    let rowCount = 0;
    let count = 0;
    for (const append of this.#waiting) {
      if (rowCount >= this.#options.rowsPerCommitMax) break;
      rowCount += append.rows.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #finish(appends: readonly Append[], rows: readonly JournalRow[]): void {
    if (this.#failure !== undefined) return;
    const { deliver } = this.#options;
    if (deliver === undefined) this.#tell(appends, rows);
    else for (const append of appends) this.#tellLater(append, deliver);
    this.#isCommitting = false;
    if (this.#isClosing) this.flush();
    else this.#wake();
    this.#endIfClosed();
  }

  /**
   * The service sees it as a commit of its own: its rows are not durable to it before their turn. What was committed for
   * is not held up by telling others of it, which is a turn of its own.
   */
  #tellLater(append: Append, deliver: (item: () => void) => void): void {
    const later = (tell: () => void): void => {
      this.#untold += 1;
      deliver(() => {
        this.#untold -= 1;
        if (this.#failure !== undefined) return;
        tell();
        this.#endIfClosed();
      });
    };
    const last = append.rows.at(-1);
    later(() => {
      if (last !== undefined) this.#durableHead = headOf(last);
      append.onDurable?.(append.rows);
    });
    if (last === undefined) return;
    later(() => {
      this.#tellCommitted([append], append.rows);
      this.#forgetAggregates();
    });
  }

  #tell(appends: readonly Append[], rows: readonly JournalRow[]): void {
    const last = rows.at(-1);
    if (last !== undefined) this.#durableHead = headOf(last);
    this.#tellCommitted(appends, rows);
    for (const append of appends) append.onDurable?.(append.rows);
    this.#forgetAggregates();
  }

  #tellCommitted(appends: readonly Append[], rows: readonly JournalRow[]): void {
    if (rows.length === 0) return;
    const events = eventsOf(appends);
    for (const handler of this.#committedHandlers) handler(rows, events);
  }

  /** A generation at a time, and only what the store can be asked for. */
  #forgetAggregates(): void {
    if (this.#aggregates.size < aggregatesPerGeneration) return;
    if (this.#olderUntil > this.#durableHead.sequence) return;
    this.#olderAggregates = this.#aggregates;
    this.#olderUntil = this.#head.sequence;
    this.#aggregates = new Map();
  }

  #endIfClosed(): void {
    if (!this.#isClosing) return;
    const isDone = !this.#isCommitting && this.#waiting.length === 0 && this.#untold === 0;
    if (this.#failure === undefined && !isDone) return;
    for (const resolve of this.#closeWaiters.splice(0)) resolve();
  }
}

function checkAggregate(aggregate: string): void {
  if (aggregate !== '' && aggregate.isWellFormed()) return;
  throw new RangeError(`an aggregate is a well-formed name, found ${JSON.stringify(aggregate)}`);
}

function rowsOf(appends: readonly Append[]): readonly JournalRow[] {
  const [first] = appends;
  return first !== undefined && appends.length === 1 ? first.rows : appends.flatMap(({ rows }) => rows);
}

function eventsOf(appends: readonly Append[]): readonly JournalEvent[] {
  const [first] = appends;
  return first !== undefined && appends.length === 1 ? first.events : appends.flatMap(({ events }) => events);
}

function headOf({ sequence, hash }: JournalHead): JournalHead {
  return { sequence, hash };
}
