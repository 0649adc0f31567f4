import type { OrderIntent } from '../../../protos/gen/order.ts';
import type { InstrumentId } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { ExecutionView } from './execution-view.ts';
import { positionValueMax } from './house.ts';
import { underWay, type VenueView } from './venue-view.ts';
import type { Verdicts } from './verdicts.ts';

/** Of the limit: the market moves between decision and send, and a market order is valued at a worse price. */
const toleranceRatio = 1.06;

export interface SendChecksOptions {
  readonly venue: VenueView;
  readonly verdicts: Verdicts;
  readonly nowUs: () => number;
  readonly priceOf: (instrument: InstrumentId) => number;
}

/** What other executions on the account have done. */
export interface Beside {
  /** By a process that has a successor, so that the venue takes one of the two. */
  readonly isSentBefore: boolean;
  /** Filled for others in the instrument and not heard of by the sender: an exit, which asks nobody, cannot know it. */
  readonly unheard: bigint;
}

const alone: Beside = { isSentBefore: false, unheard: 0n };

/** What must hold at the moment at which an order goes out on the wire. */
export class SendChecks {
  readonly #options: SendChecksOptions;

  constructor(options: SendChecksOptions) {
    this.#options = options;
  }

  onSend(execution: ExecutionView, order: OrderIntent, beside: Beside = alone): void {
    const { verdicts, nowUs, venue } = this.#options;
    const { clientOrderId: id } = order;
    const onDisk = execution.disk.orders.get(id);
    verdicts.mix(id);
    verdicts.note(
      `sends ${order.side} ${toDouble(order.quantity)} ${order.instrument} ${order.type} as ${id}`,
    );
    if (onDisk?.isStarted !== true) {
      verdicts.broken('EFFECT_BEFORE_DURABLE', `order ${id} went out before its start was on disk`);
    }
    if (!beside.isSentBefore) venue.onSend(order);
    if (onDisk?.isExit === true) {
      this.#mustBeAlone(order);
      this.#mustReduce(order, beside.unheard);
      return;
    }
    if (!execution.isFresh(nowUs()))
      verdicts.broken('NO_LEASE', `order ${id} went out without a fresh lease`);
    if (
      onDisk !== undefined &&
      order.parentOrderId === undefined &&
      onDisk.riskEpoch !== execution.riskEpoch
    ) {
      const detail = `order ${id} was decided in epoch ${onDisk.riskEpoch}, acknowledged is ${execution.riskEpoch}`;
      verdicts.broken('STALE_EPOCH', detail);
    }
    const latched = execution
      .latched()
      .filter(({ scope }) => scope.kind === 'all' || order[scope.kind] === scope.id);
    if (latched.some(({ action }) => action !== 'pause')) {
      verdicts.broken('SENT_AFTER_LATCH', `order ${id} went out although its like is stopped`);
    }
    const waitsForParent = order.parentOrderId !== undefined;
    if (!waitsForParent && latched.length > 0) this.#mustReduce(order);
    this.#mustBeWithinLimits(order);
  }

  /** An exit's order in an instrument is over, for one strategy, before the next goes: whichever process sends it. */
  #mustBeAlone({ clientOrderId: id, triggerId, strategy, instrument }: OrderIntent): void {
    for (const { intent } of this.#options.venue.live(instrument)) {
      const isOther = intent.clientOrderId !== id && intent.strategy === strategy;
      if (!isOther || intent.triggerId !== triggerId) continue;
      const detail = `exit ${triggerId} has ${intent.clientOrderId} at the venue and sends ${id}`;
      this.#options.verdicts.broken('EXIT_TWICE', detail);
    }
  }

  /** With every order beside it filled, the position is smaller and not turned around. */
  #mustReduce(order: OrderIntent, unheard = 0n): void {
    const { venue, verdicts } = this.#options;
    const held = venue.position(order.instrument);
    const isBuy = order.side === 'buy';
    const reducible = isBuy ? -held : held;
    const slack = (venue.unforeseen.get(order.instrument) ?? 0n) + unheard;
    const leaves = underWay(venue, order);
    if (leaves <= (reducible > 0n ? reducible : 0n) + slack) return;
    const detail = `order ${order.clientOrderId} of ${toDouble(order.quantity)} must reduce: ${toDouble(held)} held, ${toDouble(leaves)} under way`;
    verdicts.broken('FLIPPED', detail);
  }

  /** All that is or may be at the venue counts, on the worse side. */
  #mustBeWithinLimits(order: OrderIntent): void {
    const { venue, verdicts, priceOf } = this.#options;
    const { instrument, side } = order;
    const held = venue.position(instrument);
    const leaves = underWay(venue, order);
    const worstCase = side === 'buy' ? held + leaves : leaves - held;
    const slack = venue.unforeseen.get(instrument) ?? 0n;
    const value = toDouble(worstCase - slack) * priceOf(instrument);
    if (value <= positionValueMax * toleranceRatio) return;
    const detail = `with order ${order.clientOrderId} ${instrument} may come to ${Math.round(value)}, ${positionValueMax} are allowed`;
    verdicts.broken('OVER_LIMIT', detail);
  }
}
