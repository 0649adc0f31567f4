import { type AuthorityEvent, KeyringChange } from '../../protos/gen/authority.ts';
import { KillResume } from '../../protos/gen/control.ts';
import { ApproveOrder, OrderIntent, RejectOrder } from '../../protos/gen/order.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Subject } from '../../services/kernel/bus/subject.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import type { Signer } from '../../services/kernel/signing/operator-key.ts';
import { type SealTerms, signSealed } from '../../services/kernel/signing/seal.ts';
import { intentOf, start, units, type World } from './execution-world.ts';
import { ada, termsOf } from './signing-samples.ts';

/** An order that risk allows for less than was asked, and that a person has to sign. */
export function waitingOrder(world: World, parts: Partial<OrderIntent> = {}) {
  const intent = intentOf({ quantity: brandOf.quantity(units(10)), ...parts });
  const effective = { ...intent, quantity: brandOf.quantity(units(6)) };
  world.send(intent);
  world.decide(intent, { outcome: 'needsApproval', effective });
  world.settle();
  return { id: intent.clientOrderId, intent, effective };
}

export type Waiting = ReturnType<typeof waitingOrder>;

/** Risk looks once more after the signature. */
export function recheck(
  world: World,
  { intent, effective }: Waiting,
  outcome: 'approved' | 'denied' = 'approved',
): void {
  world.decide(intent, { outcome, effective });
  world.settle();
}

export function anApproval(
  { id, effective }: Pick<Waiting, 'id' | 'effective'>,
  options: {
    readonly signer?: Signer;
    readonly terms?: Partial<SealTerms>;
    readonly parts?: Partial<ApproveOrder>;
  } = {},
): ApproveOrder {
  const { account, venue } = effective;
  const digest = sha256(OrderIntent.encode(effective));
  return signSealed<ApproveOrder>(
    ApproveOrder,
    (seal) => ({
      ...{ clientOrderId: id, digest, account, venue, limitsVersion: 'limits' },
      ...options.parts,
      seal,
    }),
    { signer: options.signer ?? ada, terms: termsOf(options.terms) },
  );
}

export function aRejection(id: ClientOrderId, signer: Signer = ada): RejectOrder {
  return signSealed<RejectOrder>(
    RejectOrder,
    (seal) => ({ clientOrderId: id, reason: 'too much of it', seal }),
    { signer, terms: termsOf() },
  );
}

export function aKeyringChange(body: KeyringChange['body'], signer: Signer = ada): KeyringChange {
  return signSealed<KeyringChange>(KeyringChange, (seal) => ({ body, seal }), { signer, terms: termsOf() });
}

export function aResume(signer: Signer = ada): KillResume {
  return signSealed<KillResume>(
    KillResume,
    (seal) => ({ switchName: brandOf.switchName('manual'), requestedBy: 'ada', reason: 'goes on', seal }),
    { signer, terms: termsOf() },
  );
}

/** Anybody who reaches the bus sends this; `payload`: other bytes than the message's own. */
export function say<T>(world: World, subject: Subject<T>, message: T, payload?: Uint8Array): void {
  world.strategy.publish({ subject, message, payload, eventTime: start });
  world.settle();
}

export function approve(world: World, approval: ApproveOrder, payload?: Uint8Array): void {
  const { clientOrderId } = approval;
  say(world, subjects.approveOrder.of({ clientOrderId }), approval, payload);
}

export function authorityRows(world: World): readonly AuthorityEvent[] {
  return world.facts().flatMap((fact) => (fact.case === 'authority' ? [fact.value] : []));
}

/** Codes of what was refused, in the journal's order. */
export function refusals(world: World): readonly string[] {
  return authorityRows(world).flatMap(({ body }) => (body.case === 'refused' ? [body.value.code] : []));
}

/** The kinds of the newest rows, the oldest first. */
export function lastRows(world: World, count: number): readonly string[] {
  return world
    .facts()
    .slice(-count)
    .map((fact) => {
      switch (fact.case) {
        case 'authority':
          return `authority ${fact.value.body.case}`;
        case 'order':
          return `order ${fact.value.body.case}`;
        case 'killSwitch':
          return `switch ${fact.value.body.case}`;
        default:
          return fact.case;
      }
    });
}

/** A row of risk's journal, as its outbox sends it. */
export function sayRow(world: World, event: KillSwitchEvent, sequence: number): void {
  world.risk.publish({
    subject: subjects.killSwitchEvent.of({ name: event.name }),
    message: event,
    eventTime: start,
    producerSequence: brandOf.sequence(sequence),
  });
  world.settle();
}

export function flipped(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.map((byte, at) => (at === index ? byte ^ 1 : byte));
}
