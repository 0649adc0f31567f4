import type { Instrument } from '../../protos/gen/instrument.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import type { Limits } from '../../services/risk/limits.ts';

export const quantityOf = (text: string) => brandOf.quantity(parseAmount(text));
export const priceOf = (text: string) => brandOf.price(parseAmount(text));
export const moneyOf = (text: string) => brandOf.money(parseAmount(text));
/** `ratioOf('15')` is 15%. */
export const ratioOf = (percent: string) => parseAmount(percent) / 100n;

export const account = brandOf.accountId('paper-1');
export const venue = brandOf.venueId('paper');
export const sma = brandOf.strategyId('sma');
export const spy = brandOf.instrumentId('SPY');
export const startTime = Date.UTC(2026, 0, 5, 15) * 1000;

/** So wide that no test meets a limit that it does not mean. */
export const wideLimits: Limits = {
  orderValueMax: moneyOf('1000000'),
  orderQuantityMax: quantityOf('1000000'),
  priceCollarRatio: ratioOf('5'),
  ordersPerSecondMax: 1000,
  repeatedExecutions: { countMax: 1000, windowUs: brandOf.durationUs(10_000_000) },
  positionRatioMax: ratioOf('10000'),
  grossExposureRatioMax: ratioOf('10000'),
  leverageRatioMax: ratioOf('10000'),
  cashReserveRatio: 0n,
  openPositionsMax: 1000,
  dailyTradesMax: 1000,
  quoteAgeUsMax: brandOf.durationUs(30_000_000),
  shortAllowed: true,
};

export function anInstrument(overrides: Partial<Instrument> = {}): Instrument {
  return {
    instrument: spy,
    venue,
    kind: 'equity',
    currency: brandOf.currency('USD'),
    tickSize: priceOf('0.01'),
    lotSize: quantityOf('1'),
    multiplier: 1,
    sessionOpenMinute: 570,
    sessionCloseMinute: 960,
    timeZone: 'America/New_York',
    ...overrides,
  };
}

let orders = 0;

export function anIntent(overrides: Partial<OrderIntent> = {}): OrderIntent {
  orders += 1;
  return {
    clientOrderId: brandOf.clientOrderId(`ORDER${orders}`),
    account,
    strategy: sma,
    venue,
    instrument: spy,
    environment: 'paper',
    side: 'buy',
    type: 'market',
    timeInForce: 'day',
    quantity: quantityOf('10'),
    reduceOnly: false,
    deadline: brandOf.timestampUs(startTime + 3_600_000_000),
    triggerId: brandOf.eventId('bar'),
    ordinal: 0,
    reason: '',
    ...overrides,
  };
}
