import { isoTime } from '../../kernel/clock/iso-time.ts';
import type { KeptRun } from './kept-run.ts';
import { leftOutOf } from './left-out.ts';
import { rejectionsOf } from './rejections.ts';
import { type ReportFacts, yearDaysMin } from './report-facts.ts';
import { ruinMark } from './ruin-text.ts';
import { counted, dayOf, decimal, heldText, money, percent, shellWords, whole } from './wording.ts';

/** A run on one screen of a terminal. */
export function summaryLines({ facts, reportPath }: KeptRun): readonly string[] {
  const { run, metrics, verdict } = facts;
  const { result } = run;
  const ended = result.ended === 'complete' ? '' : ' (interrupted)';
  const ruined = result.ruin === undefined ? '' : `: ${ruinMark(result.ruin)}`;
  const rows: readonly Row[] = [
    ...figureRows(metrics),
    ['orders', ordersText(result)],
    ...refusedRows(result),
    ...leftOutOf(result).map((text): Row => ['left out', text]),
    ['bars', `${whole(result.bars)} at ${whole(result.barsPerSecond)} a second`],
    ['state hash', result.stateHash],
    ['report', reportPath],
    ['again', `npx --no interlock ${shellWords(wordsAgain(run))}`],
  ];
  return [
    `${result.strategies.join(', ')} on ${result.instruments.join(', ')}, ${dayOf(result.from)} to ${dayOf(result.to)}${ended}${ruined}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(11)} ${text}`),
    '',
    `  ${verdict.headline}`,
    ...verdict.sentences.map((sentence) => `  ${sentence}`),
  ];
}

type Row = readonly [name: string, text: string];

/** Every figure that `--json` has. */
function figureRows(metrics: ReportFacts['metrics']): readonly Row[] {
  const isYearLike = metrics.sessionDays >= yearDaysMin;
  const growth = isYearLike ? `, ${percent(metrics.cagrRatio, { sign: true })} a year` : '';
  const ratios = `Sharpe ${decimal(metrics.sharpeAnnual)}, Sortino ${decimal(metrics.sortinoAnnual)}, Calmar ${decimal(metrics.calmarRatio)}`;
  return [
    [
      'return',
      `${percent(metrics.totalReturnRatio, { sign: true })}${growth}; equity ${money(metrics.finalEquity)} of ${money(metrics.startingCash)}`,
    ],
    ['risk', riskText(metrics)],
    [
      'days',
      `best ${percent(metrics.bestDayRatio, { digits: 2, sign: true })}, worst ${percent(metrics.worstDayRatio, { digits: 2 })}, one in twenty below ${percent(metrics.valueAtRisk95DailyRatio, { digits: 2 })} and then ${percent(metrics.conditionalValueAtRisk95DailyRatio, { digits: 2 })} on average, skew ${decimal(metrics.skew)}, kurtosis ${decimal(metrics.kurtosis)}`,
    ],
    [
      'ratios',
      `${isYearLike ? ratios : `none of a year from ${counted(metrics.sessionDays, 'session day')}`}; Omega ${decimal(metrics.omegaRatio)}`,
    ],
    ...tradeRows(metrics),
    [
      'exposure',
      `invested ${percent(metrics.exposureTimeRatio)} of the time, ${percent(metrics.averageExposureRatio)} of equity on average, ${percent(metrics.maxExposureRatio)} at most; turnover ${money(metrics.turnover)}, ${decimal(metrics.turnoverAnnual)} times a year`,
    ],
    ['costs', `commission ${money(metrics.commission)}, slippage ${money(metrics.slippage)}`],
  ];
}

function riskText(metrics: ReportFacts['metrics']): string {
  const { maxDrawdownRecoveryDays: recovery } = metrics;
  const recovered =
    recovery === null
      ? metrics.maxDrawdownRatio > 0
        ? ' and not recovered'
        : ''
      : `, ${whole(recovery)} of them from the trough`;
  return `drawdown ${percent(-metrics.maxDrawdownRatio)}, ${whole(metrics.maxDrawdownDays)} days under water${recovered}; volatility ${percent(metrics.volatilityAnnual)}, downside ${percent(metrics.downsideRiskAnnual)} a year`;
}

function tradeRows(metrics: ReportFacts['metrics']): readonly Row[] {
  if (metrics.trades === 0) return [['trades', 'none closed']];
  const gain = (value: number | null): string => money(value, { sign: true });
  return [
    [
      'trades',
      `${whole(metrics.trades)}, ${percent(metrics.winRatio, { digits: 0 })} won, profit factor ${decimal(metrics.profitFactor)}, payoff ${decimal(metrics.payoffRatio)}, ${gain(metrics.expectancy)} each, held ${heldText(metrics.averageHoldingDays)}`,
    ],
    ['won', manyText({ mean: metrics.averageWin, most: metrics.largestWin, streak: metrics.winStreakMax })],
    [
      'lost',
      manyText({ mean: metrics.averageLoss, most: metrics.largestLoss, streak: metrics.lossStreakMax }),
    ],
    [
      'meanwhile',
      `at worst ${money(metrics.adverseExcursionMean)} on average, ${money(metrics.adverseExcursionWorst)} at most (winners ${money(metrics.adverseExcursionMeanOfWon)}); at best ${gain(metrics.favorableExcursionMean)}, ${gain(metrics.favorableExcursionBest)} (losers ${gain(metrics.favorableExcursionMeanOfLost)})`,
    ],
  ];
}

function manyText(of: {
  readonly mean: number | null;
  readonly most: number;
  readonly streak: number;
}): string {
  if (of.mean === null) return 'none';
  const sign = true;
  return `${money(of.mean, { sign })} on average, ${money(of.most, { sign })} at most, ${whole(of.streak)} in a row`;
}

/** What was interrupted cannot be reproduced: nothing says where it would have gone on. */
function wordsAgain({ id, arguments: words, result }: KeptRun['facts']['run']): readonly string[] {
  return result.ended === 'complete' ? ['report', 'reproduce', id] : ['backtest', ...words];
}

/** An order that never fills shows in no figure, so it is told here, and why one was denied. */
function ordersText({ outcomes, denials }: KeptRun['facts']['run']['result']): string {
  if (outcomes.length === 0) return 'none';
  const filled = outcomes.filter(({ filledQuantity }) => filledQuantity > 0).length;
  const denied = outcomes.filter(({ state }) => state === 'denied').length;
  const rejections = rejectionsOf(outcomes);
  const rejected = Object.values(rejections).reduce((sum, count) => sum + count, 0);
  const others = outcomes.length - filled - denied - rejected;
  const parts = [
    `${whole(filled)} filled`,
    `${whole(denied)} denied${why(denials)}`,
    ...(rejected === 0 ? [] : [`${whole(rejected)} rejected by the venue${why(rejections)}`]),
    `${whole(others)} never filled`,
  ];
  return `${whole(outcomes.length)}: ${parts.join(', ')}`;
}

function why(counts: Readonly<Record<string, number>>): string {
  const codes = Object.entries(counts).map(([code, count]) => `${code} ${whole(count)}`);
  return codes.length === 0 ? '' : ` (${codes.join(', ')})`;
}

/** A bug of a strategy's author shows nowhere else: no order was ever made. */
function refusedRows({ refusals = {} }: KeptRun['facts']['run']['result']): readonly Row[] {
  return Object.entries(refusals).map(([reason, count]) => [
    'refused',
    `${counted(count, 'time')}: ${reason}`,
  ]);
}

/** For programs: every figure by its name, times in ISO 8601. What is not told is null. */
export function summaryObject({ facts, folder, reportPath }: KeptRun) {
  const { run, metrics, honesty, verdict } = facts;
  const { equity, trades: _, outcomes, inputs, from, to, ruin, ...head } = run.result;
  return {
    run: run.id,
    madeAt: run.madeAt,
    folder,
    report: reportPath,
    ...head,
    from: isoTime(from),
    to: isoTime(to),
    ruin: ruin === undefined ? null : { ...ruin, at: isoTime(ruin.at) },
    dataFingerprint: inputs.dataFingerprint,
    buildHash: inputs.buildHash,
    seed: inputs.seed,
    leftOut: leftOutOf(run.result),
    rejections: rejectionsOf(outcomes),
    equityRows: equity.time.length,
    orderCount: outcomes.length,
    metrics,
    honesty: honestyObject(honesty),
    verdict,
  };
}

function honestyObject(honesty: ReportFacts['honesty']) {
  const { trials, ...figures } = honesty;
  return {
    ...Object.fromEntries(
      Object.entries(figures).map(([name, value]) => [
        name,
        value !== undefined && Number.isFinite(value) ? value : null,
      ]),
    ),
    trials: trials.trials,
    runs: trials.runs,
  };
}

/** `name,value`, a figure a line, for a spreadsheet. */
export function summaryCsv({ facts }: KeptRun): readonly string[] {
  const figures = { ...facts.metrics, ...honestyObject(facts.honesty) };
  return ['name,value', ...Object.entries(figures).map(([name, value]) => `${name},${value ?? ''}`)];
}
