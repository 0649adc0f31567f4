import {
  findScreenModule,
  loadScreenModule,
  type ScreenModule,
} from '../../../infra/strategy/load-screen-module.ts';

/**
 * A strategy reduced to what a sweep can afford: positions as a function of columns and parameters, no orders. What
 * looks good here is to be run as a backtest with the strategy of the same name.
 */
export interface ScreenStrategy extends ScreenModule {
  readonly name: string;
}

/** By the name of one that ships, or the path of a file. Throws a UserError when it has no vectorised form. */
export async function loadScreenStrategy(name: string): Promise<ScreenStrategy> {
  return { ...(await loadScreenModule(name)), name };
}

/** The same; undefined when it has none. */
export async function findScreenStrategy(name: string): Promise<ScreenStrategy | undefined> {
  const found = await findScreenModule(name);
  return found === undefined ? undefined : { ...found, name };
}
