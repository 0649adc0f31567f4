// Aim: however much waits in a queue, the process looks at everything else between two slices of it; what must know
// what has come by now waits for a look; and what waits keeps its order and its limit.
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Incoming, waitingBytesMax } from '../../infra/nats/incoming.ts';
import { Slices } from '../../infra/process/slices.ts';

/** Keeps the process from everything else. */
function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}

it('runs what was added in its order, and nothing inside the call', async () => {
  const slices = new Slices({ fresh: false });
  const seen: number[] = [];
  for (let item = 0; item < 3_000; item += 1) slices.add(() => seen.push(item));
  expect(seen).toEqual([]);

  await until(() => slices.waiting === 0);

  expect(seen).toEqual(Array.from({ length: 3_000 }, (_, item) => item));
});

it('lets the loop turn between items that fill a slice', async () => {
  const slices = new Slices({ fresh: false });
  let turns = 0;
  let turnsWithin = 0;
  for (let item = 0; item < 20; item += 1) {
    slices.add(() => {
      block(1.5);
      turnsWithin = turns;
    });
  }

  while (slices.waiting > 0) {
    await nextTurn();
    turns += 1;
  }

  expect(turnsWithin).toBeGreaterThanOrEqual(18);
});

it.each([
  { fresh: true, order: ['look', 'item'] },
  { fresh: false, order: ['item', 'look'] },
])('given fresh is $fresh, after a long turn comes: $order', async ({ fresh, order }) => {
  const slices = new Slices({ fresh });
  const seen: string[] = [];
  slices.add(() => seen.push('item'));
  setImmediate(() => seen.push('look'));
  block(10);

  await until(() => seen.length === 2);

  expect(seen).toEqual(order);
});

it('given every turn is long, what must be fresh runs all the same', async () => {
  const slices = new Slices({ fresh: true });
  let isDone = false;
  slices.add(() => {
    isDone = true;
  });

  for (let turn = 0; turn < 10 && !isDone; turn += 1) {
    block(5);
    await nextTurn();
  }

  expect(isDone).toBe(true);
});

it('given more has come in than may wait, then the oldest is handled before anything further is read', () => {
  const incoming = new Incoming();
  const handled: number[] = [];
  const data = new Uint8Array(waitingBytesMax / 4);
  for (let message = 1; message <= 6; message += 1) incoming.add({ data }, () => handled.push(message));
  expect(handled).toEqual([1, 2]);
});
