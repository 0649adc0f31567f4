// Aim: the store is asked for the end of an aggregate only when nobody has read it, and never believed over what waits.
import { expect, it } from 'vitest';
import { AppendQueue } from '../../infra/journal/append-queue.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { genesisHead } from '../../services/kernel/journal/hash-chain.ts';
import type { JournalEvent, JournalRow } from '../../services/kernel/journal/journal.ts';

const event: JournalEvent = {
  aggregate: 'order/A',
  type: 'interlock.order.v1.OrderEvent',
  time: brandOf.timestampUs(1_700_000_000_000_000),
  payload: new Uint8Array([1]),
};

/** A queue over a store whose commits are ended by hand. */
function begin() {
  const lookedUp: string[] = [];
  const stored: JournalRow[] = [];
  let done = (): void => undefined;
  const queue = new AppendQueue({
    store: {
      commit(rows, onDone) {
        done = () => {
          stored.push(...rows);
          onDone();
        };
      },
      aggregateSequence(aggregate) {
        lookedUp.push(aggregate);
        return (
          stored.findLast((row) => row.aggregate === aggregate)?.aggregateSequence ?? brandOf.sequence(0)
        );
      },
    },
    durableHead: genesisHead(brandOf.ledgerId('01234567-89ab-4cde-8f01-23456789abcd')),
    rowsPerCommitMax: 10,
    schedule: () => undefined,
  });
  const append = (): number | undefined => queue.append([event])[0]?.aggregateSequence;
  return { queue, lookedUp, stored, append, endCommit: () => done() };
}

it('asks the store for an aggregate that nobody has read', () => {
  const { append, lookedUp } = begin();
  expect([append(), append()]).toEqual([1, 2]);
  expect(lookedUp).toEqual(['order/A']);
});

it('goes on from what was read, without asking', () => {
  const { queue, append, lookedUp } = begin();
  queue.noteAggregate(event.aggregate, undefined);
  expect(append()).toBe(1);
  expect(lookedUp).toEqual([]);
});

it('goes on from the last row that was read', () => {
  const one = begin();
  one.append();
  one.append();
  one.queue.flush();
  one.endCommit();
  const other = begin();
  other.queue.noteAggregate(event.aggregate, one.stored.at(-1));
  expect(other.append()).toBe(3);
  expect(other.lookedUp).toEqual([]);
});

it('believes no reading over rows that wait for the disk', () => {
  const { queue, append, stored, endCommit } = begin();
  append();
  queue.flush();
  endCommit();
  append();
  queue.noteAggregate(event.aggregate, stored.at(-1));
  queue.noteAggregate(event.aggregate, undefined);
  expect(append()).toBe(3);
});

it('numbers the rows of more aggregates than it remembers, however late the disk is', () => {
  const last = new Map<string, JournalRow>();
  const lookedUp: string[] = [];
  let done = (): void => undefined;
  const queue = new AppendQueue({
    store: {
      commit(rows, onDone) {
        done = () => {
          for (const row of rows) last.set(row.aggregate, row);
          onDone();
        };
      },
      aggregateSequence(aggregate) {
        lookedUp.push(aggregate);
        return last.get(aggregate)?.aggregateSequence ?? brandOf.sequence(0);
      },
    },
    durableHead: genesisHead(brandOf.ledgerId('01234567-89ab-4cde-8f01-23456789abcd')),
    rowsPerCommitMax: 1_000,
    schedule: () => undefined,
  });
  const counts = new Map<string, number>();
  const append = (names: { readonly from: number; readonly until: number }): void => {
    for (let name = names.from; name < names.until; name += 1) {
      const aggregate = `order/${name}`;
      const count = (counts.get(aggregate) ?? 0) + 1;
      counts.set(aggregate, count);
      const [row] = queue.append([{ ...event, aggregate }]);
      if (row?.aggregateSequence !== count) {
        throw new Error(`${aggregate}: ${row?.aggregateSequence}, not ${count}`);
      }
    }
  };
  const commitOnce = (): void => {
    queue.flush();
    done();
  };
  append({ from: 0, until: 30_000 });
  commitOnce();
  append({ from: 30_000, until: 60_000 });
  commitOnce();
  // Two generations wait for the disk; what came first is not there to be looked up.
  append({ from: 0, until: 20_000 });
  while (queue.durableHead.sequence < queue.head.sequence) commitOnce();
  append({ from: 20_000, until: 80_000 });
  while (queue.durableHead.sequence < queue.head.sequence) commitOnce();
  // By now the first are long forgotten, and looked up.
  append({ from: 0, until: 80_000 });
  expect(lookedUp.filter((aggregate) => aggregate === 'order/0')).toHaveLength(2);
});

it('given what follows comes in turns, then each append is durable in its turn, and its effect goes before its rows are told', () => {
  const turns: (() => void)[] = [];
  const seen: string[] = [];
  const queue = new AppendQueue({
    store: { commit: (_, done) => done(), aggregateSequence: () => brandOf.sequence(0) },
    durableHead: genesisHead(brandOf.ledgerId('01234567-89ab-4cde-8f01-23456789abcd')),
    rowsPerCommitMax: 10,
    schedule: () => undefined,
    deliver: (item) => turns.push(item),
  });
  queue.onCommitted((rows) => seen.push(`told ${rows.map(({ sequence }) => sequence).join(' ')}`));
  queue.append([event, event], () => seen.push(`effect at ${queue.durableHead.sequence}`));
  queue.append([], () => seen.push(`departure at ${queue.durableHead.sequence}`));
  queue.append([event], () => seen.push(`effect at ${queue.durableHead.sequence}`));
  queue.flush();
  expect(queue.durableHead.sequence).toBe(0);

  for (const turn of turns.splice(0)) turn();

  expect(seen).toEqual(['effect at 2', 'told 1 2', 'departure at 2', 'effect at 3', 'told 3']);
});

it('is not closed before everything has had its turn', async () => {
  const turns: (() => void)[] = [];
  const queue = new AppendQueue({
    store: { commit: (_, done) => done(), aggregateSequence: () => brandOf.sequence(0) },
    durableHead: genesisHead(brandOf.ledgerId('01234567-89ab-4cde-8f01-23456789abcd')),
    rowsPerCommitMax: 10,
    schedule: () => undefined,
    deliver: (item) => turns.push(item),
  });
  let isDone = false;
  let isClosed = false;
  queue.append([event], () => {
    isDone = true;
  });
  const closed = queue.close().then(() => {
    isClosed = true;
  });
  await Promise.resolve();
  expect([isDone, isClosed]).toEqual([false, false]);

  for (const turn of turns.splice(0)) turn();
  await closed;

  expect(isDone).toBe(true);
});
