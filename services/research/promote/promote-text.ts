import type { Profile } from '../../../infra/config/profile.ts';
import { formatRatio } from '../../../infra/config/units.ts';
import { formatAmount } from '../../kernel/money/amount.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { comparisonLines } from '../compare/comparison-text.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { counted, dayOf, decimal, percent, spaced, whole } from '../report/wording.ts';
import { metrics } from '../statistics/metrics.ts';
import type { ScreenPromise } from '../validate/gate.ts';
import { checkLines } from '../validate/validate-text.ts';
import { type Approval, approvalText } from './approval.ts';
import type { PaperTrading } from './paper-trading.ts';
import type { Promotable } from './promotable.ts';
import type { Judged, Written } from './promotion.ts';

export function judgedLines({ decision, alerts, checks }: Judged, reviewed?: string): readonly string[] {
  return [
    'checks',
    ...checks.flatMap(checkLines),
    '',
    `  gate           ${spaced(decision.replace('_', ' '))}${alerts.length > 0 ? `: ${alerts.join('; ')}` : ''}`,
    ...(reviewed === undefined ? [] : [`  reviewed       ${reviewed}`]),
  ];
}

export function titleOf({ result: { strategies, instruments, from, to } }: Promotable): string {
  return `${strategies.join(', ')} on ${instruments.join(', ')}, validated on ${dayOf(from)} to ${dayOf(to)}`;
}

/** What is still as it was validated. */
export function sourceLines({ sources, result: { inputs } }: Promotable): readonly string[] {
  const short = (hash: string): string => hash.slice(0, 8);
  const files = Object.entries(sources).map(([module, hash]) => `${module} ${short(hash)}`);
  return [
    `  unchanged      strategy ${files.join(', ')} · data ${short(inputs.dataFingerprint)} · program ${short(inputs.buildHash)}`,
  ];
}

export function limitLines({ limits, killSwitches, approval, environment }: Profile): readonly string[] {
  const { maxDrawdown, dailyLoss } = killSwitches;
  const { kind, ...rest } = environment === 'paper' ? approval.demo : approval.live;
  const policy = 'notional' in rest ? { kind, notional: formatAmount(rest.notional, 2) } : { kind };
  return [
    `  limits         position ${formatRatio(limits.positionRatioMax)} · leverage ${formatRatio(limits.leverageRatioMax)} · cash ${formatRatio(limits.cashReserveRatio)} · ${whole(limits.openPositionsMax)} positions`,
    `  switches       drawdown ${formatRatio(maxDrawdown.threshold)} · daily loss ${formatRatio(dailyLoss.threshold)}`,
    `  sizing         ${spaced(limits.sizing.kind)}`,
    `  signatures     ${approvalText(policy)}`,
  ];
}

/** What a live profile can not do here; in lines of a file. */
export const noAdapter = [
  'This version has no adapter to a live venue: "up" refuses the environment live until there is one.',
  "Account, venue, feed and frictions are still paper's, to be replaced by those of that venue.",
];

/** Paper and its backtest, side by side. */
function paperLines(
  promotable: Promotable,
  { run, backtest, facts, compared }: PaperTrading,
): readonly string[] {
  const row = (cells: readonly string[]): string => `  ${cells.map((cell) => cell.padStart(13)).join('')}`;
  const figures = (
    name: string,
    { sharpeAnnual, returnAnnualRatio, maxDrawdownRatio }: ScreenPromise,
    result: BacktestResult,
  ): string =>
    row([
      name,
      percent(metrics(result, calendarOfRun(result)).totalReturnRatio, { sign: true }),
      percent(returnAnnualRatio, { sign: true }),
      decimal(sharpeAnnual),
      percent(-maxDrawdownRatio),
      whole(result.outcomes.length),
      whole(result.trades.length),
    ]);
  return [
    `${titleOf(promotable)}; on paper ${dayOf(run.from)} to ${dayOf(run.to)}`,
    '',
    row(['', 'return', 'a year', 'Sharpe', 'drawdown', 'orders', 'trades']),
    figures('paper', facts.run, run),
    figures('backtest', facts.backtest, backtest),
    `  ${whole(compared.same)} of ${counted(compared.compared, 'order')} the same in both, in ${counted(facts.sessions, 'session')}`,
    '',
  ];
}

export function refusedLines(promotable: Promotable, paper: PaperTrading, judged: Judged): readonly string[] {
  const { compared } = paper;
  const names = { first: 'paper', second: 'its backtest' };
  return [
    ...paperLines(promotable, paper),
    ...judgedLines(judged),
    ...(compared.differences.length > 0 ? ['', ...comparisonLines(compared, names)] : []),
  ];
}

export function liveLines(
  promotable: Promotable,
  paper: PaperTrading,
  told: {
    readonly judged: Judged;
    readonly reviewed: string | undefined;
    readonly approval: Approval;
    readonly written: Written;
  },
): readonly string[] {
  return [
    ...paperLines(promotable, paper),
    ...judgedLines(told.judged, told.reviewed),
    ...sourceLines(promotable),
    `  signatures     ${approvalText(told.approval)}`,
    '',
    `  profile  ${told.written.profile}`,
    `  kept     ${told.written.kept}`,
    '',
    ...noAdapter,
  ];
}
