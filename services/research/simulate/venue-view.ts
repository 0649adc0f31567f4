import type { VenueLogEntry } from '../../../infra/venues/paper/venue-store.ts';
import type { OrderIntent } from '../../../protos/gen/order.ts';
import type { ClientOrderId, ExecutionId, InstrumentId, SignedQuantity } from '../../kernel/codec/brand.ts';
import { absolute, toDouble } from '../../kernel/money/amount.ts';
import type { Verdicts } from './verdicts.ts';

/** One order as it truly stands: on the wire, at the venue, or over. */
export interface TrueOrder {
  readonly intent: OrderIntent;
  quantity: bigint;
  filled: bigint;
  /** `sent`: on its way, or lost on it. */
  status: 'sent' | 'open' | 'over';
}

/** A fill, whatever became of it. */
export interface Trade {
  readonly executionId: ExecutionId;
  readonly order: TrueOrder;
  /** Of an order that was over. */
  readonly isLate: boolean;
}

/** The venue's own books, kept a second time from its log: what is true, whatever anybody believes. */
export class VenueView {
  readonly orders = new Map<ClientOrderId, TrueOrder>();
  readonly positions = new Map<InstrumentId, bigint>();
  /** Filled although its cancel was confirmed: no limit can have foreseen it. */
  readonly unforeseen = new Map<InstrumentId, bigint>();
  /** By strategy and instrument. */
  readonly #held = new Map<string, bigint>();
  readonly fills = new Map<string, bigint>();
  readonly trades: Trade[] = [];
  /** Taken back, and not booked as such by execution yet. */
  readonly bustsUnheard = new Map<string, { readonly order: TrueOrder; readonly quantity: bigint }>();
  /** Of all legs of a group together, of which only one is to fill. */
  readonly legsFilled = new Map<string, bigint>();
  readonly #live = new Map<InstrumentId, Set<TrueOrder>>();
  readonly #intents = new Map<string, ClientOrderId>();
  readonly #verdicts: Verdicts;
  fillCount = 0;
  bustCount = 0;
  acceptedCount = 0;

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /** Orders of an instrument that are at the venue or may still come to it. */
  live(instrument: InstrumentId): Iterable<TrueOrder> {
    return this.#live.get(instrument) ?? [];
  }

  position(instrument: InstrumentId): bigint {
    return this.positions.get(instrument) ?? 0n;
  }

  held(strategy: string, instrument: InstrumentId): bigint {
    return this.#held.get(`${strategy} ${instrument}`) ?? 0n;
  }

  #move({ intent: { strategy, instrument } }: TrueOrder, change: bigint): void {
    this.positions.set(instrument, this.position(instrument) + change);
    this.#held.set(`${strategy} ${instrument}`, this.held(strategy, instrument) + change);
  }

  onSend(intent: OrderIntent): void {
    if (this.orders.has(intent.clientOrderId)) {
      this.#verdicts.broken('SENT_TWICE', `order ${intent.clientOrderId} went out a second time`);
      return;
    }
    const order: TrueOrder = { intent, quantity: intent.quantity, filled: 0n, status: 'sent' };
    this.orders.set(intent.clientOrderId, order);
    const live = this.#live.get(intent.instrument) ?? new Set();
    this.#live.set(intent.instrument, live.add(order));
  }

  /** It never arrived, or the venue has lost it. */
  isGone(id: ClientOrderId): void {
    this.#end(this.orders.get(id));
  }

  /** No order of ours did it, and nobody here could have foreseen it. */
  onHandTrade(instrument: InstrumentId, change: SignedQuantity): void {
    this.positions.set(instrument, this.position(instrument) + change);
    const known = this.unforeseen.get(instrument) ?? 0n;
    this.unforeseen.set(instrument, known + absolute(change));
  }

  onEntry(entry: VenueLogEntry): void {
    this.#verdicts.mix(entry.kind);
    this.#verdicts.note(
      `venue ${entry.kind} ${entry.clientOrderId ?? ''} ${entry.fill === undefined ? '' : toDouble(entry.fill.quantity)} ${entry.code ?? ''} ${entry.reason ?? ''}`,
    );
    const order = entry.clientOrderId === undefined ? undefined : this.orders.get(entry.clientOrderId);
    switch (entry.kind) {
      case 'accepted':
        this.acceptedCount += 1;
        if (order !== undefined) this.#onAccepted(order);
        return;
      case 'filled':
        this.#onFilled(entry, order);
        return;
      case 'replaced':
        if (order !== undefined && entry.quantity !== undefined) order.quantity = entry.quantity;
        return;
      case 'rejected':
      case 'canceled':
      case 'expired':
        this.#end(order);
        return;
      case 'refused':
        // Other refusals are of a cancel, or of an id that is there already.
        if (entry.code === 'REJECTED_AT_RANDOM') this.#end(order);
        return;
      case 'fillBusted':
        this.#onBusted(entry, order);
        return;
      case 'fillCorrected':
      case 'received':
      case 'activity':
        return;
    }
  }

  #onAccepted(order: TrueOrder): void {
    order.status = 'open';
    const { strategy, triggerId, ordinal, clientOrderId } = order.intent;
    const thought = `${strategy} ${triggerId} ${ordinal}`;
    const earlier = this.#intents.get(thought);
    if (earlier !== undefined) {
      this.#verdicts.broken('LIVE_TWICE', `orders ${earlier} and ${clientOrderId} are one intent`);
    }
    this.#intents.set(thought, clientOrderId);
  }

  #onFilled({ fill }: VenueLogEntry, order: TrueOrder | undefined): void {
    if (fill === undefined) return;
    this.fillCount += 1;
    this.fills.set(fill.executionId, fill.quantity);
    this.#verdicts.mix(fill.executionId);
    if (order === undefined) {
      this.#verdicts.broken('UNSENT_FILL', `order ${fill.clientOrderId} was filled and never sent`);
      return;
    }
    const change = order.intent.side === 'buy' ? fill.quantity : -fill.quantity;
    this.#move(order, change);
    order.filled += fill.quantity;
    this.trades.push({ executionId: fill.executionId, order, isLate: order.status === 'over' });
    const { groupId } = order.intent;
    if (groupId !== undefined && isLeg(order.intent)) {
      this.legsFilled.set(groupId, (this.legsFilled.get(groupId) ?? 0n) + fill.quantity);
    }
    if (order.status === 'over') {
      const known = this.unforeseen.get(fill.instrument) ?? 0n;
      this.unforeseen.set(fill.instrument, known + fill.quantity);
    } else if (order.filled >= order.quantity) {
      this.#end(order);
    }
  }

  #onBusted({ change }: VenueLogEntry, order: TrueOrder | undefined): void {
    const quantity = change === undefined ? undefined : this.fills.get(change.executionId);
    if (change === undefined || quantity === undefined || order === undefined) return;
    this.bustCount += 1;
    this.bustsUnheard.set(change.executionId, { order, quantity });
    const { instrument, side, groupId } = order.intent;
    const taken = side === 'buy' ? -quantity : quantity;
    this.#move(order, taken);
    order.filled -= quantity;
    if (groupId !== undefined && isLeg(order.intent)) {
      this.legsFilled.set(groupId, (this.legsFilled.get(groupId) ?? 0n) - quantity);
    }
    this.unforeseen.set(instrument, (this.unforeseen.get(instrument) ?? 0n) + quantity);
  }

  #end(order: TrueOrder | undefined): void {
    if (order === undefined) return;
    order.status = 'over';
    this.#live.get(order.intent.instrument)?.delete(order);
  }
}

/** One of several orders of which at most one fills. */
export function isLeg({ groupKind, groupRole }: OrderIntent): boolean {
  return groupKind === 'oco' || (groupKind === 'bracket' && groupRole !== 'parent');
}

/** What one side may still fill: of alternatives at most the largest, of children what their parents let through. */
export function underWay(
  venue: VenueView,
  { instrument, side }: Pick<OrderIntent, 'instrument' | 'side'>,
): bigint {
  let sum = 0n;
  const groups = new Map<string, bigint>();
  for (const order of venue.live(instrument)) {
    const { groupId } = order.intent;
    if (order.intent.side !== side) continue;
    const leaves = leavesOf(order, venue);
    if (groupId === undefined || !isLeg(order.intent)) sum += leaves;
    else if (leaves > (groups.get(groupId) ?? 0n)) groups.set(groupId, leaves);
  }
  for (const leaves of groups.values()) sum += leaves;
  return sum;
}

function leavesOf({ intent, quantity, filled }: TrueOrder, venue: VenueView): bigint {
  const { parentOrderId, groupId } = intent;
  const released = parentOrderId === undefined ? quantity : (venue.orders.get(parentOrderId)?.filled ?? 0n);
  const ceiling = released < quantity ? released : quantity;
  // A leg whose sibling has filled is about to be canceled: it counts with the group's fills taken off.
  const done = groupId !== undefined && isLeg(intent) ? (venue.legsFilled.get(groupId) ?? 0n) : filled;
  return ceiling > done ? ceiling - done : 0n;
}
