import type { FeedProfile } from '../../../infra/config/profile.ts';
import { chooseProfile } from '../../../infra/config/profile-choice.ts';
import { dayText, parseDay } from '../../../infra/feeds/new-york-session.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { badOption, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { hashStrategySources } from '../../../infra/strategy/strategy-source.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import { readBacktest } from '../backtest/prepare-backtest.ts';
import { calendarOf } from '../market/data-calendar.ts';
import type { DataDoubts } from '../market/data-doubts.ts';
import { type MarketSeries, type Timeline, timelineOf } from '../market/market-series.ts';
import { readMarket } from '../market/read-market.ts';
import { withWholeRange } from '../market/whole-range.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { namedValues } from '../screen/screen-trials.ts';
import { type BarYear, barYearOf } from '../statistics/session-days.ts';
import { readSearchGrid, type SearchGrid } from './search-grid.ts';
import {
  type DayRange,
  parseSpan,
  type RollingWindows,
  type Span,
  type WalkForwardWindow,
  windowsOf,
} from './windows.ts';

export const objectives = ['sharpe', 'return', 'calmar'] as const;
/** What makes a combination the best of its training. */
export type Objective = (typeof objectives)[number];

export interface WalkForwardPlan extends SearchGrid {
  /** What was typed, the grid's parameters aside. */
  readonly asked: Asked;
  readonly strategyId: string;
  readonly module: string;
  readonly feed: FeedProfile;
  readonly seed: number;
  readonly buildHash: string;
  readonly dataFingerprint: string;
  readonly series: readonly MarketSeries[];
  readonly timeline: Timeline;
  readonly doubts: DataDoubts;
  /** Of each strategy file, by its module. */
  readonly sources: Readonly<Record<string, string>>;
  /** What all yearly figures go by. */
  readonly year: BarYear;
  /** Those of the strategy that the grid leaves alone. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly objective: Objective;
  readonly rolling: RollingWindows;
  readonly startingCash: number;
  /** The profile as a document, after all options, with the first combination. */
  readonly document: unknown;
  /** Of what is traded, in training. */
  readonly costRatio: number;
  /** All days, both ends belong to it. */
  readonly range: DayRange;
  readonly windows: readonly WalkForwardWindow[];
  /** All that the result depends on, in plain values. */
  readonly description: unknown;
}

/** Reads all that was asked for, data included. Throws a UserError. */
export async function readPlan(typed: Asked, stopwatch: () => number): Promise<WalkForwardPlan> {
  const objective = objectiveOf(typed);
  const rolling = rollingOf(typed);
  const asked = withWholeRange(typed, dataFolderOf(typed));
  const { profile: first } = chooseProfile(asked, 'backtest');
  const [planned, ...others] = first.strategies;
  if (planned === undefined || others.length > 0) {
    throw new UserError(exitCodes.usage, 'walk-forward optimises one strategy at once: name it.');
  }
  const grid = await readSearchGrid(asked, planned);
  const { parameters } = planned;
  const range = rangeOf(first.feed);
  const whole = await readBacktest(
    asked.with(withParameters({ parameters, names: grid.names }, grid.combinations[0] ?? [])),
    stopwatch,
  );
  whole.feed.close();
  const { profile } = whole.loaded;
  const market = readMarket(profile, { dataFolder: dataFolderOf(asked) });
  if (grid.screen !== undefined && planned.interval !== market.interval) {
    throw new UserError(
      exitCodes.usage,
      `${planned.id} sees other bars than the data have, and training sees those of the data: make their intervals equal.`,
    );
  }
  const sources = hashStrategySources([planned.module]);
  const timeline = timelineOf(market.series);
  const found = windowsOf(range, rolling);
  if ('refusal' in found) throw new UserError(exitCodes.usage, `${found.refusal}.`);
  const { commission, slippage, halfSpreadRatio, seed } = profile.paperVenue;
  const costRatio = toDouble(commission.ratio) + toDouble(slippage) + toDouble(halfSpreadRatio);
  return {
    asked,
    strategyId: planned.id,
    module: planned.module,
    feed: profile.feed,
    seed,
    buildHash: whole.buildHash,
    dataFingerprint: market.fingerprint,
    sources,
    series: market.series,
    doubts: market.doubts,
    timeline,
    year: barYearOf(timeline, calendarOf(whole.loaded.document)),
    ...grid,
    ...{ parameters, objective, rolling, costRatio, range, windows: found.windows },
    startingCash: toDouble(profile.paperVenue.startingCash),
    document: whole.loaded.document,
    description: {
      strategy: planned.id,
      parameters,
      grid: { names: grid.names, combinations: grid.combinations },
      ...{ objective, costRatio, rolling },
      from: dayText(range.from),
      to: dayText(range.to),
      profile: whole.loaded.document,
      dataFingerprint: market.fingerprint,
      sources,
      buildHash: whole.buildHash,
    },
  };
}

/** What the strategy is given, as `--parameters`: a combination over what it has besides. */
export function withParameters(
  { parameters, names }: Pick<WalkForwardPlan, 'parameters' | 'names'>,
  values: readonly number[],
): { readonly parameters: string } {
  return { parameters: JSON.stringify({ ...parameters, ...namedValues({ parameters: names }, values) }) };
}

function rollingOf(asked: Asked): RollingWindows {
  const span = (option: 'train' | 'test' | 'step', otherwise: string): Span => {
    const text = asked.text(option) ?? otherwise;
    const parsed = parseSpan(text);
    if (parsed === undefined) throw badOption(option, 'a length such as 2y, 6m, 4w or 10d', text);
    return parsed;
  };
  const test = asked.text('test') ?? '6m';
  return { train: span('train', '2y'), test: span('test', test), step: span('step', test) };
}

function objectiveOf(asked: Asked): Objective {
  const text = asked.text('objective') ?? 'sharpe';
  const objective = objectives.find((each) => each === text);
  if (objective === undefined) throw badOption('objective', 'sharpe, return or calmar', text);
  return objective;
}

function rangeOf(feed: FeedProfile): DayRange {
  const [from, to] = [parseDay(feed.from ?? ''), parseDay(feed.to ?? '')];
  if (from === undefined || to === undefined) {
    throw new UserError(
      exitCodes.usage,
      'windows are cut from whole days: name --from and --to, such as 1998-01-02.',
    );
  }
  return { from, to };
}
