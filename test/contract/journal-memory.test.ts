import { describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../infra/sim/memory-disk.ts';
import { createMemoryJournal, type MemoryJournal } from '../../infra/sim/memory-journal.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { JournalStopped } from '../../services/kernel/journal/journal.ts';
import { describeJournal, event } from './journal.contract.ts';

const ledgerId = brandOf.ledgerId('LEDGER');

describeJournal('memory', () => {
  let journal: MemoryJournal | undefined;
  return {
    open() {
      journal = journal === undefined ? createMemoryJournal({ ledgerId }) : journal.crash();
      return journal;
    },
    settle: async () => journal?.commit(),
    failCommit: async () => {
      journal?.failNextCommit(new Error('the disk is full'));
      journal?.commit();
    },
    end: async () => {},
  };
});

it('forgets in a crash what was not yet durable, and says nothing about it', () => {
  const journal = createMemoryJournal({ ledgerId });
  const said: string[] = [];
  journal.onFailure(() => said.push('failure'));
  const [durable] = journal.append([event('a')]);
  journal.commit();
  journal.append([event('a')], () => said.push('durable'));

  const restarted = journal.crash();

  journal.commit();
  expect(said).toEqual([]);
  expect(() => journal.append([event('a')])).toThrow(JournalStopped);
  expect([...restarted.replay(brandOf.sequence(1))]).toEqual([durable]);
  expect(restarted.append([event('a')])[0]?.aggregateSequence).toBe(2);
});

it('commits by itself when it is given a scheduler', () => {
  const scheduled: (() => void)[] = [];
  const journal = createMemoryJournal({ ledgerId, schedule: (commit) => scheduled.push(commit) });
  const durable: string[] = [];
  journal.append([event('a')], () => {
    durable.push('a');
    journal.append([event('b')], () => durable.push('b'));
  });
  expect(scheduled).toHaveLength(1);
  for (const commit of scheduled) commit();
  expect(durable).toEqual(['a', 'b']);
});

describe('a journal that keeps few rows', () => {
  const rowsKept = 100;
  const sequence = brandOf.sequence;
  /** One row each, committed one by one. */
  function fill(journal: MemoryJournal, names: readonly string[]): void {
    for (const name of names) {
      journal.append([event(name)]);
      journal.commit();
    }
  }
  const names = (count: number, of = 'x') => Array.from({ length: count }, (_, index) => `${of}${index}`);

  it('has the newest of them, and says of those before that they are gone', () => {
    const journal = createMemoryJournal({ ledgerId, rowsKept });
    fill(journal, names(1_000));
    const newest = journal.read({ fromSequence: sequence(901), limit: 500 });
    expect(newest.map((row) => row.sequence)).toEqual(Array.from({ length: 100 }, (_, index) => 901 + index));
    expect([...journal.replay(sequence(902))]).toEqual(newest.slice(1));
    expect(() => journal.read({ fromSequence: sequence(1), limit: 1 })).toThrow(/row 1 is gone.*newest 100/);
    expect(() => journal.replay(sequence(700))).toThrow(/row 699 is gone/);
  });

  it('keeps an aggregate whole while any of its rows is new', () => {
    const journal = createMemoryJournal({ ledgerId, rowsKept });
    fill(journal, ['order', ...names(150), 'order', ...names(90, 'y')]);
    expect(journal.readAggregate('order').map((row) => row.sequence)).toEqual([1, 152]);
    expect(journal.readAggregate('never')).toEqual([]);
  });

  it('tells an aggregate that is gone from one that never was, and goes on with its positions', () => {
    const journal = createMemoryJournal({ ledgerId, rowsKept });
    fill(journal, ['order', ...names(60_000)]);
    expect(() => journal.readAggregate('order')).toThrow(/rows of order are gone.*newest 100/);
    expect(journal.append([event('order')])[0]?.aggregateSequence).toBe(2);
    journal.commit();
    expect(() => journal.readAggregate('order')).toThrow(/gone/);
  });

  it('lets go of the old rows of an aggregate that never ends', () => {
    const journal = createMemoryJournal({ ledgerId, rowsKept });
    fill(
      journal,
      Array.from({ length: 3_000 }, () => 'account'),
    );
    expect(() => journal.readAggregate('account')).toThrow(/gone/);
    expect(journal.append([event('account')])[0]?.aggregateSequence).toBe(3_001);
  });

  it('looks at each row a few times, however many leave of an aggregate at once', () => {
    let looks = 0;
    const disk = new MemoryDisk(5_000);
    const [row] = createMemoryJournal({ ledgerId }).append([event('account')]);
    if (row === undefined) throw new Error('an append gives its row');
    for (let number = 1; number <= 30_000; number += 1) {
      disk.add([
        {
          ...row,
          aggregateSequence: sequence(number),
          get sequence() {
            looks += 1;
            return sequence(number);
          },
        },
      ]);
    }
    expect(looks).toBeLessThan(10 * 30_000);
  });
});
