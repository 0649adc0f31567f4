import { expect, it } from 'vitest';
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
