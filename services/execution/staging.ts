import type { OrderDecided, OrderIntent } from '../../protos/gen/order.ts';
import { RiskDecision } from '../../protos/gen/risk.ts';
import type { Bus, Received } from '../kernel/bus/bus.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { ClientOrderId, TimestampUs } from '../kernel/codec/brand.ts';
import { equalBytes } from '../kernel/journal/hash-chain.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { Alerts } from './alerts.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import { checkDecision } from './decision-check.ts';
import { limits } from './execution-options.ts';
import type { Gate, SendRefusal } from './gate.ts';
import type { Groups } from './groups.ts';
import type { Kill } from './kill.ts';
import type { Lease } from './lease.ts';
import { publishAgain } from './publication.ts';
import type { ReplaceDecisions } from './replace-decisions.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface StagingPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly groups: Groups;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly lease: Lease;
  readonly gate: Gate;
  readonly kill: Kill;
  readonly alerts: Alerts;
  readonly authority: AuthorityKeeper;
  readonly replaceDecisions: ReplaceDecisions;
  readonly marketTime: () => TimestampUs;
}

interface HeldIntent {
  readonly intent: OrderIntent;
  readonly bytes: Uint8Array;
  readonly stopTimer: StopTimer;
}

/**
 * Intents and decisions become orders. The intent usually comes first and waits in memory for a moment, so that
 * staged, decided and started are one commit; alone, it is committed as staged.
 */
export class Staging {
  readonly #ports: StagingPorts;
  readonly #held = new Map<ClientOrderId, HeldIntent>();

  constructor(ports: StagingPorts) {
    this.#ports = ports;
  }

  takeIntent(received: Received<OrderIntent>): void {
    const intent = received.message;
    const bytes = received.payload();
    const id = intent.clientOrderId;
    const earlier = this.#bytesOf(id);
    if (earlier === undefined) {
      this.#hold({ intent, bytes });
      return;
    }
    if (equalBytes(earlier, bytes)) {
      this.#answerAgain(id);
      return;
    }
    this.#quarantine({
      about: id,
      code: 'ID_REUSED',
      detail: `order ${id} came again with other contents; the first stands`,
    });
  }

  /** Whether it comes from the very start of risk that execution has acknowledged; else nothing of it is believed. */
  isFromRisk(received: Received<RiskDecision>): boolean {
    const { authority } = this.#ports;
    return (
      authority.isFromRisk({ type: RiskDecision, field: 16 }, received) &&
      this.#isOfAcknowledgedEpoch(received)
    );
  }

  takeDecision(decision: RiskDecision): void {
    const { turn, journal } = this.#ports;
    const id = decision.clientOrderId;
    const held = this.#held.get(id);
    const checked = checkDecision(decision, journal.ledgerId, held);
    if (!checked.ok) {
      this.#quarantine({ about: id, code: checked.code, detail: checked.detail });
      return;
    }
    if (decision.replaceRequestId !== undefined) {
      this.#takeReplaceDecision(decision, decision.replaceRequestId);
      return;
    }
    const isHeld = held !== undefined && checked.intent === held.intent;
    if (!isHeld && this.#isOfOtherIntent(decision)) {
      this.#quarantine({
        about: id,
        code: 'DECISION_MISMATCH',
        detail: 'decided on another intent of this id',
      });
      return;
    }
    turn.run(() => {
      const entry = this.release(id) ?? this.#stage(checked.intent, decision.intent);
      this.#decide(entry, decision);
    });
  }

  /**
   * The order of this id; one that waits for its decision is committed at once, and the journal, which did not know it
   * when it began to wait, is not asked again. Inside a turn.
   */
  release(id: ClientOrderId): OrderEntry | undefined {
    const held = this.#held.get(id);
    if (held === undefined) return this.#ports.orders.find(id);
    return this.#stage(held.intent, held.bytes);
  }

  /** What waits is dropped: whoever sent it sends it again. */
  stop(): void {
    for (const held of this.#held.values()) held.stopTimer();
    this.#held.clear();
  }

  #isOfOtherIntent({ clientOrderId, intent }: RiskDecision): boolean {
    const earlier = this.#bytesOf(clientOrderId);
    return earlier !== undefined && !equalBytes(earlier, intent);
  }

  #bytesOf(id: ClientOrderId): Uint8Array | undefined {
    return this.#held.get(id)?.bytes ?? this.#ports.orders.known(id)?.intentBytes;
  }

  #hold(intent: Omit<HeldIntent, 'stopTimer'>): void {
    const { turn, clock } = this.#ports;
    const { clientOrderId: id } = intent.intent;
    const commit = (): void => turn.run(() => this.release(id));
    const stopTimer = clock.after(limits.intentHoldUs, commit);
    this.#held.set(id, { ...intent, stopTimer });
    if (this.#held.size > limits.heldIntentsMax) commit();
  }

  #stage(intent: OrderIntent, bytes: Uint8Array): OrderEntry {
    const { orders, groups, kill, marketTime } = this.#ports;
    this.#held.get(intent.clientOrderId)?.stopTimer();
    this.#held.delete(intent.clientOrderId);
    const entry = orders.stage(intent, bytes);
    groups.add(entry);
    kill.applyTo(entry);
    if (!entry.actor.closed && intent.deadline < marketTime()) {
      orders.change(entry, { case: 'deadlinePassed', value: { marketTime: marketTime() } });
    }
    return entry;
  }

  #decide(entry: OrderEntry, decision: RiskDecision): void {
    const { orders, gate, lease } = this.#ports;
    if (isRepetition(entry, decision)) {
      this.#answerAgain(entry.actor.id);
      return;
    }
    // What may not go now is denied, so that nobody waits for it; a child's time comes with its parent's fill.
    const isToGo = decision.outcome !== 'denied' && decision.outcome !== 'needsApproval';
    const isChild = entry.actor.context.intent.parentOrderId !== undefined;
    entry.decidedAfter = lease.restrictionsSaid;
    const outdated = isToGo && gate.isOutdated(decision) ? 'STALE_EXPOSURE' : undefined;
    const refusal = outdated ?? (isToGo && !isChild ? gate.refusal(entry) : undefined);
    const value = refusal === undefined ? decided(decision) : refused(decision, refusal);
    orders.change(entry, { case: 'decided', value });
  }

  #takeReplaceDecision(decision: RiskDecision, requestId: ClientOrderId): void {
    const { turn, orders, gate, replaceDecisions } = this.#ports;
    const isDenied = decision.outcome === 'denied' || decision.outcome === 'needsApproval';
    const denial = isDenied ? (decision.reasons[0] ?? 'DENIED') : undefined;
    const code = denial ?? (gate.isOutdated(decision) ? 'STALE_EXPOSURE' : undefined);
    replaceDecisions.take(requestId, code === undefined ? { allowed: true } : { allowed: false, code });
    turn.run(() => {
      const entry = orders.find(decision.clientOrderId);
      if (entry !== undefined) orders.touch(entry);
    });
  }

  #isOfAcknowledgedEpoch(received: Received<RiskDecision>): boolean {
    const { lease, alerts, authority } = this.#ports;
    const { clientOrderId, riskEpoch } = received.message;
    if (riskEpoch === lease.riskEpoch) return true;
    if (riskEpoch < lease.riskEpoch) {
      const detail = `risk's start ${riskEpoch} decided on order ${clientOrderId}; acknowledged is ${lease.riskEpoch}`;
      authority.refuse(received, { type: RiskDecision, code: 'STALE_EPOCH', detail });
      return false;
    }
    // Risk may be ahead of its grant, or this process has had none yet: it says it again.
    alerts.raise('warning', {
      code: 'STALE_DECISION',
      text: `A decision on order ${clientOrderId} is of risk's start ${riskEpoch}, acknowledged is ${lease.riskEpoch}: not used.`,
      about: clientOrderId,
    });
    return false;
  }

  #answerAgain(id: ClientOrderId): void {
    const known = this.#ports.orders.known(id);
    if (known !== undefined) publishAgain(this.#ports, known.lastSequence);
  }

  #quarantine({
    about,
    code,
    detail,
  }: {
    readonly about: string;
    readonly code: string;
    readonly detail: string;
  }): void {
    this.#ports.alerts.raise('critical', { code, text: `Quarantined: ${detail}.`, about });
  }
}

/** The same decision, said again because risk had not heard of the order yet. */
function isRepetition({ actor }: OrderEntry, decision: RiskDecision): boolean {
  const known = actor.context.decision;
  if (known === undefined) return actor.closed && decision.outcome === 'denied';
  return known.riskEpoch === decision.riskEpoch && known.outcome === decision.outcome;
}

function decided(decision: RiskDecision): OrderDecided {
  const { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail } = decision;
  return { outcome, effectiveOrder, digest, reasons, riskEpoch, limitsVersion, detail };
}

/** Risk allowed it and execution may not send it. */
function refused(decision: RiskDecision, refusal: SendRefusal): OrderDecided {
  const nothing = new Uint8Array();
  const detail = 'refused by execution';
  return {
    ...decided(decision),
    outcome: 'denied',
    effectiveOrder: nothing,
    digest: nothing,
    reasons: [refusal],
    detail,
  };
}
