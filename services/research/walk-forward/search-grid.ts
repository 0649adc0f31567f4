import type { Profile } from '../../../infra/config/profile.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { checkParameters, loadStrategyModule } from '../../../infra/strategy/load-strategy-module.ts';
import { type Grid, parseGrid } from '../screen/grid.ts';
import { combinationsFor } from '../screen/screen.ts';
import { findScreenStrategy, type ScreenStrategy } from '../screen/screen-strategy.ts';
import { namedValues } from '../screen/screen-trials.ts';

/** What training tries, and how. */
export interface SearchGrid {
  /** The vectorised form, swept over columns; absent: there is none, and each combination is played as a backtest. */
  readonly screen: ScreenStrategy | undefined;
  /** Of the parameters that vary. */
  readonly names: readonly string[];
  /** In the order of the names, all of them possible. */
  readonly combinations: readonly (readonly number[])[];
}

type PlannedStrategy = Profile['strategies'][number];

/** Throws a UserError. */
export async function readSearchGrid(asked: Asked, planned: PlannedStrategy): Promise<SearchGrid> {
  const text = asked.text('grid');
  if (text === undefined) {
    throw new UserError(
      exitCodes.usage,
      'name what is tried in training, such as --grid fast=5:50:5,slow=20:200:20.',
    );
  }
  const parsed = parseGrid(text);
  if ('refusal' in parsed) throw refused(parsed.refusal);
  const screen = await findScreenStrategy(planned.module);
  if (screen === undefined) return playedGrid(parsed.grid, planned);
  const found = combinationsFor(screen, parsed.grid);
  if ('refusal' in found) throw refused(found.refusal);
  return { screen, names: screen.parameters, combinations: found.combinations };
}

/** Its own schema says which parameters a strategy has, and which of their values go together. */
async function playedGrid({ names, combinations }: Grid, planned: PlannedStrategy): Promise<SearchGrid> {
  const module = await loadStrategyModule(planned.module);
  let objection: UserError | undefined;
  const possible = combinations.filter((values) => {
    const named = namedValues({ parameters: names }, values);
    try {
      const taken = checkParameters(planned.id, module, { ...planned.parameters, ...named });
      const ignored = names.find(
        (name) => typeof taken === 'object' && taken !== null && !Object.hasOwn(taken, name),
      );
      if (ignored === undefined) return true;
      objection ??= refused(`${planned.id} has no parameter ${ignored}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      objection ??= refused(error.message);
    }
    return false;
  });
  if (objection !== undefined && possible.length === 0) throw objection;
  return { screen: undefined, names, combinations: possible };
}

function refused(refusal: string): UserError {
  return new UserError(exitCodes.usage, `--grid: ${refusal}${refusal.endsWith('.') ? '' : '.'}`);
}
