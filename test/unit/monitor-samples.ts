import type { AuthorityEvent } from '../../protos/gen/authority.ts';
import type { ExitEvent } from '../../protos/gen/order.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { ExecutionFact } from '../../services/kernel/bus/execution-row.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
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
import { ada } from './signing-samples.ts';

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

/** What a service made of an approval. */
export function anAct(body: AuthorityEvent['body'], overrides: Partial<AuthorityEvent> = {}): AuthorityEvent {
  return {
    subject: subjects.approveOrder.of({ clientOrderId: 'one' }).name,
    type: 'interlock.order.v1.ApproveOrder',
    keyId: ada.keyId,
    nonce: new Uint8Array(16),
    expiry: brandOf.timestampUs(1),
    evidence: new Uint8Array(0),
    body,
    ...overrides,
  };
}

export const wasAccepted = { case: 'accepted', value: {} } as const;

export function anExit(body: ExitEvent['body'], exitId = 'exit-1'): ExecutionFact {
  const value: ExitEvent = {
    exitId: brandOf.eventId(exitId),
    account: brandOf.accountId('main'),
    instrument: brandOf.instrumentId('SPY'),
    body,
  };
  return { case: 'exit', value };
}
