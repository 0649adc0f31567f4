import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NatsIdentity } from '../../../infra/keys/nats-key.ts';
import { type NatsServer, startNatsServer } from '../../../infra/nats/server.ts';
import { provisionStreams } from '../../../infra/nats/streams.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { Clock, StopTimer } from '../../kernel/clock/clock.ts';
import { createRestartPolicy, type RestartLimits } from './restart-policy.ts';

export interface NatsKeeper {
  readonly url: string;
  readonly version: string;
  pid(): number;
  onRestart(handler: () => void): void;
  stop(): Promise<void>;
}

const cacheFolder = fileURLToPath(new URL('../../../.cache', import.meta.url));

/** Keeps a private nats-server running, always on the same port and store, with its streams. Throws a UserError. */
export async function keepNats(options: {
  readonly dataFolder: string;
  /** Who may do what, as the server's configuration says it. */
  readonly authorization: string;
  /** Who makes the streams. */
  readonly provisioner: NatsIdentity;
  readonly limits: RestartLimits;
  readonly clock: Clock;
  readonly onGiveUp: (error: unknown) => void;
}): Promise<NatsKeeper> {
  const policy = createRestartPolicy(options.limits);
  const restartHandlers: (() => void)[] = [];
  let isStopping = false;
  let cancelRestart: StopTimer | undefined;
  let restarting: Promise<void> = Promise.resolve();
  let current = await start(0);
  watch(current);
  return {
    url: current.url,
    version: current.version,
    pid: () => current.pid,
    onRestart: (handler) => {
      restartHandlers.push(handler);
    },
    stop: async () => {
      isStopping = true;
      cancelRestart?.();
      await restarting;
      await current.stop();
    },
  };

  async function start(port: number): Promise<NatsServer> {
    const folder = join(options.dataFolder, 'nats');
    const server = await startNatsServer({
      port,
      storeFolder: join(folder, 'streams'),
      configPath: join(folder, 'nats-server.conf'),
      authorization: options.authorization,
      cacheFolder,
      // This run holds the data folder, so a server that is left on it belongs to nobody.
      endLeftBehind: true,
    });
    await provisionStreams({ url: server.url, identity: options.provisioner, clock: options.clock });
    return server;
  }

  function watch(server: NatsServer): void {
    server.exited.then(() => {
      if (isStopping) return;
      const next = policy.crashed(options.clock.monotonicUs());
      if (next.kind === 'giveUp') {
        options.onGiveUp(
          new UserError(
            exitCodes.unavailable,
            `nats-server ended ${next.crashes} times within ${options.limits.windowUs / 1_000_000} s: see its log in ${join(options.dataFolder, 'nats')}.`,
          ),
        );
        return;
      }
      cancelRestart = options.clock.after(next.delayUs, () => {
        restarting = restart(server.port).catch(options.onGiveUp);
      });
    }, options.onGiveUp);
  }

  async function restart(port: number): Promise<void> {
    current = await start(port);
    for (const handler of restartHandlers) handler();
    watch(current);
  }
}
