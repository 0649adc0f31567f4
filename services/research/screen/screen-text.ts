import { intervalToken } from '../../kernel/bus/interval-token.ts';
import type { InstrumentId } from '../../kernel/codec/brand.ts';
import type { DataDoubts } from '../market/data-doubts.ts';
import type { Timeline } from '../market/market-series.ts';
import { doubtSentences } from '../report/doubt-text.ts';
import { counted, dayOf, decimal, percent, whole } from '../report/wording.ts';
import { at } from '../statistics/series.ts';
import type { ScreenFigures } from './evaluate.ts';
import type { ScreenResult, ScreenTrial } from './screen.ts';
import { namedValues } from './screen-trials.ts';

/** A search, as it is told. */
export interface ShownScreen {
  readonly strategy: string;
  readonly parameters: readonly string[];
  readonly instruments: readonly InstrumentId[];
  readonly timeline: Timeline;
  readonly costRatio: number;
  readonly dataFingerprint: string;
  readonly doubts: DataDoubts;
  /** Of the grid; the trials are as many when it was not interrupted. */
  readonly combinations: number;
  readonly ended: 'complete' | 'interrupted';
  readonly workers: number;
  /** Bars that were evaluated, each as often as there were combinations. */
  readonly barsPerSecond: number;
  /** Of this search; `result.trials` are all on record. */
  readonly ownTrials: number;
  readonly result: ScreenResult;
  /** The best first; `alone`: on each instrument by itself. */
  readonly best: readonly { readonly trial: ScreenTrial; readonly alone: readonly ScreenFigures[] }[];
}

/** For people: the best, and what the search leaves of them. */
export function screenText(shown: ShownScreen): readonly string[] {
  const { result, parameters, instruments, best } = shown;
  const yearly = Math.sqrt(result.periodsPerYear);
  const isSeveral = instruments.length > 1 && instruments.length <= instrumentColumnsMax;
  const header = [...parameters, 'Sharpe', 'return', 'drawdown', 'turnover', 'exposure'];
  const rows = best.map(({ trial, alone }) => [
    ...trial.values.map(String),
    decimal(trial.sharpe * yearly),
    percent(trial.totalReturnRatio),
    percent(-trial.maxDrawdownRatio),
    whole(trial.turnoverRatio),
    percent(trial.exposureRatio),
    ...(isSeveral ? alone.map(({ sharpe }) => decimal(sharpe * yearly)) : []),
  ]);
  const line = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(cellWidth)).join('');
  return [
    headline(shown),
    ...doubtSentences(shown.doubts),
    '',
    line(isSeveral ? [...header, ...instruments] : header),
    ...rows.map(line),
    '',
    ...conclusion(shown),
  ];
}

/** For programs: one object. What is not known is null. */
export function screenObject(shown: ShownScreen): Readonly<Record<string, unknown>> {
  const { result, timeline, best, instruments, doubts, ...rest } = shown;
  const yearly = Math.sqrt(result.periodsPerYear);
  const figuresOf = ({ sharpe, totalReturnRatio, maxDrawdownRatio, ...figures }: ScreenFigures) => ({
    sharpeAnnual: sharpe * yearly,
    ...{ totalReturnRatio, maxDrawdownRatio },
    turnoverRatio: figures.turnoverRatio,
    exposureRatio: figures.exposureRatio,
  });
  const { trials, periodsPerYear, luckySharpeAnnual, deflatedSharpe, overfittingProbability } = result;
  return {
    ...rest,
    doubts: doubtSentences(doubts),
    instruments,
    interval: intervalToken(timeline.interval),
    bars: timeline.length,
    ...{ from: closeDay(shown, 0), to: closeDay(shown, timeline.length - 1) },
    ...{ trials, periodsPerYear, luckySharpeAnnual, deflatedSharpe },
    overfittingProbability: overfittingProbability ?? null,
    best: best.map(({ trial, alone }) => ({
      parameters: namedValues(shown, trial.values),
      ...figuresOf(trial),
      instruments: Object.fromEntries(
        instruments.map((instrument, place) => [instrument, alone.slice(place, place + 1).map(figuresOf)[0]]),
      ),
    })),
  };
}

const cellWidth = 11;
/** More do not fit beside the figures. */
const instrumentColumnsMax = 6;

function headline(shown: ShownScreen): string {
  const { strategy, instruments, timeline, costRatio } = shown;
  const days = `${closeDay(shown, 0)} to ${closeDay(shown, timeline.length - 1)}`;
  const bars = `${timeline.length.toLocaleString('en-US')} bars`;
  const shares = instruments.length > 1 ? ' in equal shares' : '';
  return `${strategy} on ${instruments.join(', ')}${shares}, ${bars} from ${days}, decided at the close, traded at the next open for ${percent(costRatio, { digits: 3 })} of the value`;
}

function conclusion({ result, ownTrials, combinations, ended, ...shown }: ShownScreen): readonly string[] {
  const count = (value: number): string => value.toLocaleString('en-US');
  const before = result.trials - ownTrials;
  const besides = before > 0 ? `, ${counted(before, 'other')} on overlapping data on record` : '';
  const cut =
    ended === 'interrupted'
      ? [`interrupted: ${count(ownTrials)} of ${count(combinations)} combinations were tried`]
      : [];
  const overfitting =
    result.overfittingProbability === undefined
      ? 'too few trials or bars to tell the probability of overfitting'
      : `probability of overfitting ${percent(result.overfittingProbability)}: so often the best of one half of the time is in the worse half of the other`;
  return [
    ...cut,
    `${counted(ownTrials, 'trial')}${besides}: the best of so many without any skill shows a Sharpe ratio of ${decimal(result.luckySharpeAnnual)} a year`,
    `deflated Sharpe ratio ${percent(result.deflatedSharpe)}: the probability that the best one is more than that`,
    overfitting,
    `${count(Math.round(shown.barsPerSecond))} bars a second on ${shown.workers} ${shown.workers === 1 ? 'worker' : 'workers'}`,
  ];
}

/** Of a bar's close: that of a whole day opens on the evening before. */
function closeDay({ timeline }: ShownScreen, row: number): string {
  return dayOf(at(timeline.openTime, row) + timeline.interval);
}
