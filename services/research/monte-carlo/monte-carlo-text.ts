import type { Bands, Estimate, MonteCarloStudy } from './monte-carlo.ts';

/** For people, a line each. */
export function monteCarloText(
  study: MonteCarloStudy,
  { start, ruinLevel }: { readonly start: number; readonly ruinLevel: number },
): readonly string[] {
  const count = (value: number): string => value.toLocaleString('en-US');
  const money = (value: number): string =>
    value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return [
    `${count(study.paths)} paths of ${count(study.periods)} periods, from ${money(start)}`,
    '',
    row('', ['1%', '5%', '25%', 'median', '75%', '95%', '99%']),
    row('final equity', bandValues(study.finalEquity).map(money)),
    row(
      'max drawdown',
      bandValues(study.maxDrawdownRatio).map((ratio) => percent(ratio)),
    ),
    '',
    estimateLine('ends below its start', study.loss),
    estimateLine(`ever falls to ${percent(ruinLevel)} of its start`, study.ruin),
  ];
}

const nameWidth = 14;
const valueWidth = 16;

function row(name: string, values: readonly string[]): string {
  return `${name.padEnd(nameWidth)}${values.map((value) => value.padStart(valueWidth)).join('')}`;
}

function bandValues({ p01, p05, p25, p50, p75, p95, p99 }: Bands): readonly number[] {
  return [p01, p05, p25, p50, p75, p95, p99];
}

function estimateLine(what: string, { probability, low, high }: Estimate): string {
  return `${what}: ${percent(probability, 2)} of the paths (95% interval ${percent(low, 2)} to ${percent(high, 2)})`;
}

function percent(ratio: number, places = 1): string {
  return `${(ratio * 100).toFixed(places)}%`;
}
