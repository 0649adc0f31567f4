// Aim: what a turn causes leaves once its rows are on disk: cancels and the like together, then what adds exposure,
// each by itself, so that between two sends whatever has come meanwhile is heard.
import { expect, it } from 'vitest';
import { createMemoryJournal } from '../../infra/sim/memory-journal.ts';
import { OrderIntent } from '../../protos/gen/order.ts';
import { createTurn } from '../../services/execution/turn.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Journal } from '../../services/kernel/journal/journal.ts';
import { intentOf } from './execution-world.ts';

const row = {
  aggregate: 'order/1',
  type: OrderIntent,
  message: intentOf(),
  time: brandOf.timestampUs(1),
};

function world() {
  const disk = createMemoryJournal({ ledgerId: brandOf.ledgerId('ledger-1') });
  const appends: number[] = [];
  const seen: string[] = [];
  const journal: Journal = {
    ...disk,
    append: (events, onDurable) => {
      appends.push(events.length);
      return disk.append(events, onDurable);
    },
  };
  const turn = createTurn({ journal, complete: () => {}, onSettled: () => seen.push('settled') });
  return { disk, turn, appends, seen };
}

it('given effects and departures, then all wait for the disk, effects come first, and each departure is alone', () => {
  const { disk, turn, appends, seen } = world();
  turn.run(() => {
    turn.record(row);
    turn.departOnceDurable(() => seen.push('send 1'));
    turn.departOnceDurable(() => seen.push('send 2'));
    turn.onceDurable(() => seen.push('cancel 1'));
    turn.onceDurable(() => seen.push('cancel 2'));
  });
  expect(seen).toEqual([]);
  expect(appends).toEqual([1, 0, 0]);

  disk.commit();

  expect(seen).toEqual(['cancel 1', 'cancel 2', 'send 1', 'send 2', 'settled']);
  expect(turn.settled).toBe(true);
});

it('given one departure and nothing else, then it costs no append of its own', () => {
  const { disk, turn, appends, seen } = world();
  turn.run(() => {
    turn.record(row);
    turn.departOnceDurable(() => seen.push('send'));
  });
  disk.commit();
  expect(appends).toEqual([1]);
  expect(seen).toEqual(['send', 'settled']);
});
