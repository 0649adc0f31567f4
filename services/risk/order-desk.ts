import { OrderIntent, type ReplaceOrder } from '../../protos/gen/order.ts';
import { RiskDecision } from '../../protos/gen/risk.ts';
import type { Received } from '../kernel/bus/bus.ts';
import type { ExecutionRow } from '../kernel/bus/execution-row.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { ClientOrderId, EventId, LedgerId, Sequence } from '../kernel/codec/brand.ts';
import { authenticate } from '../kernel/signing/authentication.ts';
import { sha256, sha256Text } from '../kernel/signing/digest.ts';
import { asAsked } from '../kernel/sizing/sizing.ts';
import type { Raise } from './alerts.ts';
import { KnownOrders } from './known-orders.ts';
import { isOver } from './open-order.ts';
import type { RiskFacts } from './order-view.ts';
import { Rechecks } from './rechecks.ts';
import { bounds, type RiskPorts } from './risk-options.ts';
import { isUnrestricted, judge, type Verdict } from './verdict.ts';

const nothing = new Uint8Array(0);

/** A decision that execution has not taken into its journal yet. */
interface OpenDecision {
  readonly clientOrderId: ClientOrderId;
  readonly message: RiskDecision;
  /** The message's bytes, authenticated: encoded once, however often it is sent. */
  readonly payload: Uint8Array;
  readonly cause: Cause;
  sentUs: number;
}

interface Cause {
  readonly causationId?: EventId | undefined;
  readonly correlationId?: EventId | undefined;
}

interface Request {
  readonly intent: OrderIntent;
  readonly payload: Uint8Array;
  /** What was signed: nothing else may be approved of it. */
  readonly effectiveOrder?: Uint8Array;
  readonly cause: Cause;
}

export interface OrderDeskOptions {
  readonly ports: Pick<RiskPorts, 'bus' | 'clock' | 'epoch' | 'decisionKey' | 'options'>;
  readonly facts: RiskFacts;
  readonly ledgerId: () => LedgerId | undefined;
  /** Row of execution's journal up to which the facts go. */
  readonly applied: () => Sequence;
  /** Until then nothing is answered, and whoever asked asks again. */
  readonly isReady: () => boolean;
  /** Until then a signed order waits: what is missing for a moment is no reason to deny it. */
  readonly canRecheck: () => boolean;
  readonly raise: Raise;
  /** An order was asked for. */
  readonly onAsked: () => void;
}

/** Decides each order once and says so until execution has heard it. */
export class OrderDesk {
  readonly #options: OrderDeskOptions;
  /** By order, and by request of a replace. */
  readonly #open = new Map<ClientOrderId, OpenDecision>();
  readonly #known = new KnownOrders({
    knownMax: bounds.knownOrdersMax,
    looksMax: bounds.forgetLooksMax,
    isOpen: (id) => this.#open.has(id) || this.#undecided.has(id),
  });
  /** Orders that execution has staged and nobody has decided. */
  readonly #undecided = new Map<ClientOrderId, Uint8Array>();
  readonly #rechecks = new Rechecks();
  /** Replaces of each open order that execution has taken or refused. */
  readonly #answered = new Map<ClientOrderId, Set<ClientOrderId>>();

  constructor(options: OrderDeskOptions) {
    this.#options = options;
  }

  takeIntent(received: Received<OrderIntent>): void {
    if (!this.#options.isReady()) return;
    const { id, correlationId } = received.header;
    const cause = { causationId: id, correlationId };
    this.#decideOnce({ intent: received.message, payload: received.payload(), cause });
  }

  takeReplace(received: Received<ReplaceOrder>): void {
    if (!this.#options.isReady()) return;
    const request = received.message;
    // A command may come again after its answer; a second decision would reserve what nothing releases.
    if (this.#answered.get(request.clientOrderId)?.has(request.requestId)) return;
    const open = this.#open.get(request.requestId);
    if (open !== undefined) {
      if (this.#maySayAgain(open)) this.#send(open);
      return;
    }
    const { facts } = this.#options;
    const working = facts.exposure.orders.get(request.clientOrderId);
    // Execution refuses the replace of an order that is over or that it does not know, without asking.
    if (working?.intent === undefined) return;
    const { quantity, limitPrice, stopPrice } = request;
    const { now } = facts.market;
    const { deadline } = working.intent;
    const intent: OrderIntent = {
      ...working.intent,
      // The deadline was for the sending of the order.
      deadline: deadline > now ? deadline : now,
      quantity,
      limitPrice: limitPrice ?? working.intent.limitPrice,
      stopPrice: stopPrice ?? working.intent.stopPrice,
    };
    const { id, correlationId } = received.header;
    const { approval } = facts.rules;
    const verdict = judge(intent, facts, { sizing: asAsked, filled: working.filled, approval });
    this.#conclude(
      { intent, payload: OrderIntent.encode(intent), cause: { causationId: id, correlationId } },
      withoutSignature(verdict),
      request.requestId,
    );
  }

  /** Execution's row is the answer to a decision; a row without one asks for it. */
  takeRow({ fact }: ExecutionRow): void {
    if (fact.case !== 'order') return;
    const { clientOrderId, state, body, ignored } = fact.value;
    if (body.case === 'staged') {
      this.#known.remember(clientOrderId, sha256Text(body.value.intent));
      if (state === 'staged') this.#undecided.set(clientOrderId, body.value.intent);
      return;
    }
    this.#rechecks.takeRow(fact.value, this.#undecided.get(clientOrderId));
    // Until it is decided, what else is recorded of it, such as a pause that spares it, answers nothing.
    if (state !== 'staged') {
      this.#undecided.delete(clientOrderId);
      // Neither does a second signature, say, which is journaled as a no-op.
      if (state !== 'rechecking' || !ignored) this.#open.delete(clientOrderId);
    }
    const isAnswer = body.case === 'replaceStarted' || body.case === 'replaceRefused';
    if (isAnswer || (body.case === 'replaceRequested' && ignored)) {
      this.#settleReplace(clientOrderId, body.value.requestId);
    }
    if (isOver(state)) this.#forgetReplaces(clientOrderId);
  }

  /** Orders that execution staged while nobody decided: their intent was lost on its way here. */
  decideStaged(): void {
    if (!this.#options.isReady()) return;
    for (const [id, payload] of this.#undecided) {
      if (this.#open.has(id)) continue;
      this.#decideOnce({ intent: OrderIntent.decode(payload), payload, cause: {} });
    }
  }

  /** What a person has signed is judged by the limits and prices of now, as it is: approved or denied, never cut. */
  decideSigned(): void {
    const { isReady, canRecheck, facts } = this.#options;
    if (!isReady() || !canRecheck()) return;
    for (const { clientOrderId, intent: payload, effectiveOrder } of this.#rechecks.signed) {
      if (this.#open.has(clientOrderId)) continue;
      const intent = OrderIntent.decode(effectiveOrder);
      const approval = { kind: 'never' } as const;
      const verdict = judge(intent, facts, { sizing: asAsked, filled: 0n, approval });
      this.#conclude({ intent, payload, effectiveOrder, cause: {} }, verdict);
    }
  }

  resend(): void {
    const nowUs = this.#options.ports.clock.monotonicUs();
    let sent = 0;
    for (const [key, open] of this.#open) {
      if (nowUs - open.sentUs < bounds.decisionResendUs || !this.#maySayAgain(open)) continue;
      this.#send(open);
      // To the back, so that however many there are, each has its turn.
      this.#open.delete(key);
      this.#open.set(key, open);
      sent += 1;
      if (sent >= bounds.decisionResendsMax) return;
    }
  }

  /**
   * Execution takes what it hears after a restriction as decided in its knowledge. What was allowed before is not said
   * again while it would not be allowed; the order waits for the end of that, or for its deadline.
   */
  #maySayAgain({ clientOrderId, message }: OpenDecision): boolean {
    if (message.outcome === 'denied' || message.outcome === 'needsApproval') return true;
    const { facts } = this.#options;
    if (facts.conditions.length === 0) return true;
    const filled = facts.exposure.orders.get(clientOrderId)?.filled ?? 0n;
    return isUnrestricted(OrderIntent.decode(message.effectiveOrder), facts, { filled });
  }

  #decideOnce(request: Request): void {
    const id = request.intent.clientOrderId;
    const digest = sha256Text(request.payload);
    const known = this.#known.digestOf(id);
    if (known !== undefined && known !== digest) {
      this.#quarantine(request);
      return;
    }
    const open = this.#open.get(id);
    if (open !== undefined) {
      if (this.#maySayAgain(open)) this.#send(open);
      return;
    }
    // Execution has it, decided: its own events answer whoever asks again.
    if (known !== undefined && !this.#undecided.has(id)) return;
    this.#known.remember(id, digest);
    const { facts } = this.#options;
    facts.history.noteAsked(request.intent, facts.market.now);
    const { sizing } = this.#options.ports.options;
    const { approval } = facts.rules;
    this.#conclude(request, judge(request.intent, facts, { sizing, filled: 0n, approval }));
    this.#options.onAsked();
  }

  #quarantine(request: Request): void {
    const id = request.intent.clientOrderId;
    const detail = `another order has the id ${id}`;
    this.#options.raise({ severity: 'critical', code: 'DUPLICATE', text: detail, about: id });
    this.#send({
      clientOrderId: id,
      ...this.#decision(request, { outcome: 'denied', denial: { code: 'DUPLICATE', detail } }),
      cause: request.cause,
      sentUs: 0,
    });
  }

  #conclude(request: Request, verdict: Verdict, replaceRequestId?: ClientOrderId): void {
    const { exposure, history, market } = this.#options.facts;
    if (verdict.outcome !== 'denied') {
      exposure.reserve(verdict.order, verdict.remaining, replaceRequestId);
      // What waits for a signature has not been let through.
      if (verdict.outcome !== 'needsApproval') history.noteApproved(request.intent, market.now);
    }
    const open: OpenDecision = {
      clientOrderId: request.intent.clientOrderId,
      ...this.#decision(request, verdict, replaceRequestId),
      cause: request.cause,
      sentUs: 0,
    };
    this.#open.set(replaceRequestId ?? open.clientOrderId, open);
    this.#send(open);
  }

  #decision(
    request: Request,
    verdict: Verdict,
    replaceRequestId?: ClientOrderId,
  ): Pick<OpenDecision, 'message' | 'payload'> {
    const { intent, payload } = request;
    const { epoch, options } = this.#options.ports;
    const denied = verdict.outcome === 'denied';
    const effectiveOrder = denied ? nothing : (request.effectiveOrder ?? effectiveBytes(verdict, request));
    return this.#authenticated({
      clientOrderId: intent.clientOrderId,
      account: intent.account,
      strategy: intent.strategy,
      outcome: verdict.outcome,
      intent: payload,
      effectiveOrder,
      digest: denied ? nothing : sha256(effectiveOrder),
      reasons: denied ? [verdict.denial.code] : [],
      detail: denied ? verdict.denial.detail : verdict.detail,
      riskEpoch: epoch,
      ledgerId: this.#ledgerId(),
      limitsVersion: options.limitsVersion,
      environment: options.rules.environment,
      replaceRequestId,
      appliedSequence: this.#options.applied(),
      authentication: nothing,
    });
  }

  #authenticated(decision: RiskDecision): Pick<OpenDecision, 'message' | 'payload'> {
    const { authentication, payload } = authenticate(
      { type: RiskDecision, field: 16 },
      { key: this.#options.ports.decisionKey, payload: RiskDecision.encode(decision) },
    );
    return { message: { ...decision, authentication }, payload };
  }

  #ledgerId(): LedgerId {
    const ledgerId = this.#options.ledgerId();
    if (ledgerId === undefined) throw new Error('risk was ready before it knew the ledger of execution');
    return ledgerId;
  }

  #send(open: OpenDecision): void {
    const { bus, clock } = this.#options.ports;
    open.sentUs = clock.monotonicUs();
    // Refused while disconnected: then the next tick sends it again.
    bus.publish({
      subject: subjects.decision.of({ clientOrderId: open.clientOrderId }),
      message: open.message,
      payload: open.payload,
      eventTime: this.#options.facts.market.now,
      ...open.cause,
    });
  }

  #settleReplace(id: ClientOrderId, requestId: ClientOrderId): void {
    this.#open.delete(requestId);
    const answered = this.#answered.get(id) ?? new Set();
    this.#answered.set(id, answered.add(requestId));
  }

  #forgetReplaces(id: ClientOrderId): void {
    this.#answered.delete(id);
    for (const [key, open] of this.#open) {
      if (open.clientOrderId === id) this.#open.delete(key);
    }
  }
}

/** As received where nothing was changed: no second encoding of what somebody else wrote. */
function effectiveBytes(verdict: Allowed, { intent, payload }: Request): Uint8Array {
  return verdict.order.quantity === intent.quantity ? payload : OrderIntent.encode(verdict.order);
}

type Allowed = Exclude<Verdict, { outcome: 'denied' }>;

/** A person signs an order as it is, and cannot be asked while it works. */
function withoutSignature(verdict: Verdict): Verdict {
  if (verdict.outcome !== 'needsApproval') return verdict;
  return { outcome: 'denied', denial: { code: 'APPROVAL_NEEDED', detail: verdict.detail } };
}
