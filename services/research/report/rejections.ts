import type { BacktestResult } from '../backtest/backtest-result.ts';

/** The venue's words, and how many orders it rejected with them before any fill. */
export function rejectionsOf(outcomes: BacktestResult['outcomes']): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { state, filledQuantity, reasons } of outcomes) {
    if (state !== 'rejected' || filledQuantity > 0) continue;
    const reason = reasons.join(', ');
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
