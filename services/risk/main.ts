import { riskOptions } from '../../infra/config/service-options.ts';
import { runService } from '../../infra/process/run-service.ts';
import { createRisk } from './risk.ts';

await runService('risk', (host) =>
  createRisk({
    bus: host.bus,
    journal: host.openJournal('risk'),
    clock: host.clock,
    log: host.log,
    epoch: host.epoch,
    buildHash: host.buildHash,
    decisionKey: host.decisionKey(),
    trustedKeys: host.trustedKeys(),
    onLocalTrip: (handler) => host.onLocalTrip(handler),
    options: riskOptions(host.loaded),
  }),
);
