import type { Worker } from '../../../infra/process/program.ts';
import { startThread } from '../../../infra/process/thread.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { type ScreenTrial, type SweepOptions, studiedMax } from './screen.ts';

/** What a thread is started with; the columns lie in memory that all threads share. */
export interface SweepWork extends Omit<SweepOptions, 'strategy'> {
  /** Name or path of the strategy: each thread loads it itself. */
  readonly module: string;
  /** Every so many are studied for overfitting. */
  readonly studyStep: number;
}

export interface SweepShare {
  readonly firstIndex: number;
  readonly combinations: readonly (readonly number[])[];
}

export type SweepAnswer =
  | { readonly kind: 'done'; readonly firstIndex: number; readonly trials: readonly ScreenTrial[] }
  | { readonly kind: 'failed'; readonly values: readonly number[]; readonly detail: string };

export interface SweepCourse {
  readonly workers: number;
  /** Told after each share. */
  readonly onDone: (done: number) => void;
  readonly isInterrupted: () => boolean;
}

const entry = new URL('./sweep-thread.ts', import.meta.url);
/** Work of a tenth of a second or so: often enough for a person who watches, seldom enough to cost nothing. */
const shareBars = 10_000_000;
const shareMax = 512;

/**
 * Shares the combinations out among threads. Results are in the order of the combinations and the same for any number
 * of threads; those not reached before an interruption are left out. Throws a UserError for what the strategy throws.
 */
export async function sweepInThreads(
  work: Omit<SweepWork, 'studyStep'> & { readonly combinations: readonly (readonly number[])[] },
  course: SweepCourse,
): Promise<readonly ScreenTrial[]> {
  const { combinations, ...rest } = work;
  const bars = work.series.reduce((sum, series) => sum + series.bars.length, 0);
  const shareLength = Math.max(1, Math.min(shareMax, Math.floor(shareBars / bars)));
  const studyStep = Math.ceil(combinations.length / studiedMax);
  const found: (ScreenTrial | undefined)[] = combinations.map(() => undefined);
  let next = 0;
  let done = 0;
  const serve = (thread: Worker<SweepAnswer>): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        if (next >= combinations.length || course.isInterrupted()) {
          resolve();
          return;
        }
        const share = { firstIndex: next, combinations: combinations.slice(next, next + shareLength) };
        next += shareLength;
        thread.send(share);
      };
      thread.onMessage((answer) => {
        if (answer.kind === 'failed') {
          reject(thrown(work.module, answer));
          return;
        }
        for (const [index, trial] of answer.trials.entries()) found[answer.firstIndex + index] = trial;
        done += answer.trials.length;
        course.onDone(done);
        give();
      });
      thread.ended.then(() => reject(new Error('a thread of the sweep ended before its work')), reject);
      give();
    });
  const count = Math.min(course.workers, Math.ceil(combinations.length / shareLength));
  const threads = Array.from({ length: count }, () =>
    startThread<SweepAnswer>(entry, { ...rest, studyStep }),
  );
  try {
    await Promise.all(threads.map(serve));
  } finally {
    for (const thread of threads) thread.disconnect();
  }
  return found.filter((trial) => trial !== undefined);
}

function thrown(
  module: string,
  { values, detail }: { readonly values: readonly number[]; readonly detail: string },
): UserError {
  return new UserError(
    exitCodes.failedCheck,
    `screen of ${module} threw for ${values.join(', ')}: ${detail}`,
  );
}
