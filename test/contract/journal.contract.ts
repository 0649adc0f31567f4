import { afterEach, describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { genesisHead } from '../../services/kernel/journal/hash-chain.ts';
import {
  appendsPendingMax,
  type Journal,
  type JournalEvent,
  JournalOverflow,
  type JournalRow,
  JournalStopped,
} from '../../services/kernel/journal/journal.ts';

/** One place where a journal lives, through any number of openings. */
export interface JournalHarness {
  open(): Journal;
  /** Lets waiting appends become durable. */
  settle(journal: Journal): Promise<void>;
  /** Makes the disk refuse the next commit, and resolves once the journal has noticed. */
  failCommit(journal: Journal): Promise<void>;
  end(): Promise<void>;
}

export const event = (aggregate: string, text = aggregate): JournalEvent => ({
  aggregate,
  type: 'interlock.order.v1.OrderEvent',
  time: brandOf.timestampUs(1_700_000_000_000_000),
  payload: new TextEncoder().encode(text),
});

const sequence = brandOf.sequence;
const sequencesOf = (rows: readonly JournalRow[]) => rows.map((row) => row.sequence);
const everything = { fromSequence: sequence(1), limit: 1000 };

export function describeJournal(name: string, createHarness: () => JournalHarness): void {
  describe(`the ${name} journal`, () => {
    let harness: JournalHarness | undefined;
    const begin = () => {
      harness = createHarness();
      return { harness, journal: harness.open() };
    };
    afterEach(() => harness?.end());

    describeAppends(begin);
    describeReading(begin);
    describeFailure(begin);
  });
}

type Begin = () => { readonly harness: JournalHarness; readonly journal: Journal };

function describeAppends(begin: Begin): void {
  it('gives rows their place in the chain at once, ahead of the disk', async () => {
    const { harness, journal } = begin();
    const genesis = genesisHead(journal.ledgerId);
    expect(journal.head()).toEqual(genesis);

    const rows = journal.append([event('order/A'), event('order/B'), event('order/A')]);

    expect(sequencesOf(rows)).toEqual([1, 2, 3]);
    expect(rows.map((row) => row.aggregateSequence)).toEqual([1, 1, 2]);
    expect(rows[0]?.previousHash).toEqual(genesis.hash);
    expect(rows[1]?.previousHash).toEqual(rows[0]?.hash);
    expect(journal.head()).toEqual({ sequence: 3, hash: rows[2]?.hash });
    expect(journal.durableHead()).toEqual(genesis);
    await harness.settle(journal);
    expect(journal.durableHead()).toEqual(journal.head());
  });

  it('reports durability in the order of the appends, and tells listeners every row once, in order', async () => {
    const { harness, journal } = begin();
    const seen: string[] = [];
    const told: number[] = [];
    journal.onCommitted((rows) => told.push(...sequencesOf(rows)));

    journal.append([event('a')], (rows) => seen.push(`durable ${sequencesOf(rows)}`));
    journal.append([event('b'), event('c')], (rows) => seen.push(`durable ${sequencesOf(rows)}`));
    await harness.settle(journal);

    expect(seen).toEqual(['durable 1', 'durable 2,3']);
    expect(told).toEqual([1, 2, 3]);
  });

  it('takes an append of nothing as a barrier behind what came before', async () => {
    const { harness, journal } = begin();
    const seen: string[] = [];
    journal.append([event('a')], () => seen.push('row'));
    expect(journal.append([], () => seen.push('barrier'))).toEqual([]);
    await harness.settle(journal);
    expect(seen).toEqual(['row', 'barrier']);
  });

  it('keeps its own copy of a payload', async () => {
    const { harness, journal } = begin();
    const payload = new Uint8Array([1, 2, 3]);
    journal.append([{ ...event('a'), payload }]);
    payload.fill(9);
    await harness.settle(journal);
    expect(journal.read(everything)[0]?.payload).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('refuses an append whole when one of its events has no well-formed aggregate', async () => {
    const { harness, journal } = begin();
    expect(() => journal.append([event('a'), event('')])).toThrow(RangeError);
    expect(() => journal.append([event('a'), event('\ud800')])).toThrow(RangeError);
    const rows = journal.append([event('a')]);
    await harness.settle(journal);
    expect(sequencesOf(rows)).toEqual([1]);
    expect(rows[0]?.aggregateSequence).toBe(1);
  });

  it('refuses more rows than may wait for a commit, and goes on once they are durable', async () => {
    const { harness, journal } = begin();
    journal.append(Array.from({ length: appendsPendingMax }, () => event('a', '')));
    expect(() => journal.append([event('b')])).toThrow(JournalOverflow);
    await harness.settle(journal);
    expect(sequencesOf(journal.append([event('b')]))).toEqual([appendsPendingMax + 1]);
    await harness.settle(journal);
  });
}

function describeReading(begin: Begin): void {
  it('reads back durable rows only, in a range', async () => {
    const { harness, journal } = begin();
    const rows = journal.append(['a', 'b', 'a', 'c'].map((aggregate) => event(aggregate)));
    await harness.settle(journal);
    journal.append([event('d')]);

    expect(journal.read(everything)).toEqual(rows);
    expect(sequencesOf(journal.read({ fromSequence: sequence(2), limit: 2 }))).toEqual([2, 3]);
    expect(journal.read({ fromSequence: sequence(9), limit: 2 })).toEqual([]);
    await harness.settle(journal);
  });

  it('reads back the durable rows of one aggregate', async () => {
    const { harness, journal } = begin();
    const rows = journal.append(['a', 'b', 'a', 'c', 'a'].map((aggregate) => event(aggregate)));
    await harness.settle(journal);
    journal.append([event('a'), event('d')]);

    expect(journal.readAggregate('a')).toEqual([rows[0], rows[2], rows[4]]);
    expect(journal.readAggregate('d')).toEqual([]);
    expect(journal.readAggregate('nonesuch')).toEqual([]);
    await harness.settle(journal);
    expect(sequencesOf(journal.readAggregate('a'))).toEqual([1, 3, 5, 6]);
  });

  it('numbers the rows of an aggregate on, however it was read in between', async () => {
    const { harness, journal } = begin();
    const appendTo = (aggregate: string, to = journal) =>
      to.append([event(aggregate)]).map((row) => row.aggregateSequence);
    expect(journal.readAggregate('a')).toEqual([]);
    expect(appendTo('a')).toEqual([1]);
    // Not on disk yet: what is read must not be taken for all there is.
    expect(journal.readAggregate('a')).toEqual([]);
    expect(appendTo('a')).toEqual([2]);
    expect(appendTo('b')).toEqual([1]);
    await harness.settle(journal);
    expect(journal.readAggregate('a')).toHaveLength(2);
    expect(appendTo('a')).toEqual([3]);
    await journal.close();

    const again = harness.open();
    expect(again.readAggregate('a')).toHaveLength(3);
    expect(appendTo('a', again)).toEqual([4]);
    expect(appendTo('b', again)).toEqual([2]);
    await again.close();
  });

  it('replays from any row', async () => {
    const { harness, journal } = begin();
    const rows = journal.append(['a', 'b', 'a', 'c'].map((aggregate) => event(aggregate)));
    await harness.settle(journal);

    expect([...journal.replay(sequence(1))]).toEqual(rows);
    expect([...journal.replay(sequence(3))]).toEqual(rows.slice(2));
    expect([...journal.replay(sequence(5))]).toEqual([]);
  });

  it('goes on where it was when it is opened again', async () => {
    const { harness, journal } = begin();
    const before = journal.append([event('a'), event('b'), event('a')]);
    await journal.close();

    const again = harness.open();

    expect(again.ledgerId).toBe(journal.ledgerId);
    expect(again.head()).toEqual(journal.head());
    expect(again.durableHead()).toEqual(journal.head());
    const after = again.append([event('a')]);
    expect(after[0]?.aggregateSequence).toBe(3);
    await harness.settle(again);
    expect([...again.replay(sequence(1))]).toEqual([...before, ...after]);
  });

  it('keeps snapshots and the published mark through an opening', async () => {
    const { harness, journal } = begin();
    expect(journal.publishedSequence()).toBe(0);
    expect(journal.loadSnapshot('orders')).toBeUndefined();
    journal.append([event('a'), event('b')]);
    journal.saveSnapshot('orders', { sequence: sequence(1), payload: new Uint8Array([1]) });
    journal.saveSnapshot('orders', { sequence: sequence(2), payload: new Uint8Array([2]) });
    await harness.settle(journal);
    journal.markPublished(sequence(1));
    await journal.close();

    const again = harness.open();

    expect(again.loadSnapshot('orders')).toEqual({ sequence: 2, payload: new Uint8Array([2]) });
    expect(again.publishedSequence()).toBe(1);
  });
}

function describeFailure(begin: Begin): void {
  it('stops at a failed commit: nothing more becomes durable, nothing more is taken', async () => {
    const { harness, journal } = begin();
    const durable = journal.append([event('a')]);
    await harness.settle(journal);
    const errors: Error[] = [];
    let isReported = false;
    journal.onFailure((error) => errors.push(error));

    journal.append([event('b')], () => {
      isReported = true;
    });
    await harness.failCommit(journal);

    expect(errors).toHaveLength(1);
    expect(() => journal.append([event('c')])).toThrow(JournalStopped);
    await journal.close();
    expect(isReported).toBe(false);
    const again = harness.open();
    expect([...again.replay(sequence(1))]).toEqual(durable);
  });

  it('takes nothing after it was closed', async () => {
    const { journal } = begin();
    await journal.close();
    expect(() => journal.append([event('a')])).toThrow(JournalStopped);
  });

  it('commits what waits before it closes', async () => {
    const { harness, journal } = begin();
    const reported: number[] = [];
    journal.append([event('a')], (rows) => {
      reported.push(...sequencesOf(rows));
    });
    await journal.close();
    expect(reported).toEqual([1]);
    expect(sequencesOf(harness.open().read(everything))).toEqual([1]);
  });
}
