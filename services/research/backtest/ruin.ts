import type { Profile } from '../../../infra/config/profile.ts';
import { toDouble } from '../../kernel/money/amount.ts';

/**
 * How an account came to its end before its data did. Money in the account's currency. Below its maintenance margin a
 * broker closes what is held, at prices that nobody can name; with nothing left there is nothing to go on with. What a
 * strategy would have done after either never happens, so the run ends there.
 */
export interface Ruin {
  readonly kind: 'marginCall' | 'ruined';
  /** Market time in microseconds since the Unix epoch: the close at which it was found. */
  readonly at: number;
  readonly equity: number;
  /** Sum of absolute position values. */
  readonly exposure: number;
  /** The equity that so much exposure needs; 0 of a cash account. */
  readonly required: number;
}

/** What a margin account needs of equity, as a share of its exposure; 0 for cash. */
export function maintenanceRatioOf({ margin }: Pick<Profile['paperVenue'], 'margin'>): number {
  return margin.kind === 'margin' ? toDouble(margin.maintenance) : 0;
}

/** By the mark, at the end of an instant: margin is not only a question of fills. `maintenanceRatio` 0: a cash account. */
export function ruinOf(
  { time, equity, exposure }: { readonly time: number; readonly equity: number; readonly exposure: number },
  maintenanceRatio: number,
): Ruin | undefined {
  const required = exposure * maintenanceRatio;
  if (equity > 0 && equity >= required) return undefined;
  return { kind: equity > 0 ? 'marginCall' : 'ruined', at: time, equity, exposure, required };
}
