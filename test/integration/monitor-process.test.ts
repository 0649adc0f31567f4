// Aim: the monitor as a process of its own announces its port, stops in order, and refuses a taken port in a sentence.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { ensureKeys } from '../../infra/keys/key-folder.ts';
import { provisionStreams } from '../../infra/nats/streams.ts';
import { exitCodes } from '../../infra/process/user-error.ts';
import { until } from '../contract/bus-world.ts';
import { startTestServer, type TestServer } from './nats-test-server.ts';

const entry = fileURLToPath(new URL('../../interlock.mjs', import.meta.url));
const announcement = z.object({ pid: z.int(), port: z.int() });
let server: TestServer;
const children: ChildProcess[] = [];

beforeEach(async () => {
  server = await startTestServer();
  await provisionStreams({ url: server.url, clock: createSystemClock() });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await server.remove();
});

function start(name: string, port: number): { readonly child: ChildProcess; readonly dataFolder: string } {
  const dataFolder = join(server.folder, name);
  const profile = join(server.folder, `${name}.json`);
  ensureKeys(join(dataFolder, 'keys'));
  writeFileSync(profile, JSON.stringify(loadProfile('paper', [[['monitor', 'port'], port]]).document));
  const child = spawn(process.execPath, [entry, 'service', 'monitor'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      INTERLOCK_PROFILE: profile,
      INTERLOCK_NATS_URL: server.url,
      INTERLOCK_DATA: dataFolder,
    },
  });
  children.push(child);
  return { child, dataFolder };
}

async function announced(dataFolder: string): Promise<z.infer<typeof announcement>> {
  const file = join(dataFolder, 'run', 'monitor.json');
  await until(() => existsSync(file));
  return announcement.parse(JSON.parse(readFileSync(file, 'utf8')));
}

it('answers on the port that it announces, and ends with 0 when told to', async () => {
  const { child, dataFolder } = start('first', 0);
  const { pid, port } = await announced(dataFolder);
  expect(pid).toBe(child.pid);
  const response = await fetch(`http://127.0.0.1:${port}/summary`);
  expect(await response.json()).toMatchObject({ orders: { staged: 0 }, journal: { events: 0 } });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('says in one sentence that its port is taken, and by which code', async () => {
  const { port } = await announced(start('first', 0).dataFolder);
  const { child } = start('second', port);
  if (child.stderr === null) throw new Error('its stderr is a pipe');
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(code).toBe(exitCodes.inUse);
  expect(said).toBe(
    `monitor: port ${port} is in use by another program: stop it, or choose another with --port.\n`,
  );
});
