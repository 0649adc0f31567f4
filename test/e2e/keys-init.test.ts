// Aim: one command makes the keys of a deployment, says what belongs where and shows no secret; typed twice it changes
// nothing; a real nats-server takes what it writes, and `doctor` finds a key that others can read.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'interlock';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findServerProgram } from '../../infra/nats/server-program.ts';
import { valueAt } from '../../services/operator/json-value.ts';
import { writeProfile } from '../system/profile-file.ts';
import { jsonLines, runCommand } from './command.ts';

let folder: string;
let keyFolder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-keys-init-'));
  keyFolder = join(folder, 'keys');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const init = (...words: readonly string[]) => runCommand(['keys', 'init', '--keys', keyFolder, ...words]);

it('makes them, says what belongs where and how the operator gets theirs, and tells no secret', async () => {
  const { code, out, error } = await init('--name', 'ada');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  for (const file of readdirSync(keyFolder)) {
    const secret = /\.n?key$/.test(file);
    expect(out).toMatch(new RegExp(`^${file.replace('.', '\\.')} +${secret ? 'SECRET' : 'public'} `, 'm'));
    expect(statSync(join(keyFolder, file)).mode & 0o777, file).toBe(secret ? 0o600 : 0o644);
    if (secret) expect(out).not.toContain(readFileSync(join(keyFolder, file), 'utf8').trim());
  }
  expect(out).toMatch(
    /scp -p \S+operator\.key \S+operator\.nkey .* && rm \S+operator\.key \S+operator\.nkey/,
  );
  expect(readFileSync(join(keyFolder, 'keyring.json'), 'utf8')).toContain('"name": "ada"');
});

it('typed twice it changes nothing and says so, also to a program', async () => {
  await init();
  const before = readdirSync(keyFolder).map((file) => readFileSync(join(keyFolder, file), 'utf8'));
  const { code, out } = await init('--name', 'bob', '--json');
  expect(code).toBe(0);
  expect(jsonLines(out)).toMatchObject([{ folder: keyFolder, made: [], guests: 'tripAndRead' }]);
  expect(readdirSync(keyFolder).map((file) => readFileSync(join(keyFolder, file), 'utf8'))).toEqual(before);

  for (const file of ['operator.key', 'operator.nkey']) rmSync(join(keyFolder, file));
  const moved = await init();
  expect(moved.out).toMatch(/^operator\.key +elsewhere/m);
  expect(moved.out).not.toContain('scp');
});

it('a real server takes its configuration, and lets in whom it says', async () => {
  const profile = writeProfile(folder, [[['authority', 'guests'], 'none']]);
  expect((await init('--profile', profile)).code).toBe(0);
  writeFileSync(join(keyFolder, 'server.conf'), 'host: 127.0.0.1\nport: -1\ninclude nats-users.conf\n');
  const { path } = await findServerProgram({ cacheFolder: join(folder, 'cache') });
  const server = spawn(path, ['-c', join(keyFolder, 'server.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise<string>((resolve) => {
    let log = '';
    server.stderr.on('data', (chunk) => {
      log += chunk;
      const address = /Listening for client connections on ([\d.:]+)/.exec(log)?.[1];
      if (address !== undefined && log.includes('Server is ready')) resolve(`nats://${address}`);
    });
  });
  const client = await connect({ url, keyFile: join(keyFolder, 'operator.nkey') });
  await client.close();
  await expect(connect({ url })).rejects.toThrow(/lets nobody in without a key: name the folder with yours/);
  server.kill('SIGKILL');
  await once(server, 'exit');
});

it.each([
  ['a name that is none', ['--name', 'a b'], 64, /--name: expected the operator's name/],
  [
    'a folder that cannot be written',
    ['--keys', '/dev/null/keys'],
    73,
    /The key folder \/dev\/null\/keys cannot be written/,
  ],
] as const)('%s is one sentence', async (_, words, code, sentence) => {
  const refused = await runCommand(['keys', 'init', ...words]);
  expect(refused.code).toBe(code);
  expect(refused.error).toMatch(/^interlock: [^\n]+\n$/);
  expect(refused.error).toMatch(sentence);
});

it('doctor finds them sound, and finds one that others can read', async () => {
  await init();
  const look = async () => {
    const { out } = await runCommand(['doctor', '--data-folder', folder, '--json']);
    return jsonLines(out).find((line) => valueAt(line, 'check') === 'keys');
  };
  expect(await look()).toMatchObject({ good: true });
  chmodSync(join(keyFolder, 'risk.nkey'), 0o644);
  expect(await look()).toMatchObject({ good: false, found: expect.stringContaining('chmod 600') });
});
