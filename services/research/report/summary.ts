import { isoTime } from '../../kernel/clock/iso-time.ts';
import type { KeptRun } from './kept-run.ts';
import { type ReportFacts, yearDaysMin } from './report-facts.ts';
import { counted, dayOf, decimal, money, percent, shellWords, whole } from './wording.ts';

/** A run on one screen of a terminal. */
export function summaryLines({ facts, reportPath }: KeptRun): readonly string[] {
  const { run, metrics, verdict } = facts;
  const { result } = run;
  const isYearLike = metrics.sessionDays >= yearDaysMin;
  const ended = result.ended === 'complete' ? '' : ' (interrupted)';
  const rows: readonly (readonly [string, string])[] = [
    [
      'return',
      `${percent(metrics.totalReturnRatio, { sign: true })}${isYearLike ? `, ${percent(metrics.cagrRatio, { sign: true })} a year` : ''}; equity ${money(metrics.finalEquity)} of ${money(metrics.startingCash)}`,
    ],
    [
      'risk',
      `drawdown ${percent(-metrics.maxDrawdownRatio)}, ${whole(metrics.maxDrawdownDays)} days under water, volatility ${percent(metrics.volatilityAnnual)}, one day in twenty below ${percent(metrics.valueAtRisk95DailyRatio)}`,
    ],
    [
      'ratios',
      isYearLike
        ? `Sharpe ${decimal(metrics.sharpeAnnual)}, Sortino ${decimal(metrics.sortinoAnnual)}, Calmar ${decimal(metrics.calmarRatio)}`
        : `none of a year from ${counted(metrics.sessionDays, 'session day')}`,
    ],
    [
      'trades',
      metrics.trades === 0
        ? 'none closed'
        : `${whole(metrics.trades)}, ${percent(metrics.winRatio, { digits: 0 })} won, profit factor ${decimal(metrics.profitFactor)}, ${money(metrics.expectancy, { sign: true })} each`,
    ],
    ['costs', `commission ${money(metrics.commission)}, slippage ${money(metrics.slippage)}`],
    ['orders', ordersText(result)],
    ['bars', `${whole(result.bars)} at ${whole(result.barsPerSecond)} a second`],
    ['state hash', result.stateHash],
    ['report', reportPath],
    ['again', `npx --no interlock ${shellWords(wordsAgain(run))}`],
  ];
  return [
    `${result.strategies.join(', ')} on ${result.instruments.join(', ')}, ${dayOf(result.from)} to ${dayOf(result.to)}${ended}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(11)} ${text}`),
    '',
    `  ${verdict.headline}`,
    ...verdict.sentences.map((sentence) => `  ${sentence}`),
  ];
}

/** What was interrupted cannot be reproduced: nothing says where it would have gone on. */
function wordsAgain({ id, arguments: words, result }: KeptRun['facts']['run']): readonly string[] {
  return result.ended === 'complete' ? ['report', 'reproduce', id] : ['backtest', ...words];
}

/** An order that never fills shows in no figure, so it is told here, and why one was denied. */
function ordersText({ outcomes, denials }: KeptRun['facts']['run']['result']): string {
  const filled = outcomes.filter(({ filledQuantity }) => filledQuantity > 0).length;
  const denied = outcomes.filter(({ state }) => state === 'denied').length;
  const codes = Object.entries(denials).map(([code, count]) => `${code} ${whole(count)}`);
  const why = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  const others = outcomes.length - filled - denied;
  return `${whole(outcomes.length)}: ${whole(filled)} filled, ${whole(denied)} denied${why}, ${whole(others)} never filled`;
}

/** For programs: every figure by its name, times in ISO 8601. What is not told is null. */
export function summaryObject({ facts, folder, reportPath }: KeptRun) {
  const { run, metrics, honesty, verdict } = facts;
  const { equity, trades: _, outcomes, inputs, from, to, ...head } = run.result;
  return {
    run: run.id,
    madeAt: run.madeAt,
    folder,
    report: reportPath,
    ...head,
    from: isoTime(from),
    to: isoTime(to),
    dataFingerprint: inputs.dataFingerprint,
    buildHash: inputs.buildHash,
    seed: inputs.seed,
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
