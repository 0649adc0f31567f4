import { counted, decimal, percent, whole } from '../report/wording.ts';
import type { WalkForwardResult } from './conclusion.ts';
import type { WindowResult } from './run-window.ts';

/** For people: window by window, then what is left of it all. */
export function walkForwardText(
  { training, windows, overall, grid, honesty, verdict }: WalkForwardResult,
  { title, folder, report }: { readonly title: string; readonly folder: string; readonly report: string },
): readonly string[] {
  const rows: readonly (readonly [string, string])[] = [
    [
      'outside',
      `Sharpe ${decimal(overall.sharpeAnnual)}, ${percent(overall.cagrRatio, { sign: true })} a year over ${counted(overall.sessionDays, 'day')}, drawdown ${percent(-overall.maxDrawdownRatio)}`,
    ],
    [
      'inside',
      `Sharpe ${decimal(overall.inSampleSharpeMean)} in training; ${afterTraining(overall)}: ${lossOf(overall.degradationRatio)}`,
    ],
    [
      'windows',
      `${overall.windowsWithProfit} of ${windows.length} with a profit, ${counted(overall.trades, 'trade')}`,
    ],
    ['costs', `commission ${decimal(overall.commission)}, slippage ${decimal(overall.slippage)}`],
    ...(overall.windowsOpenAtEnd === 0 ? [] : [['left out', exitsLeftOut(overall)] as const]),
    ...(training === 'played'
      ? [['training', 'each combination played through all services: no vectorised form'] as const]
      : []),
    ['grid', overfittingOf(grid)],
    [
      'luck',
      `${whole(honesty.trials ?? null)} trials on these and overlapping data: the best of so many without skill shows ${decimal(honesty.luckySharpeAnnual)}; deflated Sharpe ratio ${percent(honesty.deflatedSharpe)}`,
    ],
    ['kept', folder],
    ['report', report],
  ];
  return [
    title,
    '',
    header,
    ...windows.map(lineOf),
    '',
    ...rows.map(([name, text]) => `  ${name.padEnd(9)} ${text}`),
    '',
    `  ${verdict.headline}`,
  ];
}

const header = row([
  '#',
  'tested from',
  'to',
  'chosen in training',
  'inside',
  'screened',
  'outside',
  'return',
  'drawdown',
  'trades',
]);

function lineOf({ number, test, chosen, inSample, screenedOutside, outOfSample }: WindowResult): string {
  return row([
    String(number),
    test.from,
    test.to,
    Object.entries(chosen)
      .map(([name, value]) => `${name} ${value}`)
      .join(' '),
    decimal(inSample.sharpeAnnual),
    decimal(screenedOutside?.sharpeAnnual),
    decimal(outOfSample.sharpeAnnual),
    percent(outOfSample.totalReturnRatio, { sign: true }),
    percent(-outOfSample.maxDrawdownRatio),
    String(outOfSample.trades),
  ]);
}

function row(cells: readonly string[]): string {
  const widths = [4, 12, 12, 22, 9, 10, 9, 9, 10, 8];
  return cells.map((cell, place) => cell.padStart(widths[place] ?? 0)).join('');
}

/** What the figures leave out where a window ends with a position. */
export function exitsLeftOut({ windowsOpenAtEnd }: WalkForwardResult['overall']): string {
  const windows = windowsOpenAtEnd === 1 ? '1 window ends' : `${windowsOpenAtEnd} windows end`;
  return `${windows} with a position, worth its last price: it is no trade, and nothing is paid for its exit`;
}

function afterTraining({
  screenedOutsideSharpeMean,
  outOfSampleSharpeMean,
}: WalkForwardResult['overall']): string {
  return screenedOutsideSharpeMean === null
    ? `${decimal(outOfSampleSharpeMean)} after it`
    : `${decimal(screenedOutsideSharpeMean)} after it by the same arithmetic`;
}

function lossOf(ratio: number | null): string {
  if (ratio === null) return 'training showed nothing to lose';
  return ratio >= 0 ? `${percent(ratio)} of it lost` : `${percent(-ratio)} more than in training`;
}

function overfittingOf({
  combinations,
  overfittingProbability,
  lossProbability,
  splits,
}: WalkForwardResult['grid']): string {
  if (overfittingProbability === null)
    return `${counted(combinations, 'combination')}: too few, or too few bars, to tell the probability of overfitting`;
  return `${counted(combinations, 'combination')}: probability of overfitting ${percent(overfittingProbability)}, of a loss ${percent(lossProbability)}, in ${counted(splits, 'split')}`;
}
