// Aim: every unreadable message is counted, kept in the file and alerted, however many there are at once, and also when
// the bus is away just then.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createQuarantine } from '../../infra/process/quarantine.ts';
import { createFifoNetwork } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-quarantine-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** More than there are messages on their way, each of which takes one. */
const turnsMax = 200;
async function turns(): Promise<void> {
  for (let turn = 0; turn < turnsMax; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
const nothing = (): void => undefined;

function world() {
  const clock = createManualClock({ wallUs: brandOf.timestampUs(1_000_000) });
  const network = createFifoNetwork({ clock, encode: true, schedule: setImmediate });
  const bus = network.connect({ producer: 'risk', epoch: brandOf.epoch(1) });
  const person = network.connect({ producer: 'operator', epoch: brandOf.epoch(1) });
  const heard: string[] = [];
  person.subscribe(subjects.alert.matching({}), ({ message }) =>
    heard.push(message.text.split(',')[0] ?? ''),
  );
  bus.subscribe(subjects.quote.matching({}), nothing);
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const quarantine = createQuarantine({ service: 'risk', dataFolder: folder, bus, clock, log });
  const subject = subjects.quote.of({ venue: 'paper', instrument: 'SPY' }).name;
  return {
    ...{ bus, heard, quarantine },
    garbage: async (count: number) => {
      for (let index = 0; index < count; index += 1) network.inject(subject, new Uint8Array([255]));
      await turns();
    },
    second: async () => {
      clock.advance(1_000_000);
      await turns();
    },
  };
}

it('given many at once, then the first is told at once and the others after a second, all counted', async () => {
  const { garbage, second, heard, quarantine } = world();
  await garbage(42);
  expect(heard).toEqual(['1 unreadable message(s)']);
  await second();
  expect(heard).toEqual(['1 unreadable message(s)', '41 unreadable message(s)']);
  await second();
  await second();
  expect(heard).toHaveLength(2);
  expect(quarantine.count()).toBe(42);
  const kept = readFileSync(join(folder, 'quarantine', 'risk.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(kept).toHaveLength(42);

  await garbage(1);
  expect(heard.slice(2)).toEqual(['1 unreadable message(s)']);
});

it('given the bus goes away before they are told, when it is back, then they are', async () => {
  const { garbage, second, heard, bus } = world();
  await garbage(3);
  bus.disconnect();
  await second();
  await second();
  expect(heard).toEqual(['1 unreadable message(s)']);
  bus.reconnect();
  await second();
  expect(heard).toEqual(['1 unreadable message(s)', '2 unreadable message(s)']);
});
