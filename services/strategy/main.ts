import { join } from 'node:path';
import { runService } from '../../infra/process/run-service.ts';
import { openSqliteRecording } from '../../infra/strategy/sqlite-recording.ts';
import { loadStrategyPlans } from '../../infra/strategy/strategy-plans.ts';
import { createStrategy } from './strategy.ts';

await runService('strategy', async ({ loaded, bus, clock, log, dataFolder, port }) => {
  const { strategies, account, venue, environment } = loaded.profile;
  const plans = await loadStrategyPlans(strategies);
  const recording = port('inputs', () => openSqliteRecording(join(dataFolder, 'strategy', 'inputs.sqlite')));
  return createStrategy({ bus, clock, log, recording, plans, account, venue, environment });
});
