// Aim: what cannot run is refused before anything starts, in one sentence that says what to do, with its exit code; and
// nothing is left behind.

import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { holdDataFolder } from '../../services/operator/supervision/run-lock.ts';
import { runCommand } from './command.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-refusals-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('a port that another program has', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const outcome = await up(['--port', String(port)]);
  other.close();

  expect(outcome).toEqual({
    code: 75,
    out: '',
    error: `interlock: port ${port} is in use by another program: stop it, or choose another with --port.\n`,
  });
});

it('a second run on the same data folder', async () => {
  const first = holdDataFolder(folder);
  const outcome = await up([]);
  first.release();
  expect(outcome).toEqual({
    code: 75,
    out: '',
    error: `interlock: Interlock already runs on ${folder}: stop it with Ctrl+C where it was started, or give another --data-folder.\n`,
  });
});

it('a data folder that cannot be written', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const { code, error } = await runCommand(['up', '--data-folder', join(file, 'data')]);
  expect(code).toBe(73);
  expect(error).toMatch(
    /^interlock: The folder [^\n]+ cannot be written [^\n]+: make it writable, or give another --data-folder\.\n$/,
  );
});

it('a NATS server that does not answer', async () => {
  const { code, error } = await up(['--nats', 'nats://127.0.0.1:9', '--port', '0']);
  expect(code).toBe(69);
  expect(error).toMatch(/^interlock: No NATS server answers at nats:\/\/127\.0\.0\.1:9 [^\n]+\n$/);
  expect(readdirSync(folder)).toEqual(['keys', 'run']);
});

it('a data folder without a system, for a verb that needs one', async () => {
  for (const verb of [['status'], ['orders'], ['cancel', '--all'], ['tail'], ['health', 'risk']]) {
    const { code, error } = await runCommand([...verb, '--data-folder', folder]);
    expect({ verb, code, error }).toEqual({
      verb,
      code: 69,
      error: `interlock: nothing runs on ${folder}: start it with "npm start", or say where it is with --data-folder or --nats.\n`,
    });
  }
});

describe('a profile with', () => {
  it.each([
    [
      'an unknown key',
      (limits: Limits) => ({ ...limits, ordrValueMax: '1.00' }),
      'limits.ordrValueMax: expected no such key, found "1.00"; remove it or mend its spelling',
    ],
    [
      'a missing limit',
      ({ orderValueMax: _, ...limits }: Limits) => limits,
      "limits.orderValueMax: expected money as a quoted decimal, such as '25000.00', found nothing",
    ],
    [
      'a number without its unit',
      (limits: Limits) => ({ ...limits, quoteAgeMax: 30 }),
      "limits.quoteAgeMax: expected a duration with its unit, such as '30s', found 30",
    ],
    [
      'a ratio that is none',
      (limits: Limits) => ({ ...limits, leverageRatioMax: '2' }),
      'limits.leverageRatioMax: expected a ratio in percent, such as \'15%\', found "2"',
    ],
  ])('%s, by file, key, expected and found', async (_, change, sentence) => {
    const file = join(folder, 'mine.json');
    const document = loadProfile('paper').document;
    const limits = readLimits(document);
    writeFileSync(file, JSON.stringify(Object.assign({}, document, { limits: change(limits) })));

    const outcome = await up(['--profile', file]);

    expect(outcome).toEqual({ code: 78, out: '', error: `interlock: ${file}: ${sentence}\n` });
  });

  it('no file', async () => {
    const { code, error } = await up(['--profile', join(folder, 'none.yaml')]);
    expect(code).toBe(78);
    expect(error).toContain(`no profile ${join(folder, 'none.yaml')}: there is no such file`);
  });
});

it('with --json the refusal is the last line of stdout', async () => {
  const { code, out } = await up(['--feed', 'tea-leaves', '--json']);
  expect(code).toBe(64);
  expect(JSON.parse(out)).toEqual({
    error: {
      code: 'usage',
      exitCode: 64,
      message: '--feed: expected synthetic, csv, parquet, lean or recorded, found "tea-leaves".',
    },
  });
});

it('a strategy that is not there, once its service has said so', async () => {
  const { code, error } = await up(['--strategy', join(folder, 'none.ts'), '--port', '0']);
  expect(code).toBe(78);
  expect(error).toContain(join(folder, 'none.ts'));
  expect(readFileSync(join(folder, 'logs', 'strategy.stderr'), 'utf8')).toContain('none.ts');
});

type Limits = Readonly<Record<string, unknown>>;

function readLimits(document: unknown): Limits {
  if (typeof document !== 'object' || document === null || !('limits' in document))
    throw new Error('no limits');
  const { limits } = document;
  if (typeof limits !== 'object' || limits === null) throw new Error('no limits');
  return { ...limits };
}

function up(words: readonly string[]) {
  return runCommand(['up', '--data-folder', folder, ...words]);
}
