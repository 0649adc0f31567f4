import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { OrderIntent } from '../../../protos/gen/order.ts';
import type { AccountId, Price, TimestampUs, VenueId } from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { scale, zeroMoney, zeroQuantity } from '../../../services/kernel/money/amount.ts';
import { sha256 } from '../../../services/kernel/signing/digest.ts';
import type { VenueReplace } from '../../../services/kernel/venue/venue-gateway.ts';
import type { PaperOrder } from './paper-order.ts';
import type { Refusal } from './refusal.ts';

/** Whether the venue understands the order at all; what the account can carry is the margin model's question. */
export function refuseIntent(
  intent: OrderIntent,
  place: {
    readonly account: AccountId;
    readonly venue: VenueId;
    readonly instrument: Instrument | undefined;
    readonly marketTime: TimestampUs;
  },
): Refusal | undefined {
  const { instrument } = place;
  if (intent.account !== place.account) return refuse('WRONG_ACCOUNT', intent.account);
  if (intent.venue !== place.venue) return refuse('WRONG_VENUE', intent.venue);
  if (instrument === undefined) return refuse('UNKNOWN_INSTRUMENT', intent.instrument);
  if (instrument.expiry !== undefined && instrument.expiry <= place.marketTime) {
    return refuse('INSTRUMENT_EXPIRED', intent.instrument);
  }
  return refuseQuantity(intent.quantity, instrument) ?? refusePrices(intent, instrument);
}

const needsLimit: readonly string[] = ['limit', 'stopLimit'];
const needsStop: readonly string[] = ['stop', 'stopLimit'];

function refusePrices(intent: OrderIntent, instrument: Instrument): Refusal | undefined {
  const { type, limitPrice, stopPrice, trailOffset } = intent;
  if (needsLimit.includes(type) !== (limitPrice !== undefined)) {
    return refuse('PRICE_MISMATCH', `limit price of a ${type} order`);
  }
  if (needsStop.includes(type) !== (stopPrice !== undefined)) {
    return refuse('PRICE_MISMATCH', `stop price of a ${type} order`);
  }
  if ((type === 'trailingStop') !== (trailOffset !== undefined)) {
    return refuse('PRICE_MISMATCH', `trail offset of a ${type} order`);
  }
  return (
    refusePrice(limitPrice, instrument) ??
    refusePrice(stopPrice, instrument) ??
    refusePrice(trailOffset, instrument)
  );
}

function refuseQuantity(quantity: bigint, instrument: Instrument): Refusal | undefined {
  if (quantity <= 0n) return refuse('QUANTITY_NOT_POSITIVE', `${quantity}`);
  return quantity % instrument.lotSize === 0n ? undefined : refuse('OFF_LOT', `${quantity}`);
}

function refusePrice(price: Price | undefined, instrument: Instrument): Refusal | undefined {
  if (price === undefined) return undefined;
  if (price <= 0n) return refuse('PRICE_NOT_POSITIVE', `${price}`);
  return price % instrument.tickSize === 0n ? undefined : refuse('OFF_TICK', `${price}`);
}

export function refuseReplace(
  request: VenueReplace,
  order: PaperOrder,
  instrument: Instrument,
): Refusal | undefined {
  if (request.requestId === order.replaceRequestId) return refuse('DUPLICATE_REQUEST_ID', request.requestId);
  if (request.quantity <= order.filledQuantity) return refuse('ALREADY_FILLED', `${order.filledQuantity}`);
  if (request.limitPrice !== undefined && order.limitPrice === undefined) {
    return refuse('PRICE_MISMATCH', `limit price of a ${order.intent.type} order`);
  }
  if (request.stopPrice !== undefined && !needsStop.includes(order.intent.type)) {
    return refuse('PRICE_MISMATCH', `stop price of a ${order.intent.type} order`);
  }
  return (
    refuseQuantity(request.quantity, instrument) ??
    refusePrice(request.limitPrice, instrument) ??
    refusePrice(request.stopPrice, instrument)
  );
}

/** Drawn from seed and order id, so that neither the order of submits nor a restart changes who is rejected. */
export function isRejectedAtRandom(intent: OrderIntent, seed: number, rejectRatio: bigint): boolean {
  if (rejectRatio === 0n) return false;
  const digest = sha256(`${seed}/${intent.clientOrderId}`);
  const draw = new DataView(digest.buffer, digest.byteOffset).getUint32(0);
  return BigInt(draw) * scale < rejectRatio * 2n ** 32n;
}

/** Ids of the venue are made of the client's, which are never used twice, so a wiped venue does not repeat them. */
export function createPaperOrder(
  intent: OrderIntent,
  place: { readonly arrival: number; readonly marketTime: TimestampUs },
): PaperOrder {
  return {
    intent,
    venueOrderId: brandOf.venueOrderId(`paper-${intent.clientOrderId}`),
    placedAt: place.marketTime,
    arrival: place.arrival,
    status: 'working',
    reason: '',
    quantity: intent.quantity,
    limitPrice: intent.limitPrice,
    stopPrice: intent.stopPrice,
    filledQuantity: zeroQuantity,
    fillCount: 0,
    commissionAccrued: zeroMoney,
    replaceRequestId: undefined,
    expiresAt: undefined,
    isTriggered: intent.type === 'market' || intent.type === 'limit',
    isPosted: false,
    queueAhead: undefined,
    released: undefined,
    isParentClosed: false,
    filledBySiblings: zeroQuantity,
  };
}

function refuse(code: string, reason: string): Refusal {
  return { code, reason };
}
