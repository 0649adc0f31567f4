import type { Environment } from '../../protos/gen/system.ts';
import type {
  AccountId,
  DurationUs,
  InstrumentId,
  LedgerId,
  StrategyId,
  VenueId,
} from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { StrategyContext, StrategyHandlers } from './author.ts';
import { checkHandlers } from './handlers.ts';
import { Instance } from './instance.ts';
import type { Definitions } from './intent.ts';

/** One strategy of the profile, its module loaded and its parameters checked. */
export interface StrategyPlan {
  readonly id: StrategyId;
  readonly instruments: readonly InstrumentId[];
  readonly interval: DurationUs;
  /** Market time after which an intent that was not sent is worthless; absent: two bars. */
  readonly intentLifeUs?: DurationUs | undefined;
  /** Bars an instrument wanted as warm-up. */
  readonly historyBars: number;
  /** Gives back the author's handlers, as `StrategyHandlers` says; they are checked when the host has them. */
  create(context: StrategyContext): unknown;
}

export interface Hosted {
  readonly plan: StrategyPlan;
  readonly instance: Instance;
}

const intentLifeBars = 2;

/** Throws what the author's `create` throws. */
export function host(
  plan: StrategyPlan,
  place: {
    readonly ledgerId: LedgerId;
    readonly account: AccountId;
    readonly venue: VenueId;
    readonly environment: Environment;
  },
  definitions: Definitions,
): Hosted {
  const { ledgerId, account, venue, environment } = place;
  const intentLifeUs = plan.intentLifeUs ?? brandOf.durationUs(plan.interval * intentLifeBars);
  const desk = { ledgerId, account, venue, environment, strategy: plan.id, intentLifeUs };
  const create = (context: StrategyContext): StrategyHandlers => checkHandlers(plan.create(context));
  return { plan, instance: new Instance({ desk, instruments: plan.instruments, definitions, create }) };
}
