import type { BacktestResult } from '../backtest/backtest-result.ts';
import { money } from './wording.ts';

/** What figures of a run leave out, as far as the run was touched by it: nobody may take it for counted. */
export function leftOutOf({
  equity: { cash, equity },
  trades,
  dividends = 0,
}: Pick<BacktestResult, 'equity' | 'trades' | 'dividends'>): readonly string[] {
  const leastCash = cash.reduce((least, one) => Math.min(least, one), 0);
  // More cash than equity is what was received for what is owed.
  const isShort =
    trades.some(({ side }) => side === 'short') || cash.some((one, row) => one > (equity[row] ?? one));
  return [
    ...(dividends === 0
      ? []
      : [`dividends of ${money(dividends)} are in the return, and in no figure of trades`]),
    ...(leastCash < 0 ? [`no interest is charged on borrowed cash, ${money(-leastCash)} at most`] : []),
    ...(isShort ? ['no fee is charged for borrowing what was sold short'] : []),
  ];
}
