import type { Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { chainRow, genesisHead } from '../../services/kernel/journal/hash-chain.ts';
import type {
  Journal,
  JournalEvent,
  JournalHead,
  JournalRow,
  JournalSnapshot,
} from '../../services/kernel/journal/journal.ts';
import { messageOf } from './recording-tape.ts';
import type { Tape } from './tape.ts';

const rowsPerPage = 1_000;

type Rows = readonly JournalRow[];
type Reads = Pick<Journal, 'ledgerId' | 'head' | 'durableHead' | 'read' | 'readAggregate' | 'replay'>;

/**
 * A journal on the tape: the rows of the start, every append, and when which rows became durable. A replay has the
 * same rows in memory and reads them there, so that reading costs the tape nothing.
 */
export function tapedJournal(tape: Tape, open: () => Journal): Journal {
  let opened: Journal | undefined;
  const real = (): Journal => {
    if (opened === undefined) throw new Error('the journal is not there in a replay');
    return opened;
  };
  const ledgerId = tape.call('journal.open', undefined, () => {
    opened = open();
    return opened.ledgerId;
  });
  const replica = new ReplicaJournal(ledgerId);
  for (let from = 1; ; from += rowsPerPage) {
    const fromSequence = brandOf.sequence(from);
    const page = tape.call('journal.startRows', from, () =>
      real().read({ fromSequence, limit: rowsPerPage }).map(eventOf),
    );
    if (tape.isReplay) replica.load(page);
    if (page.length < rowsPerPage) break;
  }
  const reads: Reads = tape.isReplay ? replica : real();

  // Opened before any other, so that what follows a commit finds the rows durable.
  const committed = tape.way<Sequence>('commit of the journal', (sequence) => replica.makeDurable(sequence));
  if (!tape.isReplay) {
    real().onCommitted((rows) => committed.enter(lastOf(rows), () => undefined));
  }
  return {
    ledgerId,
    head: () => reads.head(),
    durableHead: () => reads.durableHead(),
    read: (range) => reads.read(range),
    readAggregate: (aggregate) => reads.readAggregate(aggregate),
    replay: (fromSequence) => reads.replay(fromSequence),
    append: (events, onDurable) => append({ tape, replica, real }, events, onDurable),
    saveSnapshot: (name, snapshot) =>
      tape.call('journal.saveSnapshot', { name, ...snapshot }, () => real().saveSnapshot(name, snapshot)),
    loadSnapshot: (name) =>
      tape.call('journal.loadSnapshot', name, (): JournalSnapshot | undefined => real().loadSnapshot(name)),
    publishedSequence: () =>
      tape.call('journal.publishedSequence', undefined, () => real().publishedSequence()),
    markPublished: (sequence) =>
      tape.call('journal.markPublished', sequence, () => real().markPublished(sequence)),
    onCommitted(handler) {
      const way = tape.way<{ readonly from: Sequence; readonly to: Sequence }>(
        'committed rows',
        ({ from, to }) => {
          const rows = replica.read({ fromSequence: from, limit: to - from + 1 });
          handler(rows, rows);
        },
      );
      tape.call('journal.onCommitted', way.number, () =>
        real().onCommitted((rows, events) =>
          way.enter({ from: firstOf(rows), to: lastOf(rows) }, () => handler(rows, events)),
        ),
      );
    },
    onFailure(handler) {
      const way = tape.way<string>('failure of the journal', (message) => handler(new Error(message)));
      tape.call('journal.onFailure', way.number, () =>
        real().onFailure((error) => way.enter(messageOf(error), () => handler(error))),
      );
    },
    close: () => tape.callLater('journal.close', undefined, () => real().close()),
  };
}

function append(
  {
    tape,
    replica,
    real,
  }: { readonly tape: Tape; readonly replica: ReplicaJournal; readonly real: () => Journal },
  events: readonly JournalEvent[],
  onDurable: ((rows: Rows) => void) | undefined,
): Rows {
  let rows: Rows = [];
  const way =
    onDurable &&
    tape.way<void>(
      'append is durable',
      () => {
        replica.makeDurable(lastOf(rows));
        return onDurable(rows);
      },
      { once: true },
    );
  tape.call('journal.append', { events, way: way?.number }, () => {
    rows = real().append(
      events,
      way && onDurable && ((durable) => way.enter(undefined, () => onDurable(durable))),
    );
  });
  if (tape.isReplay) rows = replica.append(events);
  return rows;
}

function eventOf({ aggregate, type, time, payload }: JournalRow): JournalEvent {
  return { aggregate, type, time, payload };
}

function firstOf(rows: Rows): Sequence {
  return rows[0]?.sequence ?? brandOf.sequence(0);
}

function lastOf(rows: Rows): Sequence {
  return rows.at(-1)?.sequence ?? brandOf.sequence(0);
}

/** The rows of a replay; they become durable when the recording says so. */
class ReplicaJournal implements Reads {
  readonly ledgerId: Journal['ledgerId'];
  readonly #genesis: JournalHead;
  readonly #rows: JournalRow[] = [];
  readonly #aggregates = new Map<string, JournalRow[]>();
  #durable = 0;

  constructor(ledgerId: Journal['ledgerId']) {
    this.ledgerId = ledgerId;
    this.#genesis = genesisHead(ledgerId);
  }

  load(events: readonly JournalEvent[]): void {
    this.append(events);
    this.#durable = this.#rows.length;
  }

  append(events: readonly JournalEvent[]): Rows {
    return events.map((event) => {
      const siblings = this.#aggregates.get(event.aggregate) ?? [];
      const row = chainRow(event, this.head(), brandOf.sequence(siblings.length + 1));
      siblings.push(row);
      this.#aggregates.set(event.aggregate, siblings);
      this.#rows.push(row);
      return row;
    });
  }

  makeDurable(sequence: Sequence): void {
    this.#durable = Math.max(this.#durable, sequence);
  }

  head(): JournalHead {
    return headOf(this.#rows.at(-1) ?? this.#genesis);
  }

  durableHead(): JournalHead {
    return headOf(this.#rows[this.#durable - 1] ?? this.#genesis);
  }

  read({ fromSequence, limit }: { readonly fromSequence: Sequence; readonly limit: number }): Rows {
    const start = Math.max(fromSequence, 1) - 1;
    return this.#rows.slice(start, Math.min(start + limit, this.#durable));
  }

  readAggregate(aggregate: string): Rows {
    return (this.#aggregates.get(aggregate) ?? []).filter(({ sequence }) => sequence <= this.#durable);
  }

  replay(fromSequence: Sequence): IterableIterator<JournalRow> {
    return this.read({ fromSequence, limit: this.#durable }).values();
  }
}

function headOf({ sequence, hash }: JournalHead): JournalHead {
  return { sequence, hash };
}
