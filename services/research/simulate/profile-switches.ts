import { createRandomSource } from '../../../infra/feeds/random-source.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { type SwitchDefinition, scopeAll } from '../../kernel/kill-switch/switch-definition.ts';
import type { FaultPlan } from './fault-plan.ts';

const shared = {
  enabled: true,
  graceUs: brandOf.durationUs(2_000_000),
  onGraceExpired: 'stay',
  coolDownUs: brandOf.durationUs(2_000_000),
} as const;

/** Of equity: a day of trading wanders over a tenth of it, a fall of the market passes it. */
const drawdownRatio = 0.0004;
/** Of a low: a market that falls comes to less, one wild quote to more. */
const rangeRatio = 4;
/** More than strategies ask for unless they are told to. */
const burstThreshold = 13;

/** What the profile of a seed has beside the manual switch: something that its own faults can trip. */
export function profileSwitches(seed: number, plan: FaultPlan): readonly SwitchDefinition[] {
  const random = createRandomSource(seed, 'switches');
  const drawdownAction = random.uniform() < 0.8 ? 'liquidate' : 'stop';
  const rateAction = random.uniform() < 0.7 ? 'liquidate' : 'stop';
  const isOfOne = random.uniform() < 0.6;
  const switches: SwitchDefinition[] = [];
  if (plan.kinds.includes('priceFall')) {
    const name = brandOf.switchName('maxDrawdown');
    switches.push({ ...shared, name, scope: scopeAll, threshold: drawdownRatio, action: drawdownAction });
  }
  // What stands between a price that is a lie and orders that are valued by it.
  if (plan.kinds.includes('wildQuote')) {
    const name = brandOf.switchName('volatility');
    switches.push({ ...shared, name, scope: scopeAll, threshold: rangeRatio, action: 'pause' });
  }
  if (plan.kinds.includes('orderBurst')) {
    switches.push({
      ...shared,
      name: brandOf.switchName(isOfOne ? 'orderRate-wild' : 'orderRate'),
      kind: 'orderRate',
      scope: isOfOne ? { kind: 'strategy', id: 'wild' } : scopeAll,
      threshold: burstThreshold,
      action: rateAction,
    });
  }
  return switches;
}
