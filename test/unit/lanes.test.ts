// Aim: however much waits, the process looks at everything else between two slices of it; what goes first is done before
// the rest begins; and what waits keeps its order and its limit.
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Incoming, waitingBytesMax } from '../../infra/nats/incoming.ts';
import { Lane, type LaneName } from '../../infra/process/lanes.ts';

/** Keeps the process from everything else. */
function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}

it('runs what was added in its order, and nothing inside the call', async () => {
  const lane = new Lane('messages');
  const seen: number[] = [];
  for (let item = 0; item < 3_000; item += 1) lane.add(() => seen.push(item));
  expect(seen).toEqual([]);

  await until(() => lane.waiting === 0);

  expect(seen).toEqual(Array.from({ length: 3_000 }, (_, item) => item));
});

it.each<LaneName>(['effects', 'venue', 'messages'])(
  'lets the loop turn between slices of %s',
  async (name) => {
    const lane = new Lane(name);
    let turns = 0;
    let turnsWithin = 0;
    for (let item = 0; item < 20; item += 1) {
      lane.add(() => {
        block(6);
        turnsWithin = turns;
      });
    }

    while (lane.waiting > 0) {
      await nextTurn();
      turns += 1;
    }

    expect(turnsWithin).toBeGreaterThanOrEqual(18);
  },
);

it('runs what an item set off in promises before the next item', async () => {
  const lanes = [new Lane('effects'), new Lane('messages')];
  const seen: string[] = [];
  for (const lane of lanes) {
    for (const name of ['first', 'second']) {
      lane.add(() => {
        seen.push(name);
        const steps = async (): Promise<void> => {
          for (let step = 0; step < 5; step += 1) await Promise.resolve();
          seen.push(`${name} after all`);
        };
        void steps();
      });
    }
  }

  await until(() => seen.length === 8);

  const own = ['first', 'first after all', 'second', 'second after all'];
  expect(seen).toEqual([...own, ...own]);
});

it('given work in all lanes, then effects are done first, then the venue, then messages', async () => {
  const names: readonly LaneName[] = ['messages', 'venue', 'effects'];
  const lanes = names.map((name) => ({ name, lane: new Lane(name) }));
  const seen: LaneName[] = [];
  for (let item = 0; item < 5; item += 1) {
    for (const { name, lane } of lanes) {
      lane.add(() => {
        block(2);
        seen.push(name);
      });
    }
  }

  await until(() => seen.length === 15);

  const expected = names.toReversed().flatMap((name) => Array.from({ length: 5 }, () => name));
  expect(seen).toEqual(expected);
});

it('given effects that come while messages are handled, then they go before the next slice of messages', async () => {
  const effects = new Lane('effects');
  const messages = new Lane('messages');
  const seen: string[] = [];
  for (let item = 0; item < 4; item += 1) {
    messages.add(() => {
      block(6);
      seen.push('message');
      effects.add(() => seen.push('effect'));
    });
  }

  await until(() => seen.length === 8);

  expect(seen).toEqual(Array.from({ length: 4 }, () => ['message', 'effect']).flat());
});

it('given more has come in than may wait, then the oldest is handled before anything further is read', () => {
  const incoming = new Incoming();
  const handled: number[] = [];
  const data = new Uint8Array(waitingBytesMax / 4);
  for (let message = 1; message <= 6; message += 1) incoming.add({ data }, () => handled.push(message));
  expect(handled).toEqual([1, 2]);
});
