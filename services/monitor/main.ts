import { join } from 'node:path';
import { runService } from '../../infra/process/run-service.ts';
import type { Front, ServiceHost } from '../../infra/process/service-host.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import { openSqliteProjectionStore } from '../../infra/projection-store/sqlite-projection-store.ts';
import type { OperatorKey } from '../../protos/gen/authority.ts';
import { createApi, listen } from './http.ts';
import { createMonitor } from './monitor.ts';
import type { MonitorViews } from './monitor-views.ts';

await runService('monitor', async (host) => {
  const { loaded, bus, clock, log, dataFolder, buildHash } = host;
  const { account, venue } = loaded.profile;
  const store = host.port('projections', () =>
    openSqliteProjectionStore(join(dataFolder, 'monitor', 'projections.sqlite')),
  );
  const trustedKeys = namesOfKeys(host);
  const monitor = createMonitor({ bus, clock, log, store, account, venue, buildHash, trustedKeys });
  const views = host.asked('views', monitor.views);
  const api = await host.front(() => openApi(host, views));
  return {
    start: () => monitor.start(),
    stop: async () => {
      await api.close();
      await monitor.stop();
    },
    health: () => monitor.health(),
  };
});

async function openApi({ loaded, log, announce }: ServiceHost, views: MonitorViews): Promise<Front> {
  const { port } = loaded.profile.monitor;
  // In a container the loopback is out of reach from outside; elsewhere nobody but this machine may ask.
  const host = process.env.INTERLOCK_MONITOR_HOST ?? '127.0.0.1';
  const api = createApi(views, log);
  const listening = await listen(api, { host, port });
  if (!listening.ok) {
    throw new UserError(
      exitCodes.inUse,
      `port ${port} is in use by another program: stop it, or choose another with --port.`,
    );
  }
  log.info('the read API listens', { host, port: listening.port });
  announce({ port: listening.port });
  return { close: () => api.close() };
}

/** Who is who is good to know; without the file keys are shown by their ids. */
function namesOfKeys({ trustedKeys, log }: ServiceHost): readonly OperatorKey[] {
  try {
    return trustedKeys();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warn('keys are shown without the names of their owners', { why: error.message });
    return [];
  }
}
