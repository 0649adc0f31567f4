import type { Ruin } from '../backtest/ruin.ts';
import { dayOf, money } from './wording.ts';

/** For whoever reads no further than a title. */
export function ruinMark({ kind, at }: Ruin): string {
  return `${kind === 'ruined' ? 'RUINED' : 'MARGIN CALL'} on ${dayOf(at)}`;
}

export function ruinText({ kind, at, equity, exposure, required }: Ruin): string {
  const left = `${money(equity)} left, with ${money(exposure)} held`;
  return kind === 'ruined'
    ? `Ruined on ${dayOf(at)}: ${left}.`
    : `Margin call on ${dayOf(at)}: ${left}, which needs ${money(required)}.`;
}
