import { OrderIntent, type OrderState } from '../../../protos/gen/order.ts';
import type { RiskDecision } from '../../../protos/gen/risk.ts';
import type { ClientOrderId, TimestampUs } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { DiskView } from './execution-view.ts';
import { quoteAgeUsMax } from './house.ts';
import type { QuoteWatch } from './quote-watch.ts';
import { underWay, type VenueView } from './venue-view.ts';
import type { Verdicts } from './verdicts.ts';

/** It may still go out, as far as execution's disk says. */
const unsent: ReadonlySet<OrderState> = new Set<OrderState>([
  'staged',
  'awaitingApproval',
  'rechecking',
  'approved',
  'contingent',
  'submitting',
  'unknown',
]);

/** What must hold at the moment at which risk says yes. */
export class DecisionChecks {
  readonly #venue: VenueView;
  readonly #disk: DiskView;
  readonly #strangers: () => readonly DiskView[];
  readonly #verdicts: Verdicts;
  /** Let through by this start of risk, and neither sent nor over yet. */
  readonly #promised = new Map<ClientOrderId, OrderIntent>();
  /** A decision is said again until execution has answered. */
  readonly #decided = new Set<ClientOrderId>();

  readonly #quotes: QuoteWatch;

  constructor(parts: {
    readonly venue: VenueView;
    readonly disk: DiskView;
    /** Of other executions on the account. */
    readonly strangers: () => readonly DiskView[];
    readonly verdicts: Verdicts;
    readonly quotes: QuoteWatch;
  }) {
    this.#quotes = parts.quotes;
    this.#venue = parts.venue;
    this.#disk = parts.disk;
    this.#strangers = parts.strangers;
    this.#verdicts = parts.verdicts;
  }

  /** Execution takes no decision of an earlier start. */
  onRiskStart(): void {
    this.#quotes.onRiskStart();
    this.#promised.clear();
    this.#decided.clear();
  }

  /** `now`: market time as risk knows it. */
  onDecision(decision: RiskDecision, now: TimestampUs): void {
    const { clientOrderId: id, outcome, effectiveOrder, replaceRequestId } = decision;
    if (outcome === 'denied' || replaceRequestId !== undefined || this.#decided.has(id)) return;
    // Risk may hear that an exit's order is staged before it hears that execution decided it: its word comes too late.
    if (this.#disk.orders.get(id)?.isExit === true) return;
    this.#decided.add(id);
    const order = OrderIntent.decode(effectiveOrder);
    this.#forgetKept();
    this.#promised.set(id, order);
    this.#mustBeQuoted(order, now);
    if (order.reduceOnly && order.parentOrderId === undefined) this.#mustReduce(order);
  }

  #mustBeQuoted({ instrument, clientOrderId, reduceOnly }: OrderIntent, now: TimestampUs): void {
    const ageUs = this.#quotes.ageUs(instrument, now);
    if (reduceOnly || ageUs === undefined || ageUs <= quoteAgeUsMax) return;
    const detail = `order ${clientOrderId} was let through with a quote of ${instrument} that is ${ageUs} us old`;
    this.#verdicts.broken('STALE_QUOTE', detail);
  }

  #forgetKept(): void {
    for (const id of this.#promised.keys()) {
      const isKept = [this.#disk, ...this.#strangers()].some(({ orders }) => {
        const state = orders.get(id)?.state;
        return state !== undefined && !unsent.has(state);
      });
      if (isKept || this.#venue.orders.has(id)) this.#promised.delete(id);
    }
  }

  /** With all that was let through before it filled, the order brings the position nearer to nothing. */
  #mustReduce(order: OrderIntent): void {
    const { instrument, side, clientOrderId } = order;
    // Risk hears of an exit from its rows; until then execution alone denies what is beside it.
    for (const { intent } of this.#venue.live(instrument)) {
      if (this.#disk.orders.get(intent.clientOrderId)?.isExit === true) return;
    }
    const held = this.#venue.position(instrument);
    const reducible = side === 'buy' ? -held : held;
    let wanted = underWay(this.#venue, { instrument, side });
    for (const other of this.#promised.values()) {
      const counts =
        other.instrument === instrument && other.side === side && other.parentOrderId === undefined;
      if (counts) wanted += other.quantity;
    }
    const names = [...this.#promised].map(([id, { quantity }]) => `${id} ${toDouble(quantity)}`);
    const slack = this.#venue.unforeseen.get(instrument) ?? 0n;
    if (wanted <= (reducible > 0n ? reducible : 0n) + slack) return;
    const detail = `order ${clientOrderId} of ${toDouble(order.quantity)} must reduce: ${toDouble(held)} held, ${toDouble(wanted)} let through, unsent: ${names.join(', ')}`;
    this.#verdicts.broken('FLIPPED', detail);
  }
}

export function isDecision(message: unknown): message is RiskDecision {
  return (
    typeof message === 'object' && message !== null && 'effectiveOrder' in message && 'outcome' in message
  );
}
