import type { Asked } from '../../../infra/process/asked.ts';
import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { isoTime } from '../../kernel/clock/iso-time.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { betFromSeed, checkHarnessOptions } from '../harness/command.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore, keepLookahead, keepRun } from '../report/kept-run.ts';
import { summaryLines, summaryObject } from '../report/summary.ts';
import { counted, whole } from '../report/wording.ts';
import { checkLookahead, type LookaheadReport } from './lookahead-check.ts';
import { playInSteps } from './play-in-steps.ts';
import { backtestWords, readBacktest } from './prepare-backtest.ts';
import { createProgressLine } from './progress-line.ts';
import { type BacktestOptions, BacktestRun } from './run-backtest.ts';

const options: WordOptions = {
  ...backtestWords,
  ...{ machine: 'flag', 'lookahead-check': 'flag' },
  ...{ harness: 'flag', trades: 'text', bankroll: 'text' },
};

/** `interlock backtest`: plays past data to the services, and tells what came of it. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, options);
  checkHarnessOptions(asked, { known: Object.keys(options), operands });
  if (asked.isSet('harness')) return betFromSeed(program, asked);
  checkStore(dataFolderOf(asked));
  const isInterrupted = watchInterrupt(program);
  const backtest = await readBacktest(withStrategy(asked, operands), () => program.monotonicUs());
  const { result, fills } = await playBacktest(backtest, program, isInterrupted);
  const said = program.words.filter((word) => word !== '--json' && word !== '--' && !operands.includes(word));
  const dataFolder = dataFolderOf(asked);
  const counted = keepRun(result, { dataFolder, arguments: [...operands, ...said] });
  const isComplete = result.ended === 'complete';
  const isChecked = isComplete && asked.isSet('lookaheadCheck');
  const lookahead = isChecked
    ? await checkLookahead(result, {
        loaded: backtest.loaded,
        dataFolder,
        play: async (cut) => {
          const { result: played } = await playBacktest(cut, program, isInterrupted);
          return played.ended === 'complete' ? played : undefined;
        },
      })
    : undefined;
  const kept =
    lookahead === undefined
      ? counted
      : keepLookahead(counted, {
          dataFolder,
          found: { signalsChanged: lookahead.changed.length, ...lookaheadObject(lookahead) },
        });
  if (asked.isSet('json')) {
    const found = lookahead === undefined ? (isChecked ? null : undefined) : lookaheadObject(lookahead);
    program.tell(JSON.stringify({ ...summaryObject(kept), fills, lookahead: found }));
  } else {
    for (const line of summaryLines(kept)) program.tell(line);
    if (isChecked) for (const line of lookaheadLines(lookahead)) program.tell(line);
  }
  if (!isComplete || (isChecked && lookahead === undefined)) return exitCodes.interrupted;
  return lookahead === undefined || lookahead.changed.length === 0
    ? exitCodes.success
    : exitCodes.failedCheck;
}

const changesShownMax = 10;

/** Times as every verb tells them to programs. */
function lookaheadObject({ cuts, changed, signals, signalsAtCuts }: LookaheadReport) {
  return {
    ...{ signals, signalsAtCuts },
    cuts: cuts.map(isoTime),
    changed: changed.map((signal) => ({ ...signal, cutAt: isoTime(signal.cutAt), at: isoTime(signal.at) })),
  };
}

function lookaheadLines(report: LookaheadReport | undefined): readonly string[] {
  if (report === undefined) return ['  look-ahead  interrupted: nothing is known of it'];
  const { cuts, changed, signals, signalsAtCuts } = report;
  if (changed.length === 0)
    return [
      `  look-ahead  none seen: ${counted(cuts.length, 'run')} on data that end earlier gave the same signals; at ${whole(signalsAtCuts)} of ${counted(signals, 'signal')} not a bar more was there`,
    ];
  return [
    `  look-ahead  ${counted(changed.length, 'signal')} came out otherwise when the data end earlier: the strategy knows what comes`,
    ...changed
      .slice(0, changesShownMax)
      .map(({ cutAt, at, strategy, instrument, withFuture, withoutFuture }) => {
        const [before, after] = [withFuture ?? 'nothing', withoutFuture ?? 'nothing'];
        return `    ${isoTime(at)} ${strategy} ${instrument}: ${before}; with data to ${isoTime(cutAt)}: ${after}`;
      }),
  ];
}

/** A whole run, shown while it goes on; Ctrl+C ends it before its end. */
export async function playBacktest(
  backtest: BacktestOptions,
  program: Program,
  isInterrupted: () => boolean = watchInterrupt(program),
) {
  const progress = createProgressLine(program, endOf(backtest));
  const running = new BacktestRun(backtest);
  const { breathe, monotonicUs } = program;
  await playInSteps(running, { isInterrupted, breathe, monotonicUs }, () => progress.show(running));
  progress.clear();
  return { result: running.finish(), fills: running.fills };
}

/** 2200-01-01. */
const beyondAllData = 7_258_118_400_000_000;

/** Market time at which the replay will end, as far as its bars tell. */
function endOf({ feed, loaded }: BacktestOptions): number | undefined {
  const { to } = loaded.profile.feed;
  const asked = to === undefined ? undefined : Date.parse(`${to}T24:00:00Z`) * 1_000;
  const { barInterval: interval, instruments } = feed;
  if (interval === undefined) return asked;
  const until = brandOf.timestampUs(asked ?? beyondAllData);
  const closes = instruments.flatMap(({ instrument }) =>
    feed.history({ instrument, interval, until, count: 1 }).map((bar) => bar.openTime + interval),
  );
  const known = [...closes.slice(0, 1), ...(asked === undefined ? [] : [asked])];
  return known.length === 0 ? undefined : Math.min(...known);
}

/** From here on Ctrl+C ends the run in order; a second one ends the process. */
function watchInterrupt(program: Program): () => boolean {
  let isInterrupted = false;
  program.onInterrupt(() => {
    isInterrupted = true;
  });
  return () => isInterrupted;
}

function withStrategy(asked: Asked, [strategy, ...others]: readonly string[]): Asked {
  if (others.length > 0) {
    throw new UserError(exitCodes.usage, `one strategy at once, found ${others.join(', ')} besides.`);
  }
  return asked.with({ strategy });
}
