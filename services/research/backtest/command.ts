import type { Asked } from '../../../infra/process/asked.ts';
import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore, keepRun } from '../report/kept-run.ts';
import { summaryLines, summaryObject } from '../report/summary.ts';
import { readBacktest } from './prepare-backtest.ts';
import { createProgressLine } from './progress-line.ts';
import { type BacktestOptions, BacktestRun } from './run-backtest.ts';

const options: WordOptions = {
  ...{ feed: 'text', data: 'text', symbols: 'text', resolution: 'text', interval: 'text' },
  ...{ from: 'text', to: 'text', parameters: 'text', cash: 'text', commission: 'text' },
  ...{ pessimism: 'text', machine: 'flag' },
  ...{
    profile: 'text',
    seed: 'text',
    columns: 'text',
    timezone: 'text',
    'data-folder': 'text',
    json: 'flag',
  },
};

/** Played between two looks at the signals and at the terminal. */
const instantsAtOnce = 5_000;

/** `interlock backtest`: plays past data to the services, and tells what came of it. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, options);
  checkStore(dataFolderOf(asked));
  const { result, fills } = await playBacktest(
    await readBacktest(withStrategy(asked, operands), () => program.monotonicUs()),
    program,
  );
  const said = program.words.filter((word) => word !== '--json' && word !== '--' && !operands.includes(word));
  const kept = keepRun(result, { dataFolder: dataFolderOf(asked), arguments: [...operands, ...said] });
  if (asked.isSet('json')) program.tell(JSON.stringify({ ...summaryObject(kept), fills }));
  else for (const line of summaryLines(kept)) program.tell(line);
  return result.ended === 'complete' ? exitCodes.success : exitCodes.interrupted;
}

/** A whole run, shown while it goes on; Ctrl+C ends it before its end. */
export async function playBacktest(backtest: BacktestOptions, program: Program) {
  let isInterrupted = false;
  program.onInterrupt(() => {
    isInterrupted = true;
  });
  const { feed } = backtest.loaded.profile;
  const until =
    'to' in feed && feed.to !== undefined ? Date.parse(`${feed.to}T24:00:00Z`) * 1_000 : undefined;
  const progress = createProgressLine(program, until);
  const running = new BacktestRun(backtest);
  while (!isInterrupted && !running.play(instantsAtOnce)) {
    progress.show(running);
    await program.breathe();
  }
  progress.clear();
  return { result: running.finish(), fills: running.fills };
}

function withStrategy(asked: Asked, [strategy, ...others]: readonly string[]): Asked {
  if (others.length > 0) {
    throw new UserError(exitCodes.usage, `one strategy at once, found ${others.join(', ')} besides.`);
  }
  return asked.with({ strategy });
}
