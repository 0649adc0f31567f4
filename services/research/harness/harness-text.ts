import { assertNever } from '../../kernel/assert-never.ts';
import { percent } from '../report/wording.ts';
import type { HarnessOptions, HarnessResult } from './harness.ts';

/** For people, a line each. */
export function harnessText(result: HarnessResult, options: HarnessOptions): readonly string[] {
  const { trades, skipped, startingBankroll, finalBankroll, maxDrawdownRatio } = result;
  const won = trades.filter(({ isWon }) => isWon).length;
  const lowest = trades.reduce((low, { bankroll }) => Math.min(low, bankroll), startingBankroll);
  const rows: readonly (readonly [string, string])[] = [
    ['ended', endedText(result, options)],
    ['trades', `${trades.length} of ${options.trades}, ${won} won`],
    ['passed over', `${skipped.noEdge} without an edge, ${skipped.belowOneContract} below one contract`],
    ['bankroll', `${dollars(startingBankroll)} to ${dollars(finalBankroll)}, lowest ${dollars(lowest)}`],
    ['max drawdown', percent(-maxDrawdownRatio)],
    ['fees', dollars(result.fees)],
    ['seed', String(result.seed)],
    ['state hash', result.stateHash],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}`);
}

function endedText({ ended }: HarnessResult, options: HarnessOptions): string {
  switch (ended) {
    case 'complete':
      return 'complete';
    case 'ruinGuard':
      return `by the ruin guard: ${percent(options.ruinLevel)} of the first bankroll is never put at risk, and no more was left`;
    case 'drawdownFailSafe':
      return `by the fail-safe: the drawdown reached ${percent(options.drawdownRatioMax)}`;
    case 'noOccasions':
      return 'no more occasions with an edge were found';
    default:
      return assertNever(ended);
  }
}

/** From ten-thousandths of a dollar. */
function dollars(units: number): string {
  return (units / 10_000).toFixed(2);
}
