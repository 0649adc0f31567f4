import type { Parent, Program } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { PartStore } from '../../../infra/run-store/part-store.ts';
import type { Course } from '../backtest/play-in-steps.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { isGridStudy } from './grid-study.ts';
import { type Piece, partOf, stagesOf, trialsOf, weightOf } from './pieces.ts';
import type { WalkForwardPlan } from './plan.ts';
import { isPlayedTrial, playTrial } from './played-training.ts';
import { WorkProgress, type WorkSize } from './progress.ts';
import { isWindowResult, runWindow, type WindowResult } from './run-window.ts';

export function storeOf({ asked, strategyId, description }: WalkForwardPlan): PartStore {
  return new PartStore(
    { dataFolder: dataFolderOf(asked), kind: 'walk-forward', name: strategyId },
    description,
  );
}

/** All pieces of a plan, done by this process or by others, and kept one by one. */
export class Work {
  readonly #program: Program;
  readonly #plan: WalkForwardPlan;
  readonly #store: PartStore;
  readonly #stages: readonly (readonly Piece[])[];
  readonly #left: Set<Piece>;
  #isInterrupted = false;
  #refusal: UserError | undefined;

  constructor(program: Program, plan: WalkForwardPlan, store: PartStore) {
    this.#program = program;
    this.#plan = plan;
    this.#store = store;
    this.#stages = stagesOf(plan);
    const isKept = keptIn(store, plan);
    this.#left = new Set(this.#stages.flat().filter((piece) => !isKept(piece)));
    program.onInterrupt(() => {
      this.#isInterrupted = true;
    });
  }

  /** Pieces that are kept, those of an earlier start with them. */
  get done(): number {
    return this.total - this.#left.size;
  }

  get total(): number {
    return this.#stages.reduce((sum, { length }) => sum + length, 0);
  }

  /** What a piece is to people. */
  get noun(): string {
    return this.#plan.screen === undefined ? 'run' : 'window';
  }

  /** Undefined: interrupted; what is done is kept. Throws a UserError for what the strategy does wrong. */
  async finish(workers: number): Promise<readonly WindowResult[] | undefined> {
    const progress = this.#progress();
    const onDone = (piece: Piece): void => {
      this.#left.delete(piece);
      progress.add(weightOf(this.#plan, piece));
    };
    try {
      for (const stage of this.#stages) {
        const left = stage.filter((piece) => this.#left.has(piece));
        if (workers === 1 || left.length < 2) await this.#alone(left, onDone);
        else await this.#shareOut(left, { workers, onDone });
        if (stage.some((piece) => this.#left.has(piece))) return undefined;
      }
    } finally {
      progress.clear();
    }
    return this.#plan.windows.map(({ number }) => {
      const kept = this.#store.load(partOf({ kind: 'window', number }));
      if (isWindowResult(kept)) return kept;
      throw new Error(`window ${number} was kept, and cannot be read back from ${this.#store.folder}`);
    });
  }

  #progress(): WorkProgress {
    const sizeOf = (pieces: readonly Piece[]): WorkSize => ({
      pieces: pieces.length,
      weight: pieces.reduce((sum, piece) => sum + weightOf(this.#plan, piece), 0),
    });
    const all = this.#stages.flat();
    const before = all.filter((piece) => !this.#left.has(piece));
    return new WorkProgress(this.#program, { noun: this.noun, total: sizeOf(all), before: sizeOf(before) });
  }

  async #alone(pieces: readonly Piece[], onDone: (piece: Piece) => void): Promise<void> {
    const course = courseOf(this.#program, () => this.#isInterrupted);
    for (const piece of pieces) {
      // Of work that is short, no piece would look up by itself.
      await course.breathe();
      if (this.#isInterrupted) return;
      if (!(await doAndKeep(this.#plan, piece, { store: this.#store, course }))) return;
      onDone(piece);
    }
  }

  /** Each worker gets the next piece when it has told of the one before. */
  async #shareOut(
    pieces: readonly Piece[],
    { workers, onDone }: { readonly workers: number; readonly onDone: (piece: Piece) => void },
  ): Promise<void> {
    let next = 0;
    const work = (): Promise<void> => {
      const worker = this.#program.fork<Answer>();
      let current: Piece | undefined;
      const give = (): void => {
        current = pieces[next];
        next += 1;
        if (current === undefined || this.#isInterrupted || this.#refusal !== undefined) worker.disconnect();
        else worker.send(partOf(current));
      };
      worker.onMessage((answer) => {
        if ('refusal' in answer) this.#refusal ??= new UserError(answer.exitCode, answer.refusal);
        else if (current !== undefined) onDone(current);
        give();
      });
      give();
      return worker.ended;
    };
    await Promise.all(Array.from({ length: Math.min(workers, pieces.length) }, work));
    if (this.#refusal !== undefined) throw this.#refusal;
  }
}

/** A trial is not needed once what was made of it is kept. */
function keptIn(store: PartStore, { windows }: WalkForwardPlan): (piece: Piece) => boolean {
  const traded = new Set(
    windows
      .map(({ number }) => number)
      .filter((number) => isWindowResult(store.load(partOf({ kind: 'window', number })))),
  );
  const isStudied = isGridStudy(store.load('grid'));
  return (piece) => {
    if (piece.kind === 'window') return traded.has(piece.number);
    if (piece.window === undefined ? isStudied : traded.has(piece.window)) return true;
    return isPlayedTrial(store.load(partOf(piece)));
  };
}

function courseOf(program: Program, isInterrupted: () => boolean): Course {
  return { isInterrupted, breathe: () => program.breathe(), monotonicUs: () => program.monotonicUs() };
}

/** False when interrupted. */
async function doAndKeep(
  plan: WalkForwardPlan,
  piece: Piece,
  { store, course }: { readonly store: PartStore; readonly course: Course },
): Promise<boolean> {
  const result =
    piece.kind === 'trial'
      ? await playTrial(plan, piece, course)
      : await runWindow(plan, piece.number, { store, course });
  if (result === undefined) return false;
  store.save(partOf(piece), result);
  if (piece.kind === 'window') clearTrials(plan, { store, window: piece.number });
  return true;
}

/** Of a window, or those on all days: what was made of them is kept. */
export function clearTrials(
  { screen, combinations }: WalkForwardPlan,
  { store, window }: { readonly store: PartStore; readonly window: number | undefined },
): void {
  if (screen !== undefined) return;
  for (const piece of trialsOf(combinations, window)) store.remove(partOf(piece));
}

type Answer = { readonly isKept: true } | { readonly refusal: string; readonly exitCode: ExitCode };

/** A worker: the name of a piece in, word that it is kept out. It ends with its parent. */
export async function serve(plan: WalkForwardPlan, program: Program, parent: Parent): Promise<ExitCode> {
  // Ctrl+C reaches every process of the terminal: the parent ends the others in order.
  program.onInterrupt(() => {});
  const pieces = new Map<unknown, Piece>(
    stagesOf(plan).flatMap((stage) => stage.map((piece) => [partOf(piece), piece])),
  );
  const store = storeOf(plan);
  let before = Promise.resolve();
  parent.onMessage((part) => {
    const piece = pieces.get(part);
    if (piece === undefined) return;
    before = before.then(async () => parent.send(await answerOf(plan, piece, { program, store })));
  });
  return exitCodes.success;
}

async function answerOf(
  plan: WalkForwardPlan,
  piece: Piece,
  { program, store }: { readonly program: Program; readonly store: PartStore },
): Promise<Answer> {
  try {
    const isKept = await doAndKeep(plan, piece, { store, course: courseOf(program, () => false) });
    if (!isKept) throw new Error('nobody interrupts a worker');
    return { isKept };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { refusal: error.message, exitCode: error.exitCode };
  }
}
