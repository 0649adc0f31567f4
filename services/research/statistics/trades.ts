import type { ClosedTrade } from '../backtest/backtest-result.ts';

/**
 * Figures of round trips, money in the account's currency after fees. A trade that earned exactly nothing is neither
 * won nor lost, but counts as a trade. What cannot be told is NaN: a profit factor without a loss.
 */
export interface TradeStatistics {
  readonly trades: number;
  readonly tradesWon: number;
  readonly tradesLost: number;
  /** Won of all. */
  readonly winRatio: number;
  /** Sum of profits over the sum of losses. */
  readonly profitFactor: number;
  /** Mean profit of a trade. */
  readonly expectancy: number;
  readonly averageWin: number;
  /** Negative. */
  readonly averageLoss: number;
  /** Average win over average loss, without its sign: the b of Kelly. */
  readonly payoffRatio: number;
  readonly largestWin: number;
  readonly largestLoss: number;
  readonly winStreakMax: number;
  readonly lossStreakMax: number;
  readonly averageHoldingUs: number;
}

export function tradeStatistics(
  trades: readonly Pick<ClosedTrade, 'pnl' | 'openedAt' | 'closedAt'>[],
): TradeStatistics {
  let won = 0;
  let lost = 0;
  let profit = 0;
  let loss = 0;
  let largestWin = 0;
  let largestLoss = 0;
  let holdingUs = 0;
  for (const { pnl, openedAt, closedAt } of trades) {
    holdingUs += closedAt - openedAt;
    if (pnl > 0) {
      won += 1;
      profit += pnl;
      largestWin = Math.max(largestWin, pnl);
    } else if (pnl < 0) {
      lost += 1;
      loss += pnl;
      largestLoss = Math.min(largestLoss, pnl);
    }
  }
  return {
    trades: trades.length,
    tradesWon: won,
    tradesLost: lost,
    winRatio: won / trades.length,
    profitFactor: lost === 0 ? Number.NaN : profit / -loss,
    expectancy: (profit + loss) / trades.length,
    averageWin: profit / won,
    averageLoss: loss / lost,
    payoffRatio: profit / won / (-loss / lost),
    largestWin,
    largestLoss,
    winStreakMax: longestStreak(trades, (pnl) => pnl > 0),
    lossStreakMax: longestStreak(trades, (pnl) => pnl < 0),
    averageHoldingUs: holdingUs / trades.length,
  };
}

/** How far trades went against and for their holders before they ended (Sweeney's MAE and MFE), in money. */
export interface ExcursionStatistics {
  /** At most 0. */
  readonly adverseMean: number;
  readonly adverseWorst: number;
  /** What winners had to be sat through: a stop nearer than this would have cost them. */
  readonly adverseMeanOfWon: number;
  /** At least 0. */
  readonly favorableMean: number;
  readonly favorableBest: number;
  /** What losers had in hand once. */
  readonly favorableMeanOfLost: number;
}

export function excursionStatistics(
  trades: readonly Pick<ClosedTrade, 'pnl' | 'adverseExcursion' | 'favorableExcursion'>[],
): ExcursionStatistics {
  const sums = { adverse: 0, favorable: 0, adverseOfWon: 0, favorableOfLost: 0, won: 0, lost: 0 };
  let adverseWorst = 0;
  let favorableBest = 0;
  for (const { pnl, adverseExcursion, favorableExcursion } of trades) {
    sums.adverse += adverseExcursion;
    sums.favorable += favorableExcursion;
    adverseWorst = Math.min(adverseWorst, adverseExcursion);
    favorableBest = Math.max(favorableBest, favorableExcursion);
    if (pnl > 0) {
      sums.won += 1;
      sums.adverseOfWon += adverseExcursion;
    } else if (pnl < 0) {
      sums.lost += 1;
      sums.favorableOfLost += favorableExcursion;
    }
  }
  return {
    adverseMean: sums.adverse / trades.length,
    adverseWorst,
    adverseMeanOfWon: sums.adverseOfWon / sums.won,
    favorableMean: sums.favorable / trades.length,
    favorableBest,
    favorableMeanOfLost: sums.favorableOfLost / sums.lost,
  };
}

function longestStreak(
  trades: readonly Pick<ClosedTrade, 'pnl'>[],
  belongs: (pnl: number) => boolean,
): number {
  let longest = 0;
  let length = 0;
  for (const { pnl } of trades) {
    length = belongs(pnl) ? length + 1 : 0;
    longest = Math.max(longest, length);
  }
  return longest;
}
