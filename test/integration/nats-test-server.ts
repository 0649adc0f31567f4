import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNatsServer } from '../../infra/nats/server.ts';
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

/** A server of its own for one test, on a free port. */
export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'interlock-nats-'));
  const start = (port: number) =>
    startNatsServer({
      port,
      storeFolder: join(folder, 'store'),
      configPath: join(folder, 'nats-server.conf'),
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

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
