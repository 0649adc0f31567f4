import { ApproveOrder, RejectOrder } from '../../protos/gen/order.ts';
import type { Bus, Received } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { ClientOrderId } from '../kernel/codec/brand.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { AuthorityCode } from '../kernel/signing/authority.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import { publishAgain } from './publication.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';

export interface ApprovalPorts {
  readonly orders: Supervisor;
  readonly authority: AuthorityKeeper;
  readonly journal: Journal;
  readonly bus: Bus;
}

interface Ruling {
  readonly approved: boolean;
  readonly reason: string;
  readonly evidence: Uint8Array;
}

/** A person's yes or no to one order that waits for it: of exactly the bytes that risk allowed, under its limits. */
export class Approvals {
  readonly #ports: ApprovalPorts;

  constructor(ports: ApprovalPorts) {
    this.#ports = ports;
  }

  approve(received: Received<ApproveOrder>): void {
    const { subject, message } = received;
    const id = message.clientOrderId;
    const payload = received.payload();
    this.#ports.authority.take(
      {
        ...{ subject, message, payload },
        type: ApproveOrder,
        objection: () =>
          this.#misplaced(id, subjects.approveOrder.tokensOf(subject)?.clientOrderId) ??
          this.#objectionTo(message),
      },
      {
        onAccepted: (keyId) => this.#rule(id, keyId, { approved: true, reason: '', evidence: payload }),
        onRepeated: () => this.#answerAgain(id),
      },
    );
  }

  reject(received: Received<RejectOrder>): void {
    const { subject, message } = received;
    const { clientOrderId: id, reason } = message;
    const payload = received.payload();
    this.#ports.authority.take(
      {
        ...{ subject, message, payload },
        type: RejectOrder,
        objection: () => this.#misplaced(id, subjects.rejectOrder.tokensOf(subject)?.clientOrderId),
      },
      {
        onAccepted: (keyId) => this.#rule(id, keyId, { approved: false, reason, evidence: payload }),
        onRepeated: () => this.#answerAgain(id),
      },
    );
  }

  #rule(id: ClientOrderId, keyId: string, ruling: Ruling): void {
    const entry = this.#waiting(id);
    if (entry === undefined) throw new Error(`order ${id} does not wait for the approval that was accepted`);
    this.#ports.orders.change(entry, { case: 'approvalDecided', value: { keyId, ...ruling } });
  }

  #misplaced(id: ClientOrderId, named: string | undefined): AuthorityCode | undefined {
    if (named !== id) return 'SUBJECT_MISMATCH';
    return this.#waiting(id) === undefined ? 'NOT_WAITING' : undefined;
  }

  /** The same order, for the same account, under the same limits as were looked at. */
  #objectionTo({
    clientOrderId,
    account,
    venue,
    digest,
    limitsVersion,
  }: ApproveOrder): AuthorityCode | undefined {
    const context = this.#waiting(clientOrderId)?.actor.context;
    if (context?.decision === undefined) return 'NOT_WAITING';
    const { order, decision } = context;
    if (account !== order.account || venue !== order.venue) return 'WRONG_ACCOUNT';
    if (hexOf(digest) !== hexOf(decision.digest)) return 'OTHER_ORDER';
    return limitsVersion === decision.limitsVersion ? undefined : 'OTHER_LIMITS';
  }

  #waiting(id: ClientOrderId): OrderEntry | undefined {
    const entry = this.#ports.orders.find(id);
    return entry?.actor.state === 'awaitingApproval' ? entry : undefined;
  }

  /** The ruling, and what has become of the order since. */
  #answerAgain(id: ClientOrderId): void {
    for (const sequence of this.#ports.orders.rowsSince(id, 'approvalDecided'))
      publishAgain(this.#ports, sequence);
  }
}
