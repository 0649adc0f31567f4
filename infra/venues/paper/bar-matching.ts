import type { Bar } from '../../../protos/gen/market.ts';
import type { Price } from '../../../services/kernel/codec/brand.ts';
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
 * the earlier arrival at equal prices; what a fill releases joins from that point on.
 *
 * Market orders fill at the open. A stop fills where it is reached, or at the open when the bar opens beyond it. A
 * limit fills at its price, or at a better open, once the path has gone beyond it: a touch does not fill. Whoever takes
 * pays half of the spread. Pessimism moves each price towards the bar's worst, never beyond a limit. All fills of one
 * bar together take at most `volumeRatioMax` of its volume.
 *
 * Which of two legs the market came to first, the path cannot tell. When a bar holds both the stop and the limit of
 * such a pair, the stop has it; the limit fills only at an open that is beyond it already.
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
): void {
  const { slippage, pessimism } = host;
  const path = barPath(bar);
  const sizeOf = (): bigint => {
    const lots = lotQuantity(bar.volume, market.instrument);
    const volume = divide(lots * options.volumeRatioMax, scale, 'down');
    return wholeLots(shareOf(volume, pessimism), market.instrument);
  };
  const [open, one, other] = path;
  const walk: Walk = {
    market,
    host,
    open,
    high: one > other ? one : other,
    low: one > other ? other : one,
    hasArrived: options.hasArrived,
    pool: new Pool(sizeOf),
    slippage: {
      slippageRatio: slippage.slippageRatio + options.halfSpreadRatio,
      impactRatio: slippage.impactRatio,
    },
  };

  let current = open;
  for (const target of path) {
    goAlong(current, target, walk);
    if (market.orders.length === 0) return;
    current = target;
  }
  stopTheUndecided(walk);
  for (const order of activeOrders(market, options.hasArrived)) post(order, host);
}

interface Walk {
  readonly market: Market;
  readonly host: MatchHost;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly hasArrived: HasArrived;
  readonly pool: Pool;
  readonly slippage: Slippage;
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
    if (level !== walk.open && stopBefore(order, walk) !== undefined) continue;
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
  pool.take(host.fill(order, taken, priceOfTaking(order, taking, market, walk)));
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

/** What became a pair within the bar, when the path did not come by the stop any more: it did all the same. */
function stopTheUndecided(walk: Walk): void {
  const { market, hasArrived, pool } = walk;
  for (const order of activeOrders(market, hasArrived)) {
    const stop = stopBefore(order, walk);
    if (stop?.stopPrice === undefined) continue;
    const step = { order: stop, level: stop.stopPrice };
    act(step, walk);
    if (stop.limitPrice === undefined && pool.left > 0n) act(step, walk);
  }
}

function post(order: PaperOrder, host: MatchHost): void {
  if (!order.isTriggered || order.isPosted || order.limitPrice === undefined) return;
  order.isPosted = true;
  host.changed(order);
}

function exact(measured: number): Price {
  return price(fromDouble(measured, 1n, 'halfEven'));
}
