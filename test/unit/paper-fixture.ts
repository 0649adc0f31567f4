import { createMemoryVenueStore } from '../../infra/venues/paper/memory-venue-store.ts';
import type { PaperFaults, PaperOptions } from '../../infra/venues/paper/paper-options.ts';
import { createPaperVenue, type PaperVenue } from '../../infra/venues/paper/paper-venue.ts';
import type { VenueStore } from '../../infra/venues/paper/venue-store.ts';
import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bar, Quote, Trade } from '../../protos/gen/market.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import type {
  ReadOutcome,
  RequestOutcome,
  VenueFill,
  VenueReport,
} from '../../services/kernel/venue/venue-gateway.ts';

export const account = brandOf.accountId('paper-1');
export const venueId = brandOf.venueId('paper');
export const spy = brandOf.instrumentId('SPY');

export const price = (text: string) => brandOf.price(parseAmount(text));
export const quantity = (text: string) => brandOf.quantity(parseAmount(text));
export const money = (text: string) => brandOf.money(parseAmount(text));
export const ratio = (text: string) => parseAmount(text);
export const orderId = (text: string) => brandOf.clientOrderId(text);

/** Market time in New York on Tuesday 2026-01-06, where the offset is -5 hours. */
export function at(clockTime: string): TimestampUs {
  return brandOf.timestampUs(Date.parse(`2026-01-06T${clockTime}-05:00`) * 1000);
}

export const spyInstrument: Instrument = {
  instrument: spy,
  venue: venueId,
  kind: 'equity',
  currency: brandOf.currency('USD'),
  tickSize: price('0.01'),
  lotSize: quantity('1'),
  multiplier: 1,
  sessionOpenMinute: 9 * 60 + 30,
  sessionCloseMinute: 16 * 60,
  timeZone: 'America/New_York',
};

/** No friction: each test adds the one that it is about. */
export const frictionless: PaperOptions = {
  seed: 1,
  startingCash: money('100000'),
  matching: 'quotes',
  latencyUs: brandOf.durationUs(0),
  slippageRatio: 0n,
  impactRatio: 0n,
  halfSpreadRatio: 0n,
  pessimism: 0,
  rejectRatio: 0n,
  quoteAgeUsMax: brandOf.durationUs(60_000_000),
  barVolumeRatioMax: ratio('1'),
  commission: { ratio: 0n, perContract: money('0'), minimum: money('0') },
  margin: { kind: 'cash' },
};

export const marginAccount = {
  kind: 'margin',
  initialRatio: ratio('0.5'),
  maintenanceRatio: ratio('0.25'),
} as const;

export function order(id: string, wanted: Partial<OrderIntent> = {}): OrderIntent {
  return {
    clientOrderId: orderId(id),
    account,
    strategy: brandOf.strategyId('test'),
    venue: venueId,
    instrument: spy,
    environment: 'paper',
    side: 'buy',
    type: 'market',
    timeInForce: 'gtc',
    quantity: quantity('10'),
    reduceOnly: false,
    deadline: at('16:00:00'),
    triggerId: brandOf.eventId('trigger'),
    ordinal: 0,
    reason: '',
    ...wanted,
  };
}

export function quote(wanted: Partial<Quote> = {}): Quote {
  return {
    instrument: spy,
    venue: venueId,
    bidPrice: 99.99,
    bidSize: 100,
    askPrice: 100.01,
    askSize: 100,
    ...wanted,
  };
}

export function trade(wanted: Partial<Trade>): Trade {
  return { instrument: spy, venue: venueId, price: 100, size: 100, ...wanted };
}

export function bar(openTime: TimestampUs, wanted: Partial<Bar>): Bar {
  const interval = brandOf.durationUs(60_000_000);
  const prices = { open: 100, high: 100, low: 100, close: 100, volume: 1000 };
  return { instrument: spy, venue: venueId, interval, openTime, ...prices, ...wanted };
}

export const closeOf = (minute: Bar): TimestampUs => brandOf.timestampUs(minute.openTime + minute.interval);

/** Wall time stands still, and a delayed answer comes when the test says so. */
export interface StillClock extends Clock {
  fireTimers(): void;
}

export function createStillClock(): StillClock {
  const timers: (() => void)[] = [];
  return {
    monotonicUs: () => 0,
    wallUs: () => at('12:00:00'),
    after(_delayUs, callback) {
      timers.push(callback);
      return () => undefined;
    },
    every: () => () => undefined,
    fireTimers: () => {
      for (const callback of timers.splice(0)) callback();
    },
  };
}

export interface PaperBench {
  readonly venue: PaperVenue;
  readonly store: VenueStore;
  readonly clock: StillClock;
  readonly faults: { -readonly [Key in keyof PaperFaults]: PaperFaults[Key] };
  readonly reports: VenueReport[];
  /** Lets everything be delivered. */
  drain(): void;
  submit(intent: OrderIntent): RequestOutcome | undefined;
  cancel(id: string): RequestOutcome | undefined;
  quote(time: TimestampUs, wanted?: Partial<Quote>): void;
  trade(time: TimestampUs, wanted: Partial<Trade>): void;
  bar(minute: Bar): void;
  fills(id?: string): readonly VenueFill[];
  /** Of the reports: what became of the order, without its fills. */
  ends(id: string): readonly string[];
  read<T>(ask: (done: (outcome: ReadOutcome<T>) => void) => void): T;
}

export function createPaperBench(
  options: Partial<PaperOptions> = {},
  given: { readonly store?: VenueStore; readonly instruments?: readonly Instrument[] } = {},
): PaperBench {
  const queue: (() => void)[] = [];
  const reports: VenueReport[] = [];
  const faults: PaperFaults = {};
  const store = given.store ?? createMemoryVenueStore();
  const clock = createStillClock();
  const venue = createPaperVenue({
    account,
    venue: venueId,
    store,
    clock,
    options: { ...frictionless, ...options },
    instruments: given.instruments ?? [spyInstrument],
    defer: (callback) => queue.push(callback),
    faults,
  });
  venue.connect({ onReport: (report) => reports.push(report), onStatus: () => undefined });
  const drain = (): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
  };
  drain();

  const fills = (id?: string) =>
    reports.flatMap((report) =>
      report.kind === 'filled' && (id === undefined || report.fill.clientOrderId === id) ? [report.fill] : [],
    );
  const request = (start: (done: (outcome: RequestOutcome) => void) => void) => {
    let found: RequestOutcome | undefined;
    start((outcome) => {
      found = outcome;
    });
    drain();
    return found;
  };
  return {
    venue,
    store,
    clock,
    faults,
    reports,
    drain,
    fills,
    submit: (intent) => request((done) => venue.submit(intent, () => true, done)),
    cancel: (id) => request((done) => venue.cancel(orderId(id), done)),
    quote(time, wanted) {
      venue.onQuote(time, quote(wanted));
      drain();
    },
    trade(time, wanted) {
      venue.onTrade(time, trade(wanted));
      drain();
    },
    bar(minute) {
      venue.onBar(closeOf(minute), minute);
      drain();
    },
    ends: (id) =>
      reports.flatMap((report) =>
        (report.kind === 'canceled' || report.kind === 'expired') && report.clientOrderId === id
          ? [`${report.kind}: ${report.reason}`]
          : [],
      ),
    read<T>(ask: (done: (outcome: ReadOutcome<T>) => void) => void): T {
      const outcomes: ReadOutcome<T>[] = [];
      ask((outcome) => outcomes.push(outcome));
      drain();
      const [outcome] = outcomes;
      if (outcome?.kind !== 'read') throw new Error(`the read gave ${JSON.stringify(outcome)}`);
      return outcome.value;
    },
  };
}

/** `10 @ 100.01`, for expectations that read like a blotter. */
export function blotter(fills: readonly VenueFill[]): readonly string[] {
  return fills.map((fill) => `${plain(fill.quantity)} @ ${plain(fill.price)}`);
}

function plain(units: bigint): string {
  return (Number(units) / 1e9).toString();
}

/** Several at once, as execution sends what one turn releases. */
export function submitAll(bench: PaperBench, intents: readonly OrderIntent[]): void {
  for (const intent of intents)
    bench.venue.submit(
      intent,
      () => true,
      () => undefined,
    );
  bench.drain();
}
