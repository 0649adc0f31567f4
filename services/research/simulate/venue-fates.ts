import type { RequestFate } from '../../../infra/sim/venue-link.ts';
import type { FaultPlan } from './fault-plan.ts';

/** What becomes of one request to the venue. */
export function requestFate(plan: FaultPlan): RequestFate {
  const slow = plan.strikes('slowVenue');
  const wayUs = (): number => (slow ? plan.between('slowVenue', 1_000, 390_000) : 800);
  const kind = plan.strikes('lostBefore')
    ? 'lostBefore'
    : plan.strikes('lostAfter')
      ? 'lostAfter'
      : 'answered';
  return { kind, thereUs: wayUs(), backUs: wayUs() };
}

/** When a report of the venue comes: twice, at times, or never. */
export function reportDelaysUs(plan: FaultPlan): readonly number[] {
  if (plan.strikes('reportLost')) return [];
  return plan.strikes('reportTwice') ? [800, plan.between('reportTwice', 800, 2_000_000)] : [800];
}
