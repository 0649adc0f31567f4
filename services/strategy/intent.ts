import type { Instrument } from '../../protos/gen/instrument.ts';
import type { GroupRole, OrderIntent, OrderType, Side } from '../../protos/gen/order.ts';
import type { Environment } from '../../protos/gen/system.ts';
import type {
  AccountId,
  DurationUs,
  EventId,
  GroupId,
  InstrumentId,
  LedgerId,
  Price,
  Quantity,
  StrategyId,
  TimestampUs,
  VenueId,
} from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { AmountOverflow, fromDouble, price, quantity, type Rounding } from '../kernel/money/amount.ts';
import { deriveClientOrderId } from '../kernel/signing/digest.ts';
import type { OrderChange, OrderRequest } from './author.ts';

/** For whom and where an instance trades. */
export interface Desk {
  readonly ledgerId: LedgerId;
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly environment: Environment;
  readonly strategy: StrategyId;
  /** An intent that is older than this, in market time, is worthless. */
  readonly intentLifeUs: DurationUs;
}

/** The datum that an order answers to. */
export interface Trigger {
  readonly id: EventId;
  readonly time: TimestampUs;
}

export type IntentResult =
  | { readonly kind: 'intents'; readonly intents: readonly [OrderIntent, ...OrderIntent[]] }
  | { readonly kind: 'nothing'; readonly reason: string };

export interface IntentOrigin {
  readonly desk: Desk;
  readonly trigger: Trigger;
  /** Ordinal of the next intent under this trigger; a bracket takes three. */
  readonly ordinal: number;
  readonly definition: Instrument;
  /** Last price that the strategy saw, for a notional; undefined before the first. */
  readonly lastPrice: number | undefined;
}

/** Turns an author's request into exact intents: one, or three for a bracket. */
export function buildIntents(side: Side, request: OrderRequest, origin: IntentOrigin): IntentResult {
  try {
    const amount = requestedQuantity(request, origin);
    if (typeof amount === 'string') return { kind: 'nothing', reason: amount };
    const group = request.bracket === undefined ? undefined : groupOf(origin);
    const parent = {
      ...baseIntent(origin, side, amount, origin.ordinal),
      ...pricing(side, request, origin.definition),
      timeInForce: request.timeInForce ?? 'day',
      reduceOnly: request.reduceOnly ?? false,
      reason: request.reason,
      confidence: request.confidence,
    } satisfies OrderIntent;
    if (request.bracket === undefined || group === undefined) return { kind: 'intents', intents: [parent] };
    const exit = side === 'buy' ? 'sell' : 'buy';
    const leg = (role: GroupRole, ordinal: number, prices: Partial<OrderRequest>): OrderIntent => ({
      ...baseIntent(origin, exit, amount, ordinal),
      ...pricing(exit, { ...prices, instrument: request.instrument, reason: '' }, origin.definition),
      timeInForce: 'gtc',
      reduceOnly: true,
      reason: `${role} of: ${request.reason}`,
      groupId: group,
      groupKind: 'bracket',
      groupRole: role,
      parentOrderId: parent.clientOrderId,
    });
    return {
      kind: 'intents',
      intents: [
        { ...parent, groupId: group, groupKind: 'bracket', groupRole: 'parent' },
        leg('takeProfit', origin.ordinal + 1, { limit: request.bracket.takeProfit }),
        leg('stopLoss', origin.ordinal + 2, { stop: request.bracket.stopLoss }),
      ],
    };
  } catch (error) {
    if (error instanceof AmountOverflow) return { kind: 'nothing', reason: error.message };
    throw error;
  }
}

/** The exact amounts of a change, rounded as those of an order are. */
export function exactChange(
  side: Side,
  change: OrderChange,
  definition: Instrument,
): {
  readonly quantity: Quantity;
  readonly limitPrice?: Price | undefined;
  readonly stopPrice?: Price | undefined;
} {
  const { limitPrice, stopPrice } = pricing(side, { ...change, instrument: '' }, definition);
  return { quantity: wholeLots(change.quantity, definition), limitPrice, stopPrice };
}

function requestedQuantity(request: OrderRequest, origin: IntentOrigin): Quantity | string {
  if ((request.quantity === undefined) === (request.notional === undefined)) {
    return 'an order names either quantity or notional';
  }
  if (request.quantity !== undefined) {
    const lots = wholeLots(request.quantity, origin.definition);
    return lots > 0n ? lots : `quantity ${request.quantity} is less than a lot`;
  }
  const reference = request.limit ?? origin.lastPrice;
  if (reference === undefined || !(reference > 0)) return 'no price yet to turn a notional into a quantity';
  const notional = request.notional ?? 0;
  const lots = wholeLots(notional / (reference * origin.definition.multiplier), origin.definition);
  return lots > 0n ? lots : `notional ${notional} is less than a lot at ${reference}`;
}

function wholeLots(amount: number, definition: Instrument): Quantity {
  return quantity(fromDouble(amount, definition.lotSize, 'down'));
}

function baseIntent(origin: IntentOrigin, side: Side, amount: Quantity, ordinal: number) {
  const { desk, trigger, definition } = origin;
  return {
    clientOrderId: deriveClientOrderId({ ...desk, triggerId: trigger.id, ordinal }),
    account: desk.account,
    strategy: desk.strategy,
    venue: desk.venue,
    instrument: definition.instrument,
    environment: desk.environment,
    side,
    quantity: amount,
    deadline: brandOf.timestampUs(trigger.time + desk.intentLifeUs),
    triggerId: trigger.id,
    ordinal,
  };
}

function groupOf(origin: IntentOrigin): GroupId {
  return brandOf.groupId(
    `G${deriveClientOrderId({ ...origin.desk, triggerId: origin.trigger.id, ordinal: origin.ordinal }).slice(1)}`,
  );
}

/** Limits are rounded to the tick so that they are never worse than asked; a trigger goes to the nearest tick. */
function pricing(
  side: Side,
  request: OrderRequest,
  definition: Instrument,
): {
  readonly type: OrderType;
  readonly limitPrice?: Price | undefined;
  readonly stopPrice?: Price | undefined;
  readonly trailOffset?: Price | undefined;
} {
  const onTick = (value: number | undefined, rounding: Rounding): Price | undefined =>
    value === undefined ? undefined : price(fromDouble(value, definition.tickSize, rounding));
  return {
    type: orderType(request),
    limitPrice: onTick(request.limit, side === 'buy' ? 'floor' : 'ceiling'),
    stopPrice: onTick(request.stop, 'halfEven'),
    trailOffset: onTick(request.trail, 'halfEven'),
  };
}

function orderType(request: OrderRequest): OrderType {
  if (request.trail !== undefined) return 'trailingStop';
  if (request.stop !== undefined) return request.limit === undefined ? 'stop' : 'stopLimit';
  return request.limit === undefined ? 'market' : 'limit';
}

/** Instruments an author may name, by symbol. */
export type Definitions = ReadonlyMap<InstrumentId, Instrument>;
