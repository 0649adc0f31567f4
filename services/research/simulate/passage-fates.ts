import type { Passage } from '../../../infra/sim/fifo-bus.ts';
import type { PassageFate } from '../../../infra/sim/sim-bus.ts';
import type { SimProcess } from '../../../infra/sim/simulation.ts';
import type { FaultPlan } from './fault-plan.ts';

/** Of a message that nothing disturbs. */
const quickUs = 100;

interface Network {
  readonly plan: FaultPlan;
  /** Undefined while it is down. */
  readonly risk: () => SimProcess | undefined;
}

/** What becomes of one message on its way. */
export function passageFate({ plan, risk }: Network, { kind, subject }: Passage): PassageFate {
  if (subject.startsWith('data.')) return { copies: plan.strikes('drop') ? 0 : 1, delayUs: quickUs };
  if (kind === 'stored') return { copies: plan.strikes('streamSilent') ? 0 : 1, delayUs: 400 };
  if (plan.strikes('drop')) return { copies: 0, delayUs: 0 };
  if (subject.startsWith('events.v1.risk.decision.') && plan.strikes('lastWord')) {
    const process = risk();
    // Once what it does now is done.
    process?.simulation.at(process.simulation.nowUs, () => process.kill());
    return { copies: 1, delayUs: plan.between('lastWord', 100_000, 2_500_000) };
  }
  // Long enough for risk to die and to come back meanwhile.
  if (subject.startsWith('events.v1.risk.decision.') && plan.strikes('lateDecision')) {
    return { copies: 1, delayUs: plan.between('lateDecision', 1_000_000, 5_000_000) };
  }
  const copies = plan.strikes('duplicate') ? 2 : 1;
  const delayUs = plan.strikes('delay') ? plan.between('delay', 1_000, 1_500_000) : quickUs;
  return { copies, delayUs };
}
