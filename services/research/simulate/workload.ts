import { createRandomSource, type RandomSource } from '../../../infra/feeds/random-source.ts';
import type { BarView, OrderRequest, OrderView, StrategyContext, StrategyHandlers } from './author-face.ts';

/** Market times at which the workload changes; the same for every rebuild of an instance. */
export interface WorkloadPhases {
  /** From here on nothing new is wanted. */
  quietFrom: number;
  /** From here on one small order a bar, to see whether trading is alive. */
  probeFrom: number;
  /** Times of bars to which `wild` answers with far too many orders; none that was played before it came here. */
  readonly bursts: Set<number>;
}

export interface WorkloadOptions {
  readonly seed: number;
  readonly name: string;
  readonly phases: WorkloadPhases;
  /** Of one order, at most. */
  readonly quantityMax: number;
  /** An order that is in doubt or about to be canceled is wanted again at once. */
  readonly reenters: boolean;
}

const doubtful: ReadonlySet<string> = new Set(['unknown', 'pendingCancel', 'pendingReplace']);

const over: ReadonlySet<string> = new Set([
  'filled',
  'resolved',
  'canceled',
  'expired',
  'rejected',
  'notFound',
  'denied',
  'lapsed',
  'canceledUnsent',
]);

/**
 * A strategy without a plan: orders of every type, brackets, cancels, replaces, and bursts that together want more
 * than the limits allow. What it does at a bar follows from the seed and the bar alone, so a rebuild does the same.
 */
export function createWorkload(options: WorkloadOptions, context: StrategyContext): StrategyHandlers {
  const { seed, name, phases } = options;
  /** In the order in which they were first heard of. */
  const open = new Map<string, OrderView>();
  const wantedAgain = new Set<string>();
  let isQuiet = true;

  return {
    onOrder(order) {
      if (over.has(order.state)) open.delete(order.orderId);
      else open.set(order.orderId, order);
      if (!options.reenters || isQuiet || !doubtful.has(order.state)) return;
      if (wantedAgain.has(order.orderId)) return;
      wantedAgain.add(order.orderId);
      wantAgain(context, order, options);
    },
    onBar(bar) {
      if (bar.warmUp) return;
      isQuiet = bar.time >= phases.quietFrom;
      if (bar.time >= phases.probeFrom) return probe(context, bar);
      if (bar.time >= phases.quietFrom) return;
      const random = createRandomSource(seed, name, bar.instrument, bar.time);
      const scene = { context, bar, random, open, options };
      for (let left = actionsOf(random); left > 0; left -= 1) act(scene);
      if (name !== 'wild' || !phases.bursts.has(bar.time)) return;
      for (let left = burstOrders; left > 0; left -= 1) place(scene);
    },
  };
}

const burstOrders = 12;
const ordersAgain = 3;

interface Scene {
  readonly context: StrategyContext;
  readonly bar: BarView;
  readonly random: RandomSource;
  readonly open: ReadonlyMap<string, OrderView>;
  readonly options: WorkloadOptions;
}

function actionsOf(random: RandomSource): number {
  const draw = random.uniform();
  if (draw < 0.35) return 0;
  if (draw < 0.75) return 1;
  return draw < 0.92 ? 2 : 5;
}

function act(scene: Scene): void {
  const draw = scene.random.uniform();
  if (draw < 0.1) cancelOne(scene);
  else if (draw < 0.2) replaceOne(scene);
  else if (draw < 0.35) reduce(scene);
  else place(scene);
}

/** As if the first were gone, and up to what a position may be: that it may still fill is for risk to know. */
function wantAgain(
  { order }: StrategyContext,
  { instrument, side }: OrderView,
  options: WorkloadOptions,
): void {
  const request = { instrument, quantity: options.quantityMax, reason: 'wanted again' };
  for (let left = ordersAgain; left > 0; left -= 1) {
    if (side === 'buy') order.buy(request);
    else order.sell(request);
  }
}

/** Half of them more than is held, which must never turn the position around. */
function reduce({ context, bar, random }: Scene): void {
  const { instrument } = bar;
  const held = context.position(instrument);
  if (held === 0) return;
  const share = random.uniform() < 0.5 ? random.uniform() : 1 + random.uniform();
  const quantity = Math.max(1, Math.ceil(Math.abs(held) * share));
  const request = { instrument, quantity, reduceOnly: true, reason: 'reduces' };
  if (held > 0) context.order.sell(request);
  else context.order.buy(request);
}

function place({ context, bar, random, options }: Scene): void {
  const { instrument, close } = bar;
  const isBuy = random.uniform() < 0.5;
  const quantity = 1 + Math.floor(random.uniform() * options.quantityMax);
  const base: OrderRequest = { instrument, quantity, reason: 'drawn' };
  const request = { ...base, ...termsOf(random, { close, isBuy }) };
  if (isBuy) context.order.buy(request);
  else context.order.sell(request);
}

function termsOf(
  random: RandomSource,
  { close, isBuy }: { readonly close: number; readonly isBuy: boolean },
): Partial<OrderRequest> {
  const draw = random.uniform();
  const away = (random.uniform() - 0.4) * 0.006 * close;
  const limit = isBuy ? close - away : close + away;
  const lives = ['day', 'gtc', 'gtc', 'ioc', 'fok'] as const;
  const timeInForce = lives[Math.floor(random.uniform() * lives.length)] ?? 'gtc';
  if (draw < 0.35) return {};
  if (draw < 0.7) return { limit, timeInForce };
  const beyond = isBuy ? close * 1.002 : close * 0.998;
  if (draw < 0.8) return { stop: beyond, timeInForce: 'gtc' };
  const gain = close * 0.002;
  const bracket = isBuy
    ? { takeProfit: close + gain, stopLoss: close - gain }
    : { takeProfit: close - gain, stopLoss: close + gain };
  return draw < 0.9 ? { bracket } : { limit, timeInForce: 'gtc', bracket };
}

function cancelOne({ context, random, open }: Scene): void {
  const order = drawn(random, open);
  if (order !== undefined) context.order.cancel(order.orderId, 'drawn');
}

function replaceOne({ context, random, open, bar }: Scene): void {
  const order = drawn(random, open);
  if (order === undefined || order.instrument !== bar.instrument) return;
  const quantity = Math.max(1, Math.round(order.quantity * (0.5 + random.uniform())));
  const limit = order.side === 'buy' ? bar.close * 0.999 : bar.close * 1.001;
  context.order.replace(order.orderId, { quantity, limit, reason: 'drawn' });
}

function drawn(random: RandomSource, open: ReadonlyMap<string, OrderView>): OrderView | undefined {
  const orders = [...open.values()];
  return orders[Math.floor(random.uniform() * orders.length)];
}

/**
 * Towards nothing, so that no limit is in its way; and far more than is held of what may only reduce, which risk cuts
 * or denies by the position that it believes in.
 */
function probe({ order, position }: StrategyContext, { instrument }: BarView): void {
  const held = position(instrument);
  const far = { instrument, quantity: 3 * Math.abs(held), reduceOnly: true, reason: 'probe' };
  if (held > 0) {
    order.sell({ instrument, quantity: 1, reason: 'probe' });
    order.sell(far);
  } else {
    order.buy({ instrument, quantity: 1, reason: 'probe' });
    if (held < 0) order.buy(far);
  }
}
