import type { Side } from '../../protos/gen/order.ts';
import type { ClientOrderId, Quantity, SignedQuantity, StrategyId } from '../kernel/codec/brand.ts';
import { absolute, quantity } from '../kernel/money/amount.ts';

/** An order of the instrument that is not over: it waits to be sent, or is or may be at the venue. */
export interface ExitOrderFacts {
  readonly id: ClientOrderId;
  readonly strategy: StrategyId;
  readonly side: Side;
  /** What it may still fill. */
  readonly leaves: bigint;
  /** Sent by an exit, this one or another. */
  readonly isExit: boolean;
  readonly isCancelWanted: boolean;
}

/** All that the plan for one instrument depends on. */
export interface ExitFacts {
  /** At the venue, as the ledger proves it. */
  readonly net: SignedQuantity;
  /** Lots of each strategy, in the order in which they came to the instrument; they sum to the net. */
  readonly holdings: readonly { readonly strategy: StrategyId; readonly quantity: SignedQuantity }[];
  /** Only what this strategy holds; absent: all. */
  readonly strategy?: StrategyId | undefined;
  readonly lotSize: Quantity;
  readonly orders: readonly ExitOrderFacts[];
}

export interface ExitPiece {
  readonly strategy: StrategyId;
  readonly side: Side;
  readonly quantity: Quantity;
}

export interface ExitPlan {
  /** Nothing is held any more and nothing works. */
  readonly isFlat: boolean;
  /** To be canceled, and known to be dead before anything is sent. */
  readonly cancel: readonly ClientOrderId[];
  /** Not over yet; while there is any, nothing is sent. */
  readonly awaited: readonly ClientOrderId[];
  /** To be sent now. Their sum is never more than what is held. */
  readonly send: readonly ExitPiece[];
  /** Held, and less than the venue trades. */
  readonly dust: bigint;
}

/**
 * What to do next to be flat in one instrument. Orders are sent only when no other order of the instrument is alive,
 * all on one side, and together for no more than is held; so whichever of them fill first, the position only shrinks.
 */
export function planExit(facts: ExitFacts): ExitPlan {
  const { net, orders, strategy, lotSize } = facts;
  const held = heldToExit(facts);
  const strangers = orders.filter(
    (order) => !order.isExit && (held > 0n || strategy === undefined || order.strategy === strategy),
  );
  const own = orders.filter((order) => order.isExit);
  const awaited = [...strangers, ...own];
  const unfit = fits(own, net) ? [] : own;
  const dust = held % lotSize;
  return {
    isFlat: held === 0n && awaited.length === 0,
    cancel: [...strangers, ...unfit].filter((order) => !order.isCancelWanted).map((order) => order.id),
    awaited: awaited.map((order) => order.id),
    send: awaited.length === 0 ? piecesOf(facts, held - dust) : [],
    dust,
  };
}

/** Without a sign: of the net position what the exit is about. A strategy on the other side of it cannot reduce it. */
export function heldToExit({ net, holdings, strategy }: Omit<ExitFacts, 'orders' | 'lotSize'>): bigint {
  if (strategy === undefined) return absolute(net);
  const own: bigint = holdings.find((holding) => holding.strategy === strategy)?.quantity ?? 0n;
  if (own === 0n || own > 0n !== net > 0n || net === 0n) return 0n;
  return absolute(own) < absolute(net) ? absolute(own) : absolute(net);
}

/** A fill from elsewhere, such as a late one of an order believed dead, may leave less than they are for. */
function fits(own: readonly ExitOrderFacts[], net: bigint): boolean {
  const side = sideAgainst(net);
  const leaves = own.reduce((sum, order) => sum + order.leaves, 0n);
  return leaves <= absolute(net) && own.every((order) => order.side === side);
}

/**
 * Whole lots of the strategies that hold the net's side, in the order in which they came. Where only parts of lots sum
 * to whole ones, the first of them gives the rest: what counts is the position at the venue.
 */
function piecesOf({ net, holdings, strategy, lotSize }: ExitFacts, wanted: bigint): readonly ExitPiece[] {
  const holders = holdings.filter(
    (holding) =>
      holding.quantity > 0n === net > 0n &&
      holding.quantity !== signedZero &&
      (strategy === undefined || holding.strategy === strategy),
  );
  let left = wanted;
  const sizes = holders.map((holding) => {
    const whole = absolute(holding.quantity) - (absolute(holding.quantity) % lotSize);
    const taken = whole < left ? whole : left;
    left -= taken;
    return taken;
  });
  const side = sideAgainst(net);
  return holders.flatMap((holding, index) => {
    const size = (sizes[index] ?? 0n) + (index === 0 ? left : 0n);
    return size > 0n ? [{ strategy: holding.strategy, side, quantity: quantity(size) }] : [];
  });
}

const signedZero: bigint = 0n;

function sideAgainst(net: bigint): Side {
  return net > 0n ? 'sell' : 'buy';
}
