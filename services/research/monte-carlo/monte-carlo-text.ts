import { money, percent, roundMoney, whole } from '../report/wording.ts';
import type { Bands, Estimate, MonteCarloStudy } from './monte-carlo.ts';

/** For people, a line each. */
export function monteCarloText(
  study: MonteCarloStudy,
  { start, ruinLevel }: { readonly start: number; readonly ruinLevel: number },
): readonly string[] {
  return [
    `${whole(study.paths)} paths of ${whole(study.periods)} periods, from ${money(start)}`,
    '',
    row('', ['1%', '5%', '25%', 'median', '75%', '95%', '99%']),
    row(
      'final equity',
      bandValues(study.finalEquity).map((equity) => roundMoney(equity)),
    ),
    row(
      'max drawdown',
      bandValues(study.maxDrawdownRatio).map((ratio) => percent(-ratio)),
    ),
    '',
    estimateLine('ends below its start', study.loss),
    estimateLine(`ever falls to ${percent(ruinLevel)} of its start`, study.ruin),
  ];
}

const nameWidth = 14;
/** Seven of them beside the name fit into a terminal of 80 columns. */
const valueWidth = 9;

function row(name: string, values: readonly string[]): string {
  return `${name.padEnd(nameWidth)}${values.map((value) => ` ${value}`.padStart(valueWidth)).join('')}`;
}

function bandValues({ p01, p05, p25, p50, p75, p95, p99 }: Bands): readonly number[] {
  return [p01, p05, p25, p50, p75, p95, p99];
}

function estimateLine(what: string, { probability, low, high }: Estimate): string {
  return `${what}: ${share(probability)} of the paths (95% interval ${share(low)} to ${share(high)})`;
}

const share = (probability: number): string => percent(probability, { digits: 2 });
