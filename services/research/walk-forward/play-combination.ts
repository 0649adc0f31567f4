import { dayText } from '../../../infra/feeds/new-york-session.ts';
import { UserError } from '../../../infra/process/user-error.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { type Course, playInSteps } from '../backtest/play-in-steps.ts';
import { readBacktest } from '../backtest/prepare-backtest.ts';
import { BacktestRun } from '../backtest/run-backtest.ts';
import { namedValues } from '../screen/screen-trials.ts';
import { type WalkForwardPlan, withParameters } from './plan.ts';
import type { DayRange } from './windows.ts';

/** By the services, on these days alone. Undefined when interrupted. Throws a UserError that names the combination. */
export async function playCombination(
  plan: WalkForwardPlan,
  { values, days }: { readonly values: readonly number[]; readonly days: DayRange },
  course: Course,
): Promise<BacktestResult | undefined> {
  const asked = plan.asked.with({
    ...withParameters(plan, values),
    from: dayText(days.from),
    to: dayText(days.to),
  });
  try {
    const running = new BacktestRun(await readBacktest(asked, course.monotonicUs));
    await playInSteps(running, course);
    const result = running.finish();
    return result.ended === 'complete' ? result : undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const what = Object.entries(namedValues({ parameters: plan.names }, values))
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    const where = `with ${what}, from ${dayText(days.from)} to ${dayText(days.to)}`;
    throw new UserError(error.exitCode, `${where}: ${error.message}`, { cause: error });
  }
}
