// Aim: what a commit lets happen does not keep the process from hearing anything else, and none of it is forgotten.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteJournal } from '../../infra/journal/sqlite-journal.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Journal } from '../../services/kernel/journal/journal.ts';

let folder: string;
let journal: Journal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-effects-'));
  const newLedgerId = () => brandOf.ledgerId('ledger-1');
  journal = openSqliteJournal({ path: join(folder, 'execution.sqlite'), newLedgerId });
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

const effects = 50;
const event = {
  aggregate: 'order/1',
  type: 'a.type',
  time: brandOf.timestampUs(1),
  payload: new Uint8Array([1]),
};

/** Appends that become durable together, each with something that takes its time. */
function appendAll(onEffect: (number: number) => void): void {
  for (let number = 1; number <= effects; number += 1) {
    journal.append([event], () => {
      const untilMs = performance.now() + 1.5;
      while (performance.now() < untilMs);
      onEffect(number);
    });
  }
}

it('the loop turns between effects of one commit, which come in their order', async () => {
  const seen: number[] = [];
  const seenAtTurns = new Set<number>();
  appendAll((number) => seen.push(number));

  while (seen.length < effects) {
    seenAtTurns.add(seen.length);
    await nextTurn();
  }

  expect(seen).toEqual(Array.from({ length: effects }, (_, index) => index + 1));
  expect(seenAtTurns.size).toBeGreaterThan(effects / 2);
});

it('a journal that closes lets all of them happen before', async () => {
  const seen: number[] = [];
  appendAll((number) => seen.push(number));

  await journal.close();

  expect(seen.length).toBe(effects);
});
