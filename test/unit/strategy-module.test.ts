import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkParameters, loadStrategyModule } from '../../infra/strategy/load-strategy-module.ts';
import { openSqliteRecording } from '../../infra/strategy/sqlite-recording.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { barAt, createStrategyWorld, planOf } from './strategy-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-strategy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

/** The README's own strategy, as a reader would copy it. */
function readmeStrategy(): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const source = /```ts\n(import \{ defineStrategy[\s\S]*?)```/.exec(readme)?.[1];
  if (source === undefined) throw new Error('the README shows no strategy');
  return source;
}

describe('a strategy file outside the clone', () => {
  test('copied from the README, loads and trades', async () => {
    const module = await loadStrategyModule(fileWith('breakout.ts', readmeStrategy()));
    const parameters = checkParameters('mine', module, { bars: 3, notional: 1000 });
    const world = createStrategyWorld({
      history: [barAt(-3, 100), barAt(-2, 101), barAt(-1, 100)],
      plans: [
        {
          ...planOf(() => ({}), { historyBars: module.history?.(parameters) ?? 0 }),
          create: (context: unknown) => module.create(context, parameters),
        },
      ],
    });
    world.begin();
    world.bar(0, 101);
    expect(world.intents).toHaveLength(0);
    world.bar(1, 102);
    expect(world.intents.map(({ intent }) => intent.reason)).toEqual(['above the high of 3 bars']);
  });

  test('with wrong parameters is refused, naming strategy, key, expected and found', async () => {
    const module = await loadStrategyModule('sma-cross');
    expect(() => checkParameters('mine', module, { fast: 'x', slow: 30, notional: 1, extra: 1 })).toThrow(
      /strategy mine: parameters\.fast: expected a number, found "x"[\s\S]*parameters\.extra: expected no such key/,
    );
    expect(() => checkParameters('mine', module, { fast: 30, slow: 10, notional: 1 })).toThrow(
      'strategy mine: parameters.fast: expected less than slow, found 30',
    );
  });

  test.each([
    ['nothing.ts', undefined, /no strategy file .*nothing\.ts/],
    ['syntax.ts', 'export const = 1;', /syntax\.ts: cannot be loaded: SyntaxError/],
    [
      'other.ts',
      'export const other = 1;',
      /other\.ts: expected `export const strategy.*found no such export/,
    ],
    [
      'shape.ts',
      'export const strategy = { name: "x" };',
      /shape\.ts: expected .*found an object with the keys name/,
    ],
  ])('%s is refused with a sentence', async (name, source, message) => {
    const file = source === undefined ? join(folder, name) : fileWith(name, source);
    await expect(loadStrategyModule(file)).rejects.toThrow(message);
  });

  test('a name that does not ship is refused', async () => {
    await expect(loadStrategyModule('nonesuch')).rejects.toThrow(
      /no strategy nonesuch: expected one that ships/,
    );
  });
});

describe('recorded inputs on disk', () => {
  const input = {
    strategy: brandOf.strategyId('mine'),
    kind: 'bar',
    id: brandOf.eventId('bar.1'),
    time: brandOf.timestampUs(5),
    sequence: brandOf.sequence(0),
    payload: Uint8Array.of(1, 2, 3),
  } as const;

  test('come back in order under the same ledger, and are dropped under another', () => {
    const path = join(folder, 'inputs.sqlite');
    const one = brandOf.ledgerId('ONE');
    const first = openSqliteRecording(path);
    first.open(one);
    expect([...first.read()]).toEqual([]);
    first.append(input);
    first.append({ ...input, id: brandOf.eventId('bar.2') });
    first.close();

    const second = openSqliteRecording(path);
    second.open(one);
    expect([...second.read()].map(({ id }) => id)).toEqual(['bar.1', 'bar.2']);
    second.close();

    const third = openSqliteRecording(path);
    third.open(brandOf.ledgerId('TWO'));
    expect([...third.read()]).toEqual([]);
    third.close();
  });
});
