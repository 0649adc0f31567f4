import { join } from 'node:path';
import { runService } from '../../infra/process/run-service.ts';
import { checkParameters, loadStrategyModule } from '../../infra/strategy/load-strategy-module.ts';
import { openSqliteRecording } from '../../infra/strategy/sqlite-recording.ts';
import { checkHandlers } from './handlers.ts';
import type { StrategyPlan } from './hosted.ts';
import { createStrategy } from './strategy.ts';

await runService('strategy', async ({ loaded, bus, clock, log, dataFolder, port }) => {
  const { strategies, account, venue, environment } = loaded.profile;
  const plans: StrategyPlan[] = [];
  for (const { id, module: name, instruments, interval, orderLife, parameters: given } of strategies) {
    const module = await loadStrategyModule(name);
    const parameters = checkParameters(id, module, given);
    plans.push({
      id,
      instruments,
      interval,
      intentLifeUs: orderLife,
      historyBars: module.history?.(parameters) ?? 0,
      create: (context) => checkHandlers(module.create(context, parameters)),
    });
  }
  const recording = port('inputs', () => openSqliteRecording(join(dataFolder, 'strategy', 'inputs.sqlite')));
  return createStrategy({ bus, clock, log, recording, plans, account, venue, environment });
});
