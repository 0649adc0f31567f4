import type { Bar } from '../../../protos/gen/market.ts';
import type { ClientOrderId, Price } from '../../../services/kernel/codec/brand.ts';
import { absolute, divide, fromDouble, price, scale } from '../../../services/kernel/money/amount.ts';
import {
  activeOrders,
  type HasArrived,
  isActive,
  type Market,
  type MatchHost,
  priceOfTaking,
  trail,
  triggerWhenReached,
} from './market.ts';
import { areSiblings } from './order-groups.ts';
import { isImmediate, type PaperOrder, workableQuantity } from './paper-order.ts';
import { shareOf, towardsWorst } from './pessimism.ts';
import { isWorse, lotQuantity, type Slippage, wholeLots } from './price-model.ts';

/**
 * The volume of a bar that we may take: one pool for all our orders, whatever their side. Worked out when the first
 * order gets to a price: most bars pass by all that rests.
 */
class Pool {
  readonly #sizeOf: () => bigint;
  #size: bigint | undefined;
  #taken = 0n;

  constructor(sizeOf: () => bigint) {
    this.#sizeOf = sizeOf;
  }

  get size(): bigint {
    this.#size ??= this.#sizeOf();
    return this.#size;
  }

  get left(): bigint {
    return this.size - this.#taken;
  }

  take(quantity: bigint): void {
    this.#taken += quantity;
  }
}

/** Something an order does on the way: a stop is reached, or a fill happens, at this price. */
interface Step {
  readonly order: PaperOrder;
  readonly level: bigint;
}

/**
 * Matches our orders along the path that a bar is taken to have gone: from the open to the nearer extreme (the low, if
 * both are as near), on to the other one, then to the close. On the way the order whose price comes first acts first,
 * the earlier arrival at equal prices. What a fill releases has its turn behind them, see `joinBar`.
 *
 * Market orders fill at the open. A stop fills where it is reached, or at the open when the bar opens beyond it. A
 * limit fills at its price, or at a better open, once the path has gone beyond it: a touch does not fill. Whoever takes
 * pays half of the spread. Pessimism moves each price towards the bar's worst, never beyond a limit. All fills of one
 * bar together take at most `volumeRatioMax` of its volume.
 *
 * Which of two legs the market came to first, the path cannot tell. When a bar holds both the stop and the limit of
 * such a pair, the stop has it; the limit fills only at an open that is beyond it already.
 *
 * Answers the bar for those that its fills are yet to release, when it had any.
 */
export function matchBar(
  market: Market,
  bar: Bar,
  options: {
    readonly volumeRatioMax: bigint;
    readonly halfSpreadRatio: bigint;
    readonly hasArrived: HasArrived;
  },
  host: MatchHost,
): FilledBar | undefined {
  const { slippage, pessimism } = host;
  const path = barPath(bar);
  const sizeOf = (): bigint => {
    const lots = lotQuantity(bar.volume, market.instrument);
    const volume = divide(lots * options.volumeRatioMax, scale, 'down');
    return wholeLots(shareOf(volume, pessimism), market.instrument);
  };
  const [, one, other] = path;
  const followers = unreleased(market, options.hasArrived);
  const walk: Walk = {
    market,
    host,
    path,
    high: one > other ? one : other,
    low: one > other ? other : one,
    hasArrived:
      followers.length === 0
        ? options.hasArrived
        : (order) => options.hasArrived(order) && !followers.includes(order),
    pool: new Pool(sizeOf),
    slippage: {
      slippageRatio: slippage.slippageRatio + options.halfSpreadRatio,
      impactRatio: slippage.impactRatio,
    },
    entries: new Map(),
    isAtOpen: false,
  };
  goThrough(walk);
  if (walk.entries.size === 0) return undefined;
  if (followers.length > 0) joinBar(followers, walk);
  return walk;
}

/** A bar that filled something, as those whom that releases find it. */
export interface FilledBar {
  readonly market: Market;
  readonly host: MatchHost;
  /** Open, nearer extreme, other extreme, close. */
  readonly path: readonly [open: Price, nearer: Price, other: Price, close: Price];
  readonly high: Price;
  readonly low: Price;
  /** What is left of the bar's volume. */
  readonly pool: Pool;
  readonly slippage: Slippage;
  /** Where the bar filled each order that it filled. */
  readonly entries: Map<ClientOrderId, Entry>;
}

interface Entry {
  readonly isAtOpen: boolean;
  readonly level: bigint;
}

interface Walk extends FilledBar {
  readonly hasArrived: HasArrived;
  isAtOpen: boolean;
}

/** Whether the bar has filled the order's parent, so that the order lives from that fill on. */
export function isReleasedBy({ intent }: PaperOrder, { entries }: FilledBar): boolean {
  const { parentOrderId, type } = intent;
  // What trades at any price has the next bar's open, as whoever hears of the fill and sends it.
  return type !== 'market' && parentOrderId !== undefined && entries.has(parentOrderId);
}

/**
 * Matches orders that a fill of the bar has released with what the bar did after that fill. Behind a fill at the open
 * that is all of it. Where within the bar another fill was, nobody knows, nor what came after it but the close. So it is
 * decided against us: a stop counts by the whole range, a limit by the close alone.
 */
export function joinBar(orders: readonly PaperOrder[], bar: FilledBar): void {
  const { market, host } = bar;
  const isFromOpen = ({ intent: { parentOrderId } }: PaperOrder): boolean =>
    parentOrderId !== undefined && bar.entries.get(parentOrderId)?.isAtOpen === true;
  const released = orders.filter((order) => isReleasedBy(order, bar));
  const fromOpen = released.filter(isFromOpen);
  if (fromOpen.length > 0) {
    goThrough({ ...bar, hasArrived: (order) => fromOpen.includes(order), isAtOpen: false });
  }
  const later = released.filter((order) => !isFromOpen(order));
  if (later.length === 0) return;
  const walk = { ...bar, hasArrived: (order: PaperOrder) => later.includes(order), isAtOpen: false };
  for (const order of activeOrders(market, walk.hasArrived)) stopInDoubt(order, walk);
  for (const order of activeOrders(market, walk.hasArrived)) fillByClose(order, walk);
  for (const order of activeOrders(market, walk.hasArrived)) post(order, host);
}

/** Children whose parents have yet to fill. */
function unreleased(market: Market, hasArrived: HasArrived): readonly PaperOrder[] {
  return market.orders.filter(
    (order) =>
      order.intent.parentOrderId !== undefined && hasArrived(order) && workableQuantity(order) === 0n,
  );
}

function stopInDoubt(order: PaperOrder, walk: Walk): void {
  const { side, parentOrderId } = order.intent;
  const entry = parentOrderId === undefined ? undefined : walk.entries.get(parentOrderId);
  if (order.isTriggered || entry === undefined) return;
  trail(order, entry.level, walk.host);
  const stop = order.stopPrice;
  if (stop === undefined) return;
  if (isWorse(stop, side === 'buy' ? walk.high : walk.low, side)) {
    trail(order, walk.path[3], walk.host);
    return;
  }
  // It cannot have been better than where the market was when the fill released it.
  const level = isWorse(entry.level, stop, side) ? entry.level : stop;
  act({ order, level }, walk);
  if (order.limitPrice === undefined && walk.pool.left > 0n) act({ order, level }, walk);
}

function fillByClose(order: PaperOrder, walk: Walk): void {
  const { limitPrice, isTriggered, intent } = order;
  if (!isTriggered || limitPrice === undefined || intent.type !== 'limit') return;
  const { pool } = walk;
  const level = levelOf(order, limitPrice, walk.path[3], pool);
  if (level !== undefined) act({ order, level }, walk);
}

/** All of the path. */
function goThrough(walk: Walk): void {
  const { market, hasArrived, host } = walk;
  const [open] = walk.path;
  let current = open;
  walk.isAtOpen = true;
  for (const target of walk.path) {
    goAlong(current, target, walk);
    if (market.orders.length === 0) return;
    current = target;
    walk.isAtOpen = false;
  }
  for (const order of activeOrders(market, hasArrived)) post(order, host);
}

/** Open, nearer extreme, other extreme, close, each to the nearest 1e-9. */
export function barPath(bar: Bar): readonly [Price, Price, Price, Price] {
  const open = exact(bar.open);
  const high = exact(bar.high);
  const low = exact(bar.low);
  const isLowNearer = absolute(open - low) <= absolute(high - open);
  return isLowNearer ? [open, low, high, exact(bar.close)] : [open, high, low, exact(bar.close)];
}

function goAlong(from: Price, to: Price, walk: Walk): void {
  const { market, host, hasArrived } = walk;
  let current: bigint = from;
  // A fill that the account refuses cancels the order, and every other step triggers or fills: each makes the next.
  for (let step = nextStep(current, to, walk); step !== undefined; step = nextStep(current, to, walk)) {
    current = step.level;
    act(step, walk);
  }
  for (const order of activeOrders(market, hasArrived)) {
    if (order.isTriggered && isImmediate(order)) host.cancel(order, 'REMAINDER_CANCELED');
  }
}

function nextStep(current: bigint, target: bigint, walk: Walk): Step | undefined {
  let next: Step | undefined;
  for (const order of walk.market.orders) {
    if (!isActive(order, walk.hasArrived)) continue;
    trail(order, current, walk.host);
    const level = levelOf(order, current, target, walk.pool);
    if (level === undefined) continue;
    if (level !== walk.path[0] && stopBefore(order, walk) !== undefined) continue;
    if (next === undefined || absolute(level - current) < absolute(next.level - current))
      next = { order, level };
  }
  return next;
}

/** Where, between the current price and the target, the order acts next. */
function levelOf(order: PaperOrder, current: bigint, target: bigint, pool: Pool): bigint | undefined {
  const { side } = order.intent;
  if (!order.isTriggered) {
    const stop = order.stopPrice;
    if (stop === undefined) return undefined;
    if (!isWorse(stop, current, side)) return current;
    return isWorse(stop, target, side) ? undefined : stop;
  }
  const limit = order.limitPrice;
  const isThere = limit === undefined || isWorse(limit, current, side);
  if (!isThere && !isWorse(limit, target, side)) return undefined;
  if (pool.left === 0n || (order.intent.timeInForce === 'fok' && workableQuantity(order) > pool.left)) {
    return undefined;
  }
  return isThere ? current : limit;
}

function act(step: Step, walk: Walk): void {
  const { order, level } = step;
  const { market, host, pool } = walk;
  if (!order.isTriggered) {
    triggerWhenReached(order, level, host);
    return;
  }
  const wanted = workableQuantity(order);
  const taken = wanted < pool.left ? wanted : pool.left;
  const worst = order.intent.side === 'buy' ? walk.high : walk.low;
  const marketPrice = price(towardsWorst({ modelled: level, worst }, host.pessimism));
  const taking = { marketPrice, quantity: taken, available: pool.size };
  const filled = host.fill(order, taken, priceOfTaking(order, taking, market, walk));
  pool.take(filled);
  if (filled > 0n) walk.entries.set(order.intent.clientOrderId, { isAtOpen: walk.isAtOpen, level });
}

/** The open stop for which the limit order waits, when the bar has been beyond both. */
function stopBefore({ intent, limitPrice, isTriggered }: PaperOrder, walk: Walk): PaperOrder | undefined {
  const { market, hasArrived, low, high } = walk;
  if (!isTriggered || limitPrice === undefined || limitPrice <= low || limitPrice >= high) return undefined;
  return activeOrders(market, hasArrived).find(
    (other) =>
      !other.isTriggered &&
      other.stopPrice !== undefined &&
      low <= other.stopPrice &&
      other.stopPrice <= high &&
      areSiblings(other.intent, intent),
  );
}

function post(order: PaperOrder, host: MatchHost): void {
  if (!order.isTriggered || order.isPosted || order.limitPrice === undefined) return;
  order.isPosted = true;
  host.changed(order);
}

function exact(measured: number): Price {
  return price(fromDouble(measured, 1n, 'halfEven'));
}
