// Aim: a private server starts without root wherever it can, and says in one sentence why it cannot.
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '../../infra/nats/server.ts';
import { natsServerConfig } from '../../infra/nats/server-config.ts';
import { findServerProgram } from '../../infra/nats/server-program.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';

let folder: string;
let started: NatsServer[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interlock server "odd" name '));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(changes: Partial<NatsServerOptions> = {}): Promise<NatsServer> {
  const server = await startNatsServer({
    storeFolder: join(folder, 'store'),
    configPath: join(folder, 'nats-server.conf'),
    cacheFolder: join(folder, 'cache'),
    ...changes,
  });
  started.push(server);
  return server;
}

async function refusal(attempt: Promise<unknown>): Promise<UserError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error('expected a UserError', { cause: error });
  return error;
}

it('keeps its streams through a power cut and a start on the same port', async () => {
  const first = await start();
  const before = await connect({ servers: first.url });
  const manager = await before.jetstreamManager();
  await manager.streams.add({ name: 'KEPT', subjects: ['kept'] });
  await before.jetstream().publish('kept', 'x');
  await before.close();
  process.kill(first.pid, 'SIGKILL');
  await first.exited;

  const second = await start({ port: first.port });

  expect(second.url).toBe(first.url);
  const after = await connect({ servers: second.url });
  const { state } = await (await after.jetstreamManager()).streams.info('KEPT');
  expect(state.messages).toBe(1);
  await after.close();
});

it('runs in its own process group, so that Ctrl+C in a terminal does not reach it', async () => {
  const server = await start();
  const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8');
  // After the name in brackets: state, parent, group.
  const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  expect(Number(group)).toBe(server.pid);
});

it('stops when asked, twice too', async () => {
  const server = await start();
  await server.stop();
  await server.stop();
  await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow();
});

it('a port in use is one sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const error = await refusal(start({ port }));

  expect(error.exitCode).toBe(exitCodes.inUse);
  expect(error.message).toContain(`Port ${port} is in use`);
  other.close();
});

it('a port that is taken between its choice and the start of the server is chosen again', async () => {
  const { path } = await findServerProgram({ cacheFolder: folder });
  const folderOfIt = join(folder, 'bin');
  await mkdir(folderOfIt);
  // The first one to start finds its port taken, as a server does; the next is the real one.
  const taken = `"$(dirname "$2")/nats-server.log"`;
  await writeFile(
    join(folderOfIt, 'nats-server'),
    `#!/bin/sh
    if [ "$1" = -c ] && [ ! -e ${taken} ]; then
      echo 'listen tcp 127.0.0.1:1: bind: address already in use' > ${taken}
      exit 1
    fi
    exec ${path} "$@"`,
    { mode: 0o755 },
  );
  const before = process.env.PATH;
  process.env.PATH = `${folderOfIt}:${before}`;
  try {
    const server = await start();
    expect(await readFile(join(folder, 'nats-server.log'), 'utf8')).toContain('address already in use');
    await (await connect({ servers: server.url })).close();
  } finally {
    process.env.PATH = before;
  }
});

it('a folder that cannot be written is one sentence', async () => {
  await writeFile(join(folder, 'file'), '');
  const error = await refusal(start({ configPath: join(folder, 'file', 'nats-server.conf') }));
  expect(error.exitCode).toBe(exitCodes.cannotWrite);
});

it('a server left behind is refused, unless the caller holds the folder and has it ended', async () => {
  const left = await start();

  const error = await refusal(start());
  expect(error.exitCode).toBe(exitCodes.inUse);
  expect(error.message).toContain(String(left.pid));

  const next = await start({ port: left.port, endLeftBehind: true });
  await left.exited;
  expect(next.pid).not.toBe(left.pid);
});

it('the pid file of a process that is something else by now does not stop a start', async () => {
  await writeFile(join(folder, 'nats-server.pid'), String(process.pid));
  await start({ endLeftBehind: true });
});

it('a server that ends at once tells its last words', async () => {
  await writeFile(join(folder, 'store'), 'a file where a folder should be');
  const error = await refusal(start({ storeFolder: join(folder, 'store', 'streams') }));
  expect(error.message).toMatch(/cannot be written/);
  await mkdir(join(folder, 'blocked'));
  await writeFile(join(folder, 'blocked', 'jetstream'), 'a file where a folder should be');
  const ended = await refusal(start({ storeFolder: join(folder, 'blocked') }));
  expect(ended.exitCode).toBe(exitCodes.unavailable);
  expect(ended.message).toContain('nats-server.log');
});

it('the program is taken from the cache when the machine has none', async () => {
  const installed = await findServerProgram({ cacheFolder: folder });
  await mkdir(join(folder, 'nats-server', 'usr', 'sbin'), { recursive: true });
  await symlink(installed.path, join(folder, 'nats-server', 'usr', 'sbin', 'nats-server'));

  const cached = await findServerProgram({ cacheFolder: folder, folders: [] });

  expect(cached.path.startsWith(folder)).toBe(true);
  expect(cached.version).toEqual(installed.version);
});

it('no program at all is one sentence that says how to get one', async () => {
  const path = process.env.PATH;
  // Without a PATH there is no package manager to fetch it with either.
  process.env.PATH = folder;
  try {
    const error = await refusal(findServerProgram({ cacheFolder: folder, folders: [] }));
    expect(error.exitCode).toBe(exitCodes.unavailable);
    expect(error.message).toContain('apt-get install nats-server');
  } finally {
    process.env.PATH = path;
  }
});

it('only a server that knows how is told when to fsync', () => {
  const options = { port: 4222, storeFolder: 's', logPath: 'l', pidPath: 'p' };
  const configFor = (major: number, minor: number) =>
    natsServerConfig({ ...options, version: { major, minor } });

  expect(configFor(2, 9)).not.toContain('sync_interval');
  expect(configFor(2, 10)).toContain('sync_interval');
  expect(configFor(3, 0)).toContain('sync_interval');
});
