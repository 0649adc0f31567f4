import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { OrderEvent, OrderState } from '../../../protos/gen/order.ts';
import type { AccountEvent, PositionEvent } from '../../../protos/gen/portfolio.ts';
import type { Bus } from '../../kernel/bus/bus.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { InstrumentId, Money } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import { type Calendar, dayNumberOf } from '../statistics/session-days.ts';

/** Everything that happened on a session day, and what there was at its end. Times in microseconds. */
export interface DayRecord {
  /** Local days since 1970-01-01. */
  readonly day: number;
  readonly orders: readonly DayOrder[];
  readonly fills: readonly DayFill[];
  readonly positions: readonly DayPosition[];
  readonly openOrders: readonly DayOrder[];
  readonly cash: number;
  readonly equity: number;
  /** Since the first day. */
  readonly realizedPnl: number;
  readonly unrealizedPnl: number;
  readonly fees: number;
}

/** As it was at the end of the day. */
export interface DayOrder {
  readonly id: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly state: OrderState;
  readonly stagedAt: number;
  readonly changedAt: number;
}

export interface DayFill {
  readonly order: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly price: number;
  readonly fees: number;
  readonly at: number;
}

export interface DayPosition {
  readonly instrument: string;
  readonly quantity: number;
  readonly averagePrice: number;
  readonly price: number;
  readonly value: number;
  readonly unrealizedPnl: number;
}

/** States that an order does not leave any more: it is told on the day that it got there, and not again. */
const endedStates: readonly OrderState[] = [
  ...(['filled', 'resolved', 'canceled', 'expired', 'rejected'] as const),
  ...(['notFound', 'denied', 'lapsed', 'canceledUnsent'] as const),
];

interface Held {
  readonly multiplier: number;
  quantity: number;
  cost: number;
  price: number;
}

/**
 * Listens to the services and closes a page a session day: when the first data of the next one come, all that this one
 * caused has been said. Nothing is carried from page to page but by the services themselves, which never stop between.
 */
export class DayBook {
  readonly pages: DayRecord[] = [];
  readonly #dayOf: (time: number) => number;
  readonly #held = new Map<InstrumentId, Held>();
  readonly #orders = new Map<string, DayOrder>();
  #today = new Set<string>();
  #fills: DayFill[] = [];
  #account = { cash: 0, realizedPnl: 0, fees: 0 };
  #day: number | undefined;

  constructor({
    instruments,
    startingCash,
    calendar,
  }: {
    readonly instruments: readonly Instrument[];
    readonly startingCash: Money;
    readonly calendar: Calendar;
  }) {
    this.#dayOf = dayNumberOf(calendar);
    for (const { instrument, multiplier } of instruments) {
      this.#held.set(instrument, { multiplier, quantity: 0, cost: 0, price: 0 });
    }
    this.#account.cash = toDouble(startingCash);
  }

  listen(bus: Bus): void {
    bus.subscribe(subjects.bar.matching({}), ({ message: { instrument, close }, header }) =>
      this.#takePrice(instrument, close, header.eventTime),
    );
    bus.subscribe(subjects.quote.matching({}), ({ message: { instrument, bidPrice, askPrice }, header }) => {
      if (bidPrice > 0 && askPrice > 0)
        this.#takePrice(instrument, (bidPrice + askPrice) / 2, header.eventTime);
    });
    bus.subscribe(subjects.orderEvent.matching({}), ({ message, header }) =>
      this.#takeOrder(message, header.eventTime),
    );
    bus.subscribe(subjects.positionEvent.matching({}), ({ message }) => this.#takePosition(message));
    bus.subscribe(subjects.accountEvent.matching({}), ({ message }) => this.#takeAccount(message));
  }

  /** The last page. */
  end(): readonly DayRecord[] {
    this.#close();
    return this.pages;
  }

  #takePrice(instrument: InstrumentId, price: number, at: number): void {
    const day = this.#dayOf(at);
    if (day !== this.#day) this.#close();
    this.#day = day;
    const held = this.#held.get(instrument);
    if (held !== undefined) held.price = price;
  }

  #takeOrder(event: OrderEvent, at: number): void {
    const { clientOrderId: id, instrument, side, state, body } = event;
    const quantity = toDouble(event.quantity);
    const stagedAt = this.#orders.get(id)?.stagedAt ?? at;
    this.#orders.set(id, { id, instrument, side, quantity, state, stagedAt, changedAt: at });
    this.#today.add(id);
    if (event.ignored || body.case !== 'filled' || body.value.supersedes !== undefined) return;
    const { quantity: filled, price, fees } = body.value;
    const amounts = { quantity: toDouble(filled), price: toDouble(price), fees: toDouble(fees) };
    this.#fills.push({ order: id, instrument, side, ...amounts, at });
  }

  #takePosition({ instrument, quantity, cost }: PositionEvent): void {
    const held = this.#held.get(instrument);
    if (held === undefined) return;
    held.quantity = toDouble(quantity);
    held.cost = toDouble(cost);
  }

  #takeAccount({ cash, realizedPnl, fees }: AccountEvent): void {
    this.#account = { cash: toDouble(cash), realizedPnl: toDouble(realizedPnl), fees: toDouble(fees) };
  }

  #close(): void {
    if (this.#day === undefined) return;
    const positions = [...this.#held].flatMap(([instrument, held]) => positionOf(instrument, held));
    const sum = (of: (position: DayPosition) => number): number =>
      positions.reduce((total, position) => total + of(position), 0);
    this.pages.push({
      day: this.#day,
      orders: [...this.#today].flatMap((id) => this.#orders.get(id) ?? []),
      fills: this.#fills,
      positions,
      openOrders: [...this.#orders.values()].filter(({ state }) => !endedStates.includes(state)),
      ...this.#account,
      equity: this.#account.cash + sum(({ value }) => value),
      unrealizedPnl: sum(({ unrealizedPnl }) => unrealizedPnl),
    });
    for (const [id, { state }] of this.#orders) if (endedStates.includes(state)) this.#orders.delete(id);
    this.#today = new Set();
    this.#fills = [];
    this.#day = undefined;
  }
}

function positionOf(
  instrument: InstrumentId,
  { quantity, cost, price, multiplier }: Held,
): readonly DayPosition[] {
  if (quantity === 0) return [];
  const value = quantity * price * multiplier;
  return [
    {
      instrument,
      quantity,
      price,
      value,
      averagePrice: cost / quantity / multiplier,
      unrealizedPnl: value - cost,
    },
  ];
}
