import type { Asked } from '../../../infra/process/asked.ts';
import { type Parent, type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { PartStore } from '../../../infra/run-store/part-store.ts';
import { backtestWords } from '../backtest/prepare-backtest.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore } from '../report/kept-run.ts';
import { shellWords } from '../report/wording.ts';
import { conclude, type WalkForwardResult } from './conclusion.ts';
import { walkDays } from './daily-command.ts';
import { countGrid, isGridStudy } from './grid-study.ts';
import { readPlan, type WalkForwardPlan } from './plan.ts';
import { WindowProgress } from './progress.ts';
import { isWindowResult, runWindow, type WindowResult } from './run-window.ts';
import { walkForwardText } from './walk-forward-text.ts';
import { dayText, type WalkForwardWindow } from './windows.ts';

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

function storeOf({ asked, strategyId, description }: WalkForwardPlan): PartStore {
  return new PartStore(
    { dataFolder: dataFolderOf(asked), kind: 'walk-forward', name: strategyId },
    description,
  );
}

async function walkForward(plan: WalkForwardPlan, program: Program, workers: number): Promise<ExitCode> {
  const store = storeOf(plan);
  const done = new Map<number, WindowResult>();
  for (const { number } of plan.windows) {
    const kept = store.load(partOf(number));
    if (isWindowResult(kept)) done.set(number, kept);
  }
  if (done.size > 0) {
    program.say(`${done.size} of ${plan.windows.length} windows are taken over from ${store.folder}\n`);
  }
  const left = plan.windows.filter(({ number }) => !done.has(number));
  const work = new Work(program, { total: plan.windows.length, done });
  if (workers === 1 || left.length < 2) await work.alone(plan, left);
  else await work.shareOut(left, workers);
  work.progress.clear();
  if (done.size < plan.windows.length) {
    program.say(
      `${done.size} of ${plan.windows.length} windows are kept in ${store.folder}: the same command goes on from there.\n`,
    );
    if (plan.asked.isSet('json'))
      program.tell(
        JSON.stringify({
          ended: 'interrupted',
          windows: done.size,
          of: plan.windows.length,
          folder: store.folder,
        }),
      );
    return exitCodes.interrupted;
  }
  const windows = plan.windows.flatMap(({ number }) => done.get(number) ?? []);
  const known = store.load('grid');
  const grid = isGridStudy(known) ? known : countGrid(plan);
  store.save('grid', grid);
  tell(plan, { program, store, result: conclude(plan, { windows, grid }) });
  return exitCodes.success;
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
  if (plan.asked.isSet('json')) {
    const windows = result.windows.map(({ days, returns, ...window }) => window);
    program.tell(
      JSON.stringify({ ended: 'complete', folder: store.folder, result: path, ...result, windows }),
    );
    return;
  }
  const first = plan.windows[0];
  const title = `${plan.strategyId} on ${plan.series.map(({ bars }) => bars.instrument).join(', ')}, trained and tested ${plan.windows.length} times from ${dayText(first?.train.from ?? 0)}`;
  for (const line of walkForwardText(result, { title, folder: store.folder })) program.tell(line);
  program.tell(
    `  again     npx --no interlock walk-forward ${shellWords(program.words.filter((word) => word !== '--'))}`,
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

/** The windows that are left, done by this process or by others. */
class Work {
  readonly progress: WindowProgress;
  readonly #program: Program;
  readonly #done: Map<number, WindowResult>;
  #isInterrupted = false;
  #refusal: UserError | undefined;

  constructor(
    program: Program,
    { total, done }: { readonly total: number; readonly done: Map<number, WindowResult> },
  ) {
    this.#program = program;
    this.#done = done;
    this.progress = new WindowProgress(program, { total, before: done.size });
    program.onInterrupt(() => {
      this.#isInterrupted = true;
    });
  }

  async alone(plan: WalkForwardPlan, windows: readonly WalkForwardWindow[]): Promise<void> {
    for (const window of windows) {
      const result = await runAndKeep(plan, window, {
        program: this.#program,
        isInterrupted: () => this.#isInterrupted,
      });
      if (result === undefined) return;
      this.#add(result);
    }
  }

  /** Each worker gets the next window when it has told of the one before. */
  async shareOut(windows: readonly WalkForwardWindow[], workers: number): Promise<void> {
    let next = 0;
    const work = (): Promise<void> => {
      const worker = this.#program.fork<WindowAnswer>();
      const give = (): void => {
        const window = windows[next];
        next += 1;
        if (window === undefined || this.#isInterrupted || this.#refusal !== undefined) worker.disconnect();
        else worker.send(window.number);
      };
      worker.onMessage((answer) => {
        if ('result' in answer) this.#add(answer.result);
        else this.#refusal ??= new UserError(answer.exitCode, answer.refusal);
        give();
      });
      give();
      return worker.ended;
    };
    await Promise.all(Array.from({ length: Math.min(workers, windows.length) }, work));
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  #add(result: WindowResult): void {
    this.#done.set(result.number, result);
    this.progress.show(this.#done.size);
  }
}

async function runAndKeep(
  plan: WalkForwardPlan,
  window: WalkForwardWindow,
  { program, isInterrupted }: { readonly program: Program; readonly isInterrupted: () => boolean },
): Promise<WindowResult | undefined> {
  const result = await runWindow(plan, window, {
    isInterrupted,
    breathe: () => program.breathe(),
    monotonicUs: () => program.monotonicUs(),
  });
  if (result !== undefined) storeOf(plan).save(partOf(window.number), result);
  return result;
}

/** A worker: the number of a window in, its result out, kept before it is told. It ends with its parent. */
async function serve(plan: WalkForwardPlan, program: Program, parent: Parent): Promise<ExitCode> {
  // Ctrl+C reaches every process of the terminal: the parent ends the others in order.
  program.onInterrupt(() => {});
  let before = Promise.resolve();
  parent.onMessage((number) => {
    const window = plan.windows.find((each) => each.number === number);
    if (window === undefined) return;
    before = before.then(async () => parent.send(await answerOf(plan, window, program)));
  });
  return exitCodes.success;
}

type WindowAnswer =
  | { readonly result: WindowResult }
  | { readonly refusal: string; readonly exitCode: ExitCode };

async function answerOf(
  plan: WalkForwardPlan,
  window: WalkForwardWindow,
  program: Program,
): Promise<WindowAnswer> {
  try {
    const result = await runAndKeep(plan, window, { program, isInterrupted: () => false });
    if (result === undefined) throw new Error('nobody interrupts a worker');
    return { result };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refusal: error.message, exitCode: error.exitCode };
  }
}

function partOf(number: number): string {
  return `window-${String(number).padStart(4, '0')}`;
}

function workersOf(asked: Asked): number {
  const workers = asked.wholeNumber('workers') ?? 1;
  if (workers === 0) throw badOption('workers', 'a whole number from 1', '0');
  return workers;
}
