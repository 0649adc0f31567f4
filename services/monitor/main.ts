import { join } from 'node:path';
import { runService } from '../../infra/process/run-service.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import { openSqliteProjectionStore } from '../../infra/projection-store/sqlite-projection-store.ts';
import { createApi, listen } from './http.ts';
import { createMonitor } from './monitor.ts';

/** In a container the loopback is out of reach from outside; elsewhere nobody but this machine may ask. */
const host = process.env.INTERLOCK_MONITOR_HOST ?? '127.0.0.1';

await runService('monitor', async ({ loaded, bus, clock, log, dataFolder, buildHash, announce }) => {
  const { account, venue, monitor: settings } = loaded.profile;
  const store = openSqliteProjectionStore(join(dataFolder, 'monitor', 'projections.sqlite'));
  const monitor = createMonitor({ bus, clock, log, store, account, venue, buildHash });
  const api = createApi(monitor.views, log);
  const listening = await listen(api, { host, port: settings.port });
  if (!listening.ok) {
    throw new UserError(
      exitCodes.inUse,
      `port ${settings.port} is in use by another program: stop it, or choose another with --port.`,
    );
  }
  log.info('the read API listens', { host, port: listening.port });
  announce({ port: listening.port });
  return {
    start: () => monitor.start(),
    stop: async () => {
      await api.close();
      await monitor.stop();
    },
    health: () => monitor.health(),
  };
});
