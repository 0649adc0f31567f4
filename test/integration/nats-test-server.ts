import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { ensureKeys, natsKeyPath, readNatsUsers } from '../../infra/keys/key-folder.ts';
import { type NatsIdentity, readNatsKey } from '../../infra/keys/nats-key.ts';
import { authorizationConfig } from '../../infra/nats/authorization.ts';
import type { Guests, NatsUser } from '../../infra/nats/nats-users.ts';
import { startNatsServer } from '../../infra/nats/server.ts';
import { provisionStreams } from '../../infra/nats/streams.ts';
import type { Log } from '../../services/kernel/log/log.ts';

export interface TestServer {
  readonly url: string;
  readonly folder: string;
  readonly pid: () => number;
  /** At once, as a power cut would. */
  kill(): Promise<void>;
  /** On the same port, with the same store. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

/** A server of its own for one test, on a free port; without `authorization` everybody may do everything. */
export async function startTestServer(authorization?: string): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'interlock-nats-'));
  const start = (port: number) =>
    startNatsServer({
      port,
      storeFolder: join(folder, 'store'),
      configPath: join(folder, 'nats-server.conf'),
      ...(authorization === undefined ? {} : { authorization }),
      cacheFolder: join(folder, 'cache'),
    });
  let server = await start(0);
  return {
    url: server.url,
    folder,
    pid: () => server.pid,
    kill: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    restart: async () => {
      server = await start(server.port);
    },
    remove: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** May do everything, unlike anybody in production: it sees what the others achieve. */
export const witness = { user: 'witness', pass: 'of the test' };

export interface GuardedServer extends TestServer {
  readonly keyFolder: string;
  identity(user: NatsUser): NatsIdentity;
}

/** A server with the system's users, permissions and streams, and the witness. */
export async function startGuardedServer(guests: Guests): Promise<GuardedServer> {
  const keyFolder = await mkdtemp(join(tmpdir(), 'interlock-keys-'));
  ensureKeys(keyFolder);
  const identity = (user: NatsUser): NatsIdentity => readNatsKey(natsKeyPath(keyFolder, user));
  const config = authorizationConfig({ publicKeys: readNatsUsers(keyFolder), guests });
  const { user, pass } = witness;
  const server = await startTestServer(
    config.replace('users: [', `users: [ { user: "${user}", password: "${pass}" }`),
  );
  const clock = createSystemClock();
  try {
    await provisionStreams({ url: server.url, identity: identity('provision'), clock });
  } catch (error) {
    // Nobody else would end it.
    await server.remove();
    throw error;
  }
  return {
    ...server,
    keyFolder,
    identity,
    remove: async () => {
      await server.remove();
      await rm(keyFolder, { recursive: true, force: true });
    },
  };
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
