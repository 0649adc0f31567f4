import { AccountEvent, PositionEvent, ReconciliationEvent } from '../../protos/gen/portfolio.ts';
import type { AccountId, InstrumentId, Money, Price } from '../kernel/codec/brand.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';
import {
  absolute,
  divide,
  formatAmount,
  notional,
  type Rounding,
  scale,
  zeroMoney,
} from '../kernel/money/amount.ts';
import type { ProjectedRow, ProjectionStore } from '../kernel/projection/projection-store.ts';
import type { Mark, Market } from './market.ts';
import { decimal, timeFields } from './plain-fields.ts';

/** Of values at the mark and of average costs, beyond 1e-9. */
const rounding: Rounding = 'halfEven';

/** A position with what it is worth now; undefined fields: no price, or no definition of the instrument yet. */
interface ValuedPosition {
  readonly position: PositionEvent;
  readonly row: ProjectedRow;
  readonly mark: Mark | undefined;
  readonly value: Money | undefined;
}

export interface PortfolioSources {
  readonly store: ProjectionStore;
  readonly market: Market;
  readonly account: AccountId;
}

export interface AccountFigures {
  readonly event: AccountEvent;
  readonly row: ProjectedRow;
  /** Positions at their marks; it and what follows from it is undefined while one has no price. */
  readonly positionsValue: bigint | undefined;
  /** Cash and positions. */
  readonly equity: bigint | undefined;
  readonly unrealizedPnl: bigint | undefined;
}

export function positionViews(sources: PortfolioSources): readonly JsonObject[] {
  return valuedPositions(sources).map(({ position, row, mark, value }) => ({
    ...timeFields(row.time),
    account: position.account,
    venue: position.venue,
    instrument: position.instrument,
    quantity: formatAmount(position.quantity),
    averagePrice: decimal(averageCost(position, sources.market)),
    cost: decimal(position.cost),
    mark: decimal(mark?.price),
    markSource: mark?.source ?? null,
    value: decimal(value),
    unrealizedPnl: decimal(value === undefined ? undefined : value - position.cost),
    realizedPnl: decimal(position.realizedPnl),
    fees: decimal(position.fees),
    strategies: position.strategies.map(({ strategy, quantity, cost, realizedPnl }) => ({
      strategy,
      quantity: formatAmount(quantity),
      cost: decimal(cost),
      realizedPnl: decimal(realizedPnl),
    })),
  }));
}

/** Undefined before the account's first row. */
export function accountFigures(sources: PortfolioSources): AccountFigures | undefined {
  const { store, account } = sources;
  const found = store
    .latest('account')
    .map((row) => ({ row, event: AccountEvent.decode(row.payload) }))
    .find(({ event }) => event.account === account);
  if (found === undefined) return undefined;
  const valued = valuedPositions(sources);
  const positionsValue = sumOf(valued.map(({ value }) => value));
  const cost = sumOf(valued.map(({ position }) => position.cost)) ?? 0n;
  const { row, event } = found;
  return {
    event,
    row,
    positionsValue,
    equity: positionsValue === undefined ? undefined : event.cash + positionsValue,
    unrealizedPnl: positionsValue === undefined ? undefined : positionsValue - cost,
  };
}

export function accountView({ event, row, ...figures }: AccountFigures): JsonObject {
  return {
    ...timeFields(row.time),
    account: event.account,
    venue: event.venue,
    environment: event.environment,
    currency: event.currency,
    cash: decimal(event.cash),
    positionsValue: decimal(figures.positionsValue),
    equity: decimal(figures.equity),
    realizedPnl: decimal(event.realizedPnl),
    unrealizedPnl: decimal(figures.unrealizedPnl),
    fees: decimal(event.fees),
  };
}

/** The newest comparison of ledger and venue; undefined before the first. */
export function newestReconciliation({
  store,
  account,
}: PortfolioSources): { readonly row: ProjectedRow; readonly event: ReconciliationEvent } | undefined {
  return store
    .latest('reconciliation')
    .map((row) => ({ row, event: ReconciliationEvent.decode(row.payload) }))
    .find(({ event }) => event.account === account);
}

function valuedPositions({ store, market, account }: PortfolioSources): readonly ValuedPosition[] {
  return store
    .latest('position')
    .map((row) => ({ row, position: PositionEvent.decode(row.payload) }))
    .filter(({ position }) => position.account === account)
    .map(({ row, position }) => {
      const mark = markOf(position.instrument, { store, market });
      return { row, position, mark, value: marketValue(position, mark?.price, market) };
    });
}

/** The market's, else of the newest fill. */
export function markOf(
  instrument: InstrumentId,
  { store, market }: Pick<PortfolioSources, 'store' | 'market'>,
): Mark | undefined {
  const known = market.mark(instrument);
  if (known !== undefined) return known;
  const price = store.lastFillPrice(instrument);
  return price === undefined ? undefined : { price, source: 'fill' };
}

/** Undefined as soon as one of them is not known. */
function sumOf(amounts: readonly (bigint | undefined)[]): bigint | undefined {
  return amounts.reduce<bigint | undefined>(
    (sum, amount) => (sum === undefined || amount === undefined ? undefined : sum + amount),
    0n,
  );
}

/** A closed position is worth nothing, whatever its price. */
function marketValue(position: PositionEvent, mark: Price | undefined, market: Market): Money | undefined {
  if (position.quantity === 0n) return zeroMoney;
  const multiplier = market.multiplier(position.instrument);
  if (multiplier === undefined || mark === undefined) return undefined;
  return notional(mark, position.quantity, { multiplier, rounding });
}

/** Undefined for a closed position. */
function averageCost(position: PositionEvent, market: Market): bigint | undefined {
  const multiplier = market.multiplier(position.instrument);
  if (position.quantity === 0n || multiplier === undefined) return undefined;
  return divide(absolute(position.cost) * scale, absolute(position.quantity) * BigInt(multiplier), rounding);
}
