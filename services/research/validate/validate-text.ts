import { counted, decimal, percent, spaced, whole } from '../report/wording.ts';
import type { Capacity } from './capacity.ts';
import type { Check, judge, Outcome } from './gate.ts';
import { regimeDaysMin } from './regimes.ts';
import type { BaseRun, Progress, Validation } from './validation.ts';

const marks: Readonly<Record<Outcome, string>> = { passed: 'passed', failed: 'FAILED', unknown: 'unknown' };

/** The five checks before anything is deployed, as they are shown. */
export const checkNames: Readonly<Record<Check['name'], string>> = {
  riskLimits: 'risk limits',
  auditGate: 'audit gate',
  screeningPassed: 'screening',
  validationPassed: 'validation',
  drawdownLimit: 'drawdown limit',
};

/** For people: what was tried, the checks, and the decision last. */
export function validateText(validation: Validation, judged: ReturnType<typeof judge>): readonly string[] {
  return [
    ...progressText(validation),
    'regimes',
    row(['', 'days', 'Sharpe', 'return/year']),
    ...validation.regimes.map((each) =>
      row([
        spaced(each.regime),
        whole(each.days),
        decimal(each.sharpeAnnual),
        percent(each.returnAnnualRatio, { sign: true }),
      ]),
    ),
    ...(validation.regimes.some(({ days }) => days < regimeDaysMin)
      ? [`  fewer than ${regimeDaysMin} days of a regime tell nothing of it`]
      : []),
    '',
    'checks',
    ...judged.checks.flatMap(checkLines),
    '',
    `${judged.decision}: ${nextStep(judged)}`,
  ];
}

/** What has been played, be it all or not. */
export function progressText({ base, costs, capacity }: Progress): readonly string[] {
  if (base === undefined) return [];
  const sizes = capacity.runs.length === 0 ? [] : ['capacity', ...capacityLines(capacity), ''];
  return ['costs', ...costLines(costs), ...denialLines(base.result), '', ...sizes];
}

function costLines(costs: Progress['costs']): readonly string[] {
  return [
    row(['pessimism', 'Sharpe', 'return', 'drawdown', 'commission', 'slippage']),
    ...costs.map((run) =>
      row([
        decimal(run.pessimism, { digits: 1 }),
        decimal(run.sharpeAnnual),
        percent(run.totalReturnRatio, { sign: true }),
        percent(-run.maxDrawdownRatio),
        decimal(run.commission),
        decimal(run.slippage),
      ]),
    ),
  ];
}

function capacityLines(capacity: Capacity): readonly string[] {
  return [
    row(['money', 'Sharpe', 'return/year', 'unfilled']),
    ...capacity.runs.map((run) =>
      row([
        `${whole(run.times)}×`,
        decimal(run.sharpeAnnual),
        percent(run.returnAnnualRatio, { sign: true }),
        percent(run.unfilledRatio),
      ]),
    ),
    `  ${capacitySentence(capacity)}`,
  ];
}

/** Each finding on a line of its own, so that none is overlooked. */
export function checkLines({ name, outcome, findings }: Check): readonly string[] {
  return findings.map((finding, place) =>
    place === 0
      ? `  ${checkNames[name].padEnd(16)} ${marks[outcome].padEnd(8)} ${finding}`
      : `  ${''.padEnd(25)} ${finding}`,
  );
}

/** A strategy that risk stopped shows the figures of what was left of it. */
function denialLines({ outcomes, denials }: BaseRun['result']): readonly string[] {
  const denied = outcomes.filter(({ state }) => state === 'denied').length;
  if (denied === 0) return [];
  const codes = Object.entries(denials)
    .map(([code, count]) => `${code} ${whole(count)}`)
    .join(', ');
  return [`  ${whole(denied)} of ${counted(outcomes.length, 'order')} were denied at pessimism 0: ${codes}`];
}

function nextStep({ decision, checks, alerts }: ReturnType<typeof judge>): string {
  const named = (outcome: Outcome): string =>
    checks
      .filter((check) => check.outcome === outcome)
      .map(({ name }) => checkNames[name])
      .join(', ');
  switch (decision) {
    case 'approved':
      return 'all five checks passed; paper trading is next, and nothing goes live before it';
    case 'needs_review':
      return named('unknown') === ''
        ? `all five checks passed, but ${alerts.join('; ')}: somebody has to look before it goes on`
        : `nothing failed, but ${named('unknown')} cannot be told: somebody has to look before it goes on`;
    case 'rejected':
      return `${named('failed')} failed. Limits of your own are said with --limits, all else is the strategy's`;
  }
}

function capacitySentence({ timesMax, isReached, isUnknown }: Capacity): string {
  if (isUnknown) {
    return 'unknown: with more money the strategy asked for no more. What it stakes has to be a parameter notional, or to grow with the account';
  }
  if (timesMax === null) return 'nothing was earned that size could halve';
  return isReached
    ? `more than half is kept up to ${whole(timesMax)}×, and not at the next size`
    : `more than half is kept at ${whole(timesMax)}×, the largest that was tried`;
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell) => cell.padStart(13)).join('')}`;
}
