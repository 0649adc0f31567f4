import type { OrderIntent } from '../../protos/gen/order.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { ClientOrderId, InstrumentId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { notional, scale } from '../../services/kernel/money/amount.ts';
import type {
  FillChange,
  FillReport,
  ReadOutcome,
  RequestOutcome,
  VenueActivity,
  VenueFill,
  VenueGateway,
  VenueOrder,
  VenueOrderStatus,
  VenueReplace,
  VenueReport,
} from '../../services/kernel/venue/venue-gateway.ts';

/**
 * A venue of one account that keeps honest books and answers as it is told: it survives the death of the process that
 * trades on it, as a venue does. `lost` requests reach nobody, `silent` ones are carried out and never answered.
 */
export type Answer = 'done' | 'lost' | 'silent' | 'refused';

interface Kept {
  order: VenueOrder;
  readonly intent: OrderIntent;
}

interface Connection {
  readonly onReport: (report: VenueReport) => void;
  readonly onStatus: (status: 'connected' | 'disconnected', reason: string) => void;
}

const account = brandOf.accountId('main');
const venue = brandOf.venueId('paper');
const unanswered: RequestOutcome = { kind: 'unanswered', reason: 'timeout' };
const openingCash = 100_000n * scale;

export class ScriptedVenue {
  /** Ids in the order in which submits reached the venue, repetitions included. */
  readonly submitted: ClientOrderId[] = [];
  readonly canceled: ClientOrderId[] = [];
  /** What happens to the next requests; after the last, `done`. */
  readonly submitAnswers: Answer[] = [];
  readonly cancelAnswers: Answer[] = [];
  readonly replaceAnswers: Answer[] = [];
  /** Reports about orders are swallowed. */
  mute = false;
  /** Reads fail. */
  unreadable = false;
  /** The answers to requests come so late; what they tell is reported at once. */
  answerDelayUs = 1;
  /** Runs before each read. */
  beforeRead: () => void = () => {};
  /** Taken away from what the venue says it has, to make it disagree. */
  cashError = 0n;

  readonly #clock: Clock;
  readonly #orders = new Map<ClientOrderId, Kept>();
  readonly #fills: FillReport[] = [];
  readonly #activities: VenueActivity[] = [];
  readonly #positions = new Map<InstrumentId, bigint>();
  #cash = openingCash;
  #cursor = 0;
  #venueOrders = 0;
  #connection: Connection | undefined;
  #sever: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  gateway(): VenueGateway {
    const alive = { is: true };
    this.#sever = () => {
      alive.is = false;
      this.#connection = undefined;
    };
    const later = (run: () => void): void => {
      this.#clock.after(1, () => {
        if (alive.is) run();
      });
    };
    const read = <T>(value: () => T, done: (outcome: ReadOutcome<T>) => void): void => {
      this.beforeRead();
      const failed = this.unreadable;
      const taken = value();
      later(() => done(failed ? { kind: 'failed', reason: 'unreadable' } : { kind: 'read', value: taken }));
    };
    const ask = (carryOut: () => RequestOutcome, done: (outcome: RequestOutcome) => void): void =>
      later(() => {
        const outcome = carryOut();
        this.#clock.after(this.answerDelayUs, () => {
          if (alive.is) done(outcome);
        });
      });
    return {
      venue,
      account,
      absence: {
        sources: ['byClientOrderId', 'openOrders'],
        reads: 2,
        quietPeriodUs: brandOf.durationUs(1_000_000),
      },
      capabilities: { bracket: false, oco: false, replace: true },
      connect: (handlers) => {
        this.#connection = {
          onReport: (report) => later(() => handlers.onReport(report)),
          onStatus: (status, reason) => later(() => handlers.onStatus(status, reason)),
        };
        this.#connection.onStatus('connected', '');
      },
      submit: (order, isStillAllowed, done) => ask(() => this.#submit(order, isStillAllowed), done),
      cancel: (id, done) => ask(() => this.#cancel(id), done),
      replace: (request, isStillAllowed, done) => ask(() => this.#replace(request, isStillAllowed), done),
      openOrders: (done) => read(() => this.openOrders(), done),
      orderByClientId: (id, done) => read(() => this.#orders.get(id)?.order, done),
      fillsSince: (cursor, done) =>
        read(() => this.#fills.filter((report) => cursorOf(report) > cursor), done),
      activitiesSince: (cursor, done) =>
        read(() => this.#activities.filter((one) => one.cursor > cursor), done),
      positions: (done) =>
        read(
          () =>
            [...this.#positions].map(([instrument, quantity]) => ({
              instrument,
              quantity: brandOf.signedQuantity(quantity),
            })),
          done,
        ),
      readAccount: (done) => {
        read(() => {
          const cash = brandOf.money(this.#cash - this.cashError);
          return { account, cash, buyingPower: cash };
        }, done);
      },
      close: async () => this.#sever(),
    };
  }

  openOrders(): readonly VenueOrder[] {
    return [...this.#orders.values()]
      .map((kept) => kept.order)
      .filter((order) => order.status === 'working' || order.status === 'partiallyFilled');
  }

  cash(): bigint {
    return this.#cash;
  }

  position(instrument: InstrumentId): bigint {
    return this.#positions.get(instrument) ?? 0n;
  }

  /** A fill whose report may be lost on its way; untold: it is in no list either. */
  fill(
    id: ClientOrderId,
    trade: { quantity: bigint; price: bigint; fees?: bigint; lost?: boolean; untold?: boolean },
  ): VenueFill {
    const kept = this.#kept(id);
    this.#cursor += 1;
    const fill: VenueFill = {
      clientOrderId: id,
      venueOrderId: kept.order.venueOrderId,
      instrument: kept.order.instrument,
      executionId: brandOf.executionId(`x${this.#cursor}`),
      quantity: brandOf.quantity(trade.quantity),
      price: brandOf.price(trade.price),
      fees: brandOf.money(trade.fees ?? 0n),
      time: brandOf.timestampUs(1_000_000 + this.#cursor),
      cursor: this.#cursor,
    };
    if (trade.untold === true) this.#cursor -= 1;
    else this.#fills.push({ kind: 'filled', fill });
    const filled = brandOf.quantity(kept.order.filledQuantity + fill.quantity);
    const after: VenueOrderStatus = filled >= kept.order.quantity ? 'filled' : 'partiallyFilled';
    const status = isOpen(kept.order) ? after : kept.order.status;
    kept.order = { ...kept.order, filledQuantity: filled, status };
    const signed = kept.intent.side === 'buy' ? fill.quantity : -fill.quantity;
    this.#positions.set(fill.instrument, (this.#positions.get(fill.instrument) ?? 0n) + signed);
    const value = notional(fill.price, brandOf.signedQuantity(signed), {
      multiplier: 1,
      rounding: 'halfEven',
    });
    this.#cash -= value + fill.fees;
    if (trade.lost !== true && trade.untold !== true) this.repeat(fill);
    return fill;
  }

  repeat(fill: VenueFill): void {
    this.#report({ kind: 'filled', fill });
  }

  /** Takes a fill back; what tells of it may be lost on its way. */
  bust(fill: VenueFill, { lost = false } = {}): FillChange {
    const kept = this.#kept(fill.clientOrderId);
    const signed = kept.intent.side === 'buy' ? fill.quantity : -fill.quantity;
    this.#positions.set(fill.instrument, (this.#positions.get(fill.instrument) ?? 0n) - signed);
    this.#cash +=
      notional(fill.price, brandOf.signedQuantity(signed), { multiplier: 1, rounding: 'halfEven' }) +
      fill.fees;
    const filled = brandOf.quantity(kept.order.filledQuantity - fill.quantity);
    // What had filled is not opened again.
    const status = kept.order.status === 'filled' ? 'canceled' : kept.order.status;
    kept.order = { ...kept.order, filledQuantity: filled, status };
    this.#cursor += 1;
    const change: FillChange = {
      kind: 'fillBusted',
      clientOrderId: fill.clientOrderId,
      executionId: fill.executionId,
      reason: 'clearly erroneous',
      time: brandOf.timestampUs(1_000_000 + this.#cursor),
      cursor: this.#cursor,
    };
    this.#fills.push(change);
    if (!lost) this.repeatChange(change);
    return change;
  }

  /** A fill, given as it stands, was at another price. */
  correct(fill: VenueFill, price: bigint, { lost = false } = {}): FillChange {
    const kept = this.#kept(fill.clientOrderId);
    const signed = kept.intent.side === 'buy' ? fill.quantity : -fill.quantity;
    const dearer = brandOf.price(price - fill.price);
    this.#cash -= notional(dearer, brandOf.signedQuantity(signed), { multiplier: 1, rounding: 'halfEven' });
    this.#cursor += 1;
    const { clientOrderId, executionId, quantity, fees } = fill;
    const change: FillChange = {
      ...{ kind: 'fillCorrected', clientOrderId, executionId, quantity, fees },
      price: brandOf.price(price),
      time: brandOf.timestampUs(1_000_000 + this.#cursor),
      cursor: this.#cursor,
    };
    this.#fills.push(change);
    if (!lost) this.repeatChange(change);
    return change;
  }

  repeatChange(change: FillChange): void {
    this.#report(change);
  }

  /** As a venue that keeps its orders for a day only. */
  forget(id: ClientOrderId): void {
    this.#orders.delete(id);
  }

  end(id: ClientOrderId, status: 'canceled' | 'expired', options: { lost?: boolean } = {}): void {
    const kept = this.#kept(id);
    kept.order = { ...kept.order, status };
    if (options.lost !== true) this.#report({ kind: status, clientOrderId: id, reason: 'by the venue' });
  }

  /** Cash that moves without an order. */
  dividend(amount: bigint, activityId: string): void {
    this.#cash += amount;
    this.#cursor += 1;
    const activity: VenueActivity = {
      kind: 'cash',
      cursor: this.#cursor,
      time: brandOf.timestampUs(2_000_000),
      adjusted: {
        account,
        venue,
        currency: brandOf.currency('USD'),
        amount: brandOf.money(amount),
        reason: 'dividend',
        activityId,
        detail: '',
      },
    };
    this.#activities.push(activity);
    this.#report({ kind: 'activity', activity });
  }

  /** Lists them the other way round from now on. */
  reversePositions(): void {
    const positions = [...this.#positions].toReversed();
    this.#positions.clear();
    for (const [instrument, quantity] of positions) this.#positions.set(instrument, quantity);
  }

  /** An order of somebody else on the same account. */
  addForeign(intent: OrderIntent): void {
    this.#accept(intent);
  }

  /** The process at the other end is dead: what it was told or was about to say goes nowhere. */
  sever(): void {
    this.#sever();
  }

  disconnect(): void {
    this.#connection?.onStatus('disconnected', 'cut');
  }

  reconnect(): void {
    this.#connection?.onStatus('connected', '');
  }

  #submit(order: OrderIntent, isStillAllowed: () => boolean): RequestOutcome {
    if (!isStillAllowed()) return { kind: 'unsent', reason: 'not allowed any more' };
    const answer = this.submitAnswers.shift() ?? 'done';
    this.submitted.push(order.clientOrderId);
    if (answer === 'lost') return unanswered;
    if (answer === 'refused') return { kind: 'refused', code: 'NO_MARGIN', reason: 'refused' };
    if (this.#orders.has(order.clientOrderId)) {
      return { kind: 'refused', code: 'DUPLICATE_ORDER_ID', reason: 'known' };
    }
    const { clientOrderId, venueOrderId } = this.#accept(order);
    if (answer === 'silent') return unanswered;
    this.#report({ kind: 'accepted', clientOrderId, venueOrderId });
    return { kind: 'done' };
  }

  #accept(intent: OrderIntent): VenueOrder {
    this.#venueOrders += 1;
    const order: VenueOrder = {
      clientOrderId: intent.clientOrderId,
      venueOrderId: brandOf.venueOrderId(`v${this.#venueOrders}`),
      instrument: intent.instrument,
      status: 'working',
      quantity: intent.quantity,
      filledQuantity: brandOf.quantity(0n),
      limitPrice: intent.limitPrice,
      stopPrice: intent.stopPrice,
      reason: '',
    };
    this.#orders.set(intent.clientOrderId, { order, intent });
    return order;
  }

  #cancel(id: ClientOrderId): RequestOutcome {
    const answer = this.cancelAnswers.shift() ?? 'done';
    this.canceled.push(id);
    if (answer === 'lost') return unanswered;
    const kept = this.#orders.get(id);
    if (kept === undefined || !isOpen(kept.order)) {
      return { kind: 'refused', code: 'UNKNOWN_ORDER', reason: 'not open' };
    }
    if (answer === 'refused') return { kind: 'refused', code: 'TOO_LATE', reason: 'refused' };
    kept.order = { ...kept.order, status: 'canceled' };
    if (answer === 'silent') return unanswered;
    this.#report({ kind: 'canceled', clientOrderId: id, reason: 'asked for' });
    return { kind: 'done' };
  }

  #replace(request: VenueReplace, isStillAllowed: () => boolean): RequestOutcome {
    if (!isStillAllowed()) return { kind: 'unsent', reason: 'not allowed any more' };
    const answer = this.replaceAnswers.shift() ?? 'done';
    const kept = this.#orders.get(request.clientOrderId);
    if (answer === 'lost') return unanswered;
    if (answer === 'refused' || kept === undefined) {
      return { kind: 'refused', code: 'NO_REPLACE', reason: 'refused' };
    }
    const { requestId, clientOrderId, quantity, limitPrice, stopPrice } = request;
    const { venueOrderId } = kept.order;
    kept.order = { ...kept.order, quantity, limitPrice, stopPrice, replaceRequestId: requestId };
    if (answer === 'silent') return unanswered;
    this.#report({
      kind: 'replaced',
      clientOrderId,
      requestId,
      venueOrderId,
      quantity,
      limitPrice,
      stopPrice,
    });
    return { kind: 'done' };
  }

  #report(report: VenueReport): void {
    if (!this.mute) this.#connection?.onReport(report);
  }

  #kept(id: ClientOrderId): Kept {
    const kept = this.#orders.get(id);
    if (kept === undefined) throw new Error(`the venue has no order ${id}`);
    return kept;
  }
}

function isOpen({ status }: VenueOrder): boolean {
  return status === 'working' || status === 'partiallyFilled';
}

function cursorOf(report: FillReport): number {
  return report.kind === 'filled' ? report.fill.cursor : report.cursor;
}
