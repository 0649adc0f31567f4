import { dayText } from '../../../infra/feeds/new-york-session.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { readPageAssets } from '../../../infra/report-page/page-assets.ts';
import type { PartStore } from '../../../infra/run-store/part-store.ts';
import { screenExport } from '../../../infra/strategy/load-screen-module.ts';
import { backtestWords } from '../backtest/prepare-backtest.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore } from '../report/kept-run.ts';
import { counted, shellWords, whole } from '../report/wording.ts';
import { conclude, type WalkForwardResult } from './conclusion.ts';
import { walkDays } from './daily-command.ts';
import { countGrid, isGridStudy } from './grid-study.ts';
import { readPlan, type WalkForwardPlan } from './plan.ts';
import type { WindowResult } from './run-window.ts';
import { type WalkForwardPage, walkForwardPage } from './walk-forward-page.ts';
import { walkForwardText } from './walk-forward-text.ts';
import { clearTrials, serve, storeOf, Work } from './work.ts';

const options: WordOptions = {
  ...backtestWords,
  ...{ grid: 'text', train: 'text', test: 'text', step: 'text', objective: 'text', workers: 'text' },
  ...{ daily: 'flag', month: 'text' },
};

/**
 * `interlock walk-forward`: chooses anew in every window what was best right before it, and tells what came of it. Each
 * window is kept when it is done: killed at any moment, the same words go on from there.
 */
export async function run(program: Program): Promise<ExitCode> {
  const { asked: typed, operands } = readWords(program.words, options);
  const [strategy, ...others] = operands;
  if (others.length > 0) {
    throw new UserError(exitCodes.usage, `one strategy at once, found ${others.join(', ')} besides.`);
  }
  const asked = typed.with({ strategy });
  if (asked.isSet('daily')) return walkDays(program, asked);
  if (asked.text('month') !== undefined) throw new UserError(exitCodes.usage, '--month is for --daily.');
  const workers = workersOf(asked);
  const plan = await readPlan(asked, () => program.monotonicUs());
  if (program.parent !== undefined) return serve(plan, program, program.parent);
  checkStore(dataFolderOf(asked));
  return walkForward(plan, program, workers);
}

async function walkForward(plan: WalkForwardPlan, program: Program, workers: number): Promise<ExitCode> {
  const store = storeOf(plan);
  const work = new Work(program, plan, store);
  if (plan.screen === undefined) program.say(slowerWay(plan, work));
  if (work.done > 0) {
    program.say(
      `${whole(work.done)} of ${counted(work.total, work.noun)} are taken over from ${store.folder}\n`,
    );
  }
  const windows = await work.finish(workers);
  if (windows === undefined) return leave(plan, { program, store, work });
  const known = store.load('grid');
  const grid = isGridStudy(known) ? known : countGrid(plan, store);
  store.save('grid', grid);
  clearTrials(plan, { store, window: undefined });
  tell(plan, { program, store, result: conclude(plan, { windows, grid }) });
  return exitCodes.success;
}

function slowerWay({ module, combinations }: WalkForwardPlan, { total }: Work): string {
  return `${module} has no vectorised form, so that each of ${counted(combinations.length, 'combination')} is played through all services in every training: ${counted(total, 'run')}. With ${screenExport} training sweeps over columns instead, in a fraction of the time.\n`;
}

/** Interrupted: what is done is kept. */
function leave(
  { asked }: WalkForwardPlan,
  { program, store, work }: { readonly program: Program; readonly store: PartStore; readonly work: Work },
): ExitCode {
  program.say(
    `${whole(work.done)} of ${counted(work.total, work.noun)} are kept in ${store.folder}: the same command goes on from there.\n`,
  );
  if (asked.isSet('json')) {
    program.tell(
      JSON.stringify({
        ended: 'interrupted',
        [`${work.noun}s`]: work.done,
        of: work.total,
        folder: store.folder,
      }),
    );
  }
  return exitCodes.interrupted;
}

function tell(
  plan: WalkForwardPlan,
  {
    program,
    store,
    result,
  }: { readonly program: Program; readonly store: PartStore; readonly result: WalkForwardResult },
): void {
  store.write('equity.csv', equityTable(result.windows));
  const path = store.write('result.json', `${JSON.stringify(result, undefined, 2)}\n`);
  const words = program.words.filter((word) => word !== '--' && word !== '--json');
  const report = store.write('report.html', pageOf(plan, { result, words, folder: store.folder }));
  if (plan.asked.isSet('json')) {
    const windows = result.windows.map(({ days, returns, ...window }) => window);
    program.tell(
      JSON.stringify({ ended: 'complete', folder: store.folder, result: path, report, ...result, windows }),
    );
    return;
  }
  const first = plan.windows[0];
  const title = `${plan.strategyId} on ${plan.series.map(({ bars }) => bars.instrument).join(', ')}, trained and tested ${plan.windows.length} times from ${dayText(first?.train.from ?? 0)}`;
  for (const line of walkForwardText(result, { title, folder: store.folder, report })) program.tell(line);
  program.tell(`  again     npx --no interlock walk-forward ${shellWords(words)}`);
}

function pageOf(plan: WalkForwardPlan, told: Pick<WalkForwardPage, 'result' | 'words' | 'folder'>): string {
  const { strategyId: strategy, series, ...rest } = plan;
  const profile = shownProfile(plan);
  const instruments = series.map(({ bars }) => bars.instrument);
  return walkForwardPage({ ...rest, ...told, strategy, instruments, profile }, readPageAssets());
}

/** With what varies told as such: the plan was read with a combination that no window need have chosen. */
function shownProfile({ document, names }: WalkForwardPlan): unknown {
  const varied = Object.fromEntries(names.map((name) => [name, 'as training chose']));
  return JSON.parse(
    JSON.stringify(document, (key, value: unknown) =>
      key === 'parameters' && typeof value === 'object' ? { ...value, ...varied } : value,
    ),
  );
}

/** Growth of one unit over the days of all tests. */
function equityTable(windows: readonly WindowResult[]): string {
  const lines = ['day,window,return,equity'];
  let equity = 1;
  for (const { number, days, returns } of windows) {
    for (const [place, day] of days.entries()) {
      const change = returns[place] ?? 0;
      equity *= 1 + change;
      lines.push(`${dayText(day)},${number},${change},${equity}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function workersOf(asked: Asked): number {
  const workers = asked.wholeNumber('workers') ?? 1;
  if (workers === 0) throw badOption('workers', 'a whole number from 1', '0');
  return workers;
}
