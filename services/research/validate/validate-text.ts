import { decimal, percent, spaced, whole } from '../report/wording.ts';
import type { Capacity } from './capacity.ts';
import type { judge, Outcome } from './gate.ts';
import type { Validation } from './validation.ts';

const marks: Readonly<Record<Outcome, string>> = { passed: 'passed', failed: 'FAILED', unknown: 'unknown' };

/** For people: what was tried, the checks, and the decision last. */
export function validateText(
  validation: Omit<Validation, 'base'>,
  judged: ReturnType<typeof judge>,
): readonly string[] {
  const { costs, capacity, regimes } = validation;
  return [
    'costs',
    row(['pessimism', 'Sharpe', 'return', 'drawdown', 'commission', 'slippage']),
    ...costs.map((run) =>
      row([
        decimal(run.pessimism, { digits: 1 }),
        decimal(run.sharpeAnnual),
        percent(run.totalReturnRatio, { sign: true }),
        percent(run.maxDrawdownRatio),
        decimal(run.commission),
        decimal(run.slippage),
      ]),
    ),
    '',
    'capacity',
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
    '',
    'regimes',
    row(['', 'days', 'Sharpe', 'return/year']),
    ...regimes.map((each) =>
      row([
        spaced(each.regime),
        whole(each.days),
        decimal(each.sharpeAnnual),
        percent(each.returnAnnualRatio, { sign: true }),
      ]),
    ),
    '',
    'checks',
    ...judged.checks.map(
      ({ name, outcome, findings }) =>
        `  ${spaced(name).padEnd(18)} ${marks[outcome].padEnd(8)} ${findings.join('; ')}`,
    ),
    '',
    `${judged.decision}${nextStep(judged.decision)}`,
  ];
}

function nextStep(decision: ReturnType<typeof judge>['decision']): string {
  switch (decision) {
    case 'approved':
      return ': paper trading next, 20 days of it before anything live';
    case 'needs_review':
      return ': somebody has to look before it goes on';
    case 'rejected':
      return '';
  }
}

function capacitySentence({ timesMax, isReached }: Capacity): string {
  if (timesMax === null) return 'nothing was earned that size could halve';
  return isReached
    ? `more than half is kept up to ${whole(timesMax)}×, and not at the next size`
    : `more than half is kept at ${whole(timesMax)}×, the largest that was tried`;
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell) => cell.padStart(13)).join('')}`;
}
