import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { describe, exportOf, strategyFileOf } from './load-strategy-module.ts';

/** What the face `interlock/strategy` calls a ScreenDefinition, as far as a module from anywhere can be checked. */
export interface ScreenModule {
  readonly parameters: readonly string[];
  isPossible?(values: readonly number[]): boolean;
  prepare(bars: ScreenSeries): TargetsOf;
}

export interface ScreenSeries extends BarSeries {
  /** Oldest first: the first bar in new shares, and how many of them an old one has become. */
  readonly splits: readonly { readonly row: number; readonly ratio: number }[];
}

/** Prepares one combination, which then tells its targets. */
export type TargetsOf = (values: readonly number[]) => TellTargets;

/**
 * Writes the position wanted after the close of each bar of [from, to), as a share of equity (1: all of it long, -1:
 * short, 0: flat), to the beginning of `into`. It may look at bars up to that close and at none after it.
 */
export type TellTargets = (span: { readonly from: number; readonly to: number }, into: Float64Array) => void;

/** What a strategy's file exports to have a vectorised form. */
export const screenExport =
  "`export const screen = defineScreen({ parameters, prepare })` from 'interlock/strategy'";

/** The vectorised form of a strategy, named as for a backtest. Throws a UserError that names the remedy when it has none. */
export async function loadScreenModule(name: string): Promise<ScreenModule> {
  const found = await findScreenModule(name);
  if (found !== undefined) return found;
  throw new UserError(
    exitCodes.configuration,
    `${strategyFileOf(name)} has no vectorised form to sweep: add ${screenExport}, or run it event by event with "backtest", "walk-forward" or "validate".`,
  );
}

/** The same; undefined when it has none. Throws a UserError for one that is not what it should be. */
export async function findScreenModule(name: string): Promise<ScreenModule | undefined> {
  const { file, found } = await exportOf(name, 'screen');
  if (found === undefined || isScreenModule(found)) return found;
  throw new UserError(
    exitCodes.configuration,
    `${file}: expected \`export const screen = defineScreen({ parameters: ['name', …], prepare })\`, found ${describe(found)}.`,
  );
}

function isScreenModule(value: unknown): value is ScreenModule {
  if (typeof value !== 'object' || value === null) return false;
  const names: unknown = Reflect.get(value, 'parameters');
  const isPossible: unknown = Reflect.get(value, 'isPossible');
  return (
    Array.isArray(names) &&
    names.length > 0 &&
    names.every((name) => typeof name === 'string') &&
    (isPossible === undefined || typeof isPossible === 'function') &&
    typeof Reflect.get(value, 'prepare') === 'function'
  );
}
