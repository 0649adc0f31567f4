import type { LotMatch } from '../../../protos/gen/portfolio.ts';
import type {
  AccountId,
  ClientOrderId,
  InstrumentId,
  Money,
  Price,
  SignedQuantity,
  StrategyId,
  TimestampUs,
} from '../codec/brand.ts';
import { absolute, divide, money, quantity, signedQuantity } from '../money/amount.ts';
import { type Lot, OpenLots } from './open-lots.ts';

export interface BookOwner {
  readonly account: AccountId;
  readonly strategy: StrategyId;
  readonly instrument: InstrumentId;
}

/** What changes lots. A `transfer` is a trade that the venue carried out without an order and without cash. */
export type BookEntry = TradeEntry | SplitEntry;

export interface TradeEntry {
  readonly kind: 'trade' | 'transfer';
  /** Execution or activity id: what a bust or a correction names. */
  readonly key: string;
  readonly orderId?: ClientOrderId | undefined;
  /** Bought positive, sold negative. */
  readonly quantity: SignedQuantity;
  readonly price: Price;
  /** price x quantity x multiplier, of the quantity's sign. */
  readonly cost: Money;
  readonly fees: Money;
  readonly time: TimestampUs;
}

export interface SplitEntry {
  readonly kind: 'split';
  readonly key: string;
  readonly numerator: number;
  readonly denominator: number;
}

/** Sums over the matches that an order opened or closed. */
export interface OrderTally {
  readonly pnl: Money;
  readonly fees: Money;
  readonly openedAt: TimestampUs;
  readonly closedAt: TimestampUs;
}

export interface BookTotals {
  readonly quantity: SignedQuantity;
  /** Of the open lots. */
  readonly cost: Money;
  readonly realizedPnl: Money;
  readonly fees: Money;
  /** What the trades brought in, fees aside: the negative of their costs. */
  readonly cashFlow: Money;
  /** Cost of what came without cash. */
  readonly transferredCost: Money;
}

export interface BookChange {
  readonly matched: readonly LotMatch[];
  readonly unmatched: readonly LotMatch[];
}

/**
 * Entries that a bust or a correction can still reach. Older ones live on in the lots; a venue that takes back a fill
 * of that age is answered with a person, not with arithmetic.
 */
export const entriesKeptMax = 1000;

/**
 * The first-in-first-out lots of one strategy in one instrument, exact to the last unit: what a partial match takes
 * of a cost or a fee is rounded, and what is left is the rest, so that the parts always sum to the whole.
 */
export interface LotBook {
  readonly owner: BookOwner;
  add(entry: BookEntry): BookChange;
  /**
   * Puts `entry` (nothing: a bust) where the entry of this key was, and matches all later ones anew. Undefined when
   * the key is not known, or older than what is kept.
   */
  replace(key: string, entry: BookEntry | undefined): BookChange | undefined;
  entry(key: string): BookEntry | undefined;
  totals(): BookTotals;
  hasOpenLots(orderId: ClientOrderId): boolean;
  tally(orderId: ClientOrderId): OrderTally | undefined;
  /** Drops the tally of an order that nobody will ask about any more. */
  forget(orderId: ClientOrderId): void;
}

interface BookState {
  readonly lots: OpenLots;
  readonly tallies: Map<ClientOrderId, OrderTally>;
  realizedPnl: bigint;
  fees: bigint;
  cashFlow: bigint;
  transferredCost: bigint;
}

interface AppliedEntry {
  readonly entry: BookEntry;
  readonly matches: readonly LotMatch[];
}

export function createLotBook(owner: BookOwner): LotBook {
  const base = emptyState();
  let state = emptyState();
  let applied: AppliedEntry[] = [];
  /** Of `state`; each change is followed by several questions. */
  let totals: BookTotals | undefined;

  function foldOldEntries(): void {
    for (const { entry } of applied.slice(0, entriesKeptMax)) applyEntry(base, entry, owner);
    for (const orderId of base.tallies.keys()) {
      if (!state.tallies.has(orderId)) base.tallies.delete(orderId);
    }
    applied = applied.slice(entriesKeptMax);
  }

  function rebuild(entries: readonly BookEntry[]): BookChange {
    const before = new Map(applied.map(({ entry, matches }) => [entry.key, matches]));
    state = copyState(base);
    totals = undefined;
    applied = entries.map((entry) => ({ entry, matches: applyEntry(state, entry, owner) }));
    const matched: LotMatch[] = [];
    for (const { entry, matches } of applied) {
      const old = before.get(entry.key);
      if (old !== undefined && sameMatches(old, matches)) before.delete(entry.key);
      else matched.push(...matches);
    }
    return { matched, unmatched: [...before.values()].flat() };
  }

  return {
    owner,
    add(entry) {
      const matches = applyEntry(state, entry, owner);
      totals = undefined;
      applied.push({ entry, matches });
      if (applied.length >= 2 * entriesKeptMax) foldOldEntries();
      return { matched: matches, unmatched: [] };
    },
    replace(key, entry) {
      const index = applied.findIndex((one) => one.entry.key === key);
      if (index < 0) return undefined;
      const entries = applied.map((one) => one.entry);
      entries.splice(index, 1, ...(entry === undefined ? [] : [entry]));
      return rebuild(entries);
    },
    entry: (key) => applied.find((one) => one.entry.key === key)?.entry,
    totals() {
      totals ??= totalsOf(state);
      return totals;
    },
    hasOpenLots: (orderId) => state.lots.isOpen(orderId),
    tally: (orderId) => state.tallies.get(orderId),
    forget(orderId) {
      state.tallies.delete(orderId);
      base.tallies.delete(orderId);
    },
  };
}

function emptyState(): BookState {
  const sums = { realizedPnl: 0n, fees: 0n, cashFlow: 0n, transferredCost: 0n };
  return { lots: new OpenLots(), tallies: new Map(), ...sums };
}

function copyState(state: BookState): BookState {
  return { ...state, lots: state.lots.copy(), tallies: new Map(state.tallies) };
}

function totalsOf(state: BookState): BookTotals {
  return {
    quantity: signedQuantity(state.lots.quantity),
    cost: money(state.lots.cost),
    realizedPnl: money(state.realizedPnl),
    fees: money(state.fees),
    cashFlow: money(state.cashFlow),
    transferredCost: money(state.transferredCost),
  };
}

function applyEntry(state: BookState, entry: BookEntry, owner: BookOwner): readonly LotMatch[] {
  if (entry.kind === 'split') {
    const { numerator, denominator } = entry;
    state.lots.split({ numerator: BigInt(numerator), denominator: BigInt(denominator) });
    return [];
  }
  state.fees += entry.fees;
  if (entry.kind === 'trade') state.cashFlow -= entry.cost;
  else state.transferredCost += entry.cost;
  return matchTrade(state, entry, owner);
}

/** Closes lots of the other sign, the oldest first; what is left opens a lot, so that a flip does both. */
function matchTrade(state: BookState, entry: TradeEntry, owner: BookOwner): readonly LotMatch[] {
  const matches: LotMatch[] = [];
  let rest: Lot = {
    orderId: entry.orderId,
    openedAt: entry.time,
    price: entry.price,
    quantity: entry.quantity,
    cost: entry.cost,
    fees: entry.fees,
  };
  const { lots } = state;
  for (let { oldest } = lots; oldest !== undefined && closes(rest, oldest); { oldest } = lots) {
    const size = smaller(absolute(rest.quantity), absolute(oldest.quantity));
    const opening = take(oldest, size);
    const closing = take(rest, size);
    lots.cutOldest(opening.rest);
    const match = matchOf({ owner, size, opening: opening.part, closing: closing.part });
    state.realizedPnl += match.pnl;
    addToTally(state, match, { openedAt: oldest.openedAt, closedAt: entry.time });
    matches.push(match);
    if (closing.rest === undefined) return matches;
    rest = closing.rest;
  }
  if (rest.quantity !== 0n) lots.push(rest);
  return matches;
}

/** A lot that a reverse split rounded away has no sign, only a cost to be booked by whatever comes next. */
function closes(rest: Lot, oldest: Lot): boolean {
  return oldest.quantity === 0n || rest.quantity > 0n !== oldest.quantity > 0n;
}

/** Cuts `size` units off a lot; the last piece takes all that is left of cost and fees. */
function take(lot: Lot, size: bigint): { readonly part: Lot; readonly rest: Lot | undefined } {
  const whole = absolute(lot.quantity);
  if (size === whole) return { part: lot, rest: undefined };
  const part: Lot = {
    ...lot,
    quantity: lot.quantity > 0n ? size : -size,
    cost: divide(lot.cost * size, whole, 'halfEven'),
    fees: divide(lot.fees * size, whole, 'halfEven'),
  };
  const rest: Lot = {
    ...lot,
    quantity: lot.quantity - part.quantity,
    cost: lot.cost - part.cost,
    fees: lot.fees - part.fees,
  };
  return { part, rest };
}

function matchOf(match: {
  readonly owner: BookOwner;
  readonly size: bigint;
  readonly opening: Lot;
  readonly closing: Lot;
}): LotMatch {
  const { owner, size, opening, closing } = match;
  return {
    ...owner,
    openOrderId: opening.orderId,
    closeOrderId: closing.orderId,
    quantity: quantity(size),
    openPrice: opening.price,
    closePrice: closing.price,
    // Bought and sold cost have opposite signs: what is not spent is earned.
    pnl: money(-(opening.cost + closing.cost)),
    fees: money(opening.fees + closing.fees),
  };
}

function addToTally(
  state: BookState,
  match: LotMatch,
  times: { readonly openedAt: TimestampUs; readonly closedAt: TimestampUs },
): void {
  const { openOrderId, closeOrderId } = match;
  const add = (orderId: ClientOrderId): void => {
    const sum = state.tallies.get(orderId);
    state.tallies.set(orderId, {
      pnl: money((sum?.pnl ?? 0n) + match.pnl),
      fees: money((sum?.fees ?? 0n) + match.fees),
      openedAt: sum === undefined || times.openedAt < sum.openedAt ? times.openedAt : sum.openedAt,
      closedAt: sum === undefined || times.closedAt > sum.closedAt ? times.closedAt : sum.closedAt,
    });
  };
  if (openOrderId !== undefined) add(openOrderId);
  if (closeOrderId !== undefined && closeOrderId !== openOrderId) add(closeOrderId);
}

function sameMatches(some: readonly LotMatch[], others: readonly LotMatch[]): boolean {
  return (
    some.length === others.length &&
    some.every((match, index) => {
      const other = others[index];
      return (
        other !== undefined &&
        match.openOrderId === other.openOrderId &&
        match.closeOrderId === other.closeOrderId &&
        match.quantity === other.quantity &&
        match.openPrice === other.openPrice &&
        match.closePrice === other.closePrice &&
        match.pnl === other.pnl &&
        match.fees === other.fees
      );
    })
  );
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
