import { TrialLog } from '../../infra/run-store/trial-log.ts';

/** A process of its own that records trials one by one, as a run that ends beside others does. */
const [dataFolder = '', index = '', count = ''] = process.argv.slice(2);
for (let trial = 0; trial < Number(count); trial += 1) {
  const log = new TrialLog(dataFolder);
  log.record(
    [
      {
        kind: 'backtest',
        data: { fingerprint: 'data', instruments: ['SPY'], interval: undefined, from: 1, to: 2 },
        strategy: `writer-${index}`,
        parameters: { trial },
        seed: 1,
        buildHash: 'build',
        periods: 250,
        sharpePerPeriod: 0.01,
        skew: 0,
        kurtosis: 3,
      },
    ],
    new Date(),
  );
  log.close();
}
process.exit(0);
