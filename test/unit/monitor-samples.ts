import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { ExecutionFact } from '../../services/kernel/bus/execution-row.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { scopeAll } from '../../services/kernel/kill-switch/switch-definition.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import type { OrderActor } from '../../services/kernel/order/order-actor.ts';
import {
  accepted,
  aDecision,
  aFill,
  anIntent,
  anOrder,
  lotsMatched,
  submitStarted,
} from '../machines/order-samples.ts';

export function stagedOrder(name: string): { readonly order: OrderActor; readonly staged: ExecutionFact } {
  const order = anOrder(anIntent({ clientOrderId: brandOf.clientOrderId(name) }));
  return { order, staged: { case: 'order', value: order.stagedRow() } };
}

export function rows(order: OrderActor, ...bodies: readonly OrderBody[]): readonly ExecutionFact[] {
  return bodies.map((body): ExecutionFact => ({ case: 'order', value: order.apply(body) }));
}

/** The whole happy life of a buy of 100 at 50. */
export function resolvedLife(name: string): readonly ExecutionFact[] {
  const { order, staged } = stagedOrder(name);
  const approved = aDecision(order.context.intent, 'approved');
  return [
    staged,
    ...rows(order, approved, submitStarted, accepted, aFill(`${name}-1`, 40), aFill(`${name}-2`, 60)),
    ...rows(order, lotsMatched),
  ];
}

export function deniedLife(name: string): readonly ExecutionFact[] {
  const { order, staged } = stagedOrder(name);
  return [staged, ...rows(order, aDecision(order.context.intent, 'denied'))];
}

export function tripped(name: string, overrides: Partial<KillSwitchEvent> = {}): KillSwitchEvent {
  return {
    name: brandOf.switchName(name),
    scope: scopeAll,
    action: 'stop',
    level: 'tripped',
    confirmation: 'canceling',
    ignored: false,
    body: {
      case: 'tripped',
      value: {
        source: 'manual.me',
        reason: 'enough',
        marketTime: brandOf.timestampUs(1),
        payload: new Uint8Array(0),
      },
    },
    ...overrides,
  };
}
