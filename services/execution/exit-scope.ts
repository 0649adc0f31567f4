import type { AccountId, InstrumentId, StrategyId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { leavesQuantityOf } from '../kernel/order/order-effect.ts';
import type { Ledger } from '../kernel/position/ledger.ts';
import { isExitOrder } from './exit-order.ts';
import type { ExitFacts } from './exit-plan.ts';
import type { Instruments } from './instruments.ts';
import type { Supervisor } from './supervisor.ts';

/** What an exit is about. */
export interface ExitScope {
  readonly account: AccountId;
  /** Absent: every instrument. */
  readonly instrument?: InstrumentId | undefined;
  /** Absent: what is held for any strategy. */
  readonly strategy?: StrategyId | undefined;
}

interface Books {
  readonly ledger: Ledger;
  readonly orders: Supervisor;
  readonly instruments: Instruments;
}

/** Where something of the scope may be held or may work. */
export function instrumentsOf({ instrument }: ExitScope, { ledger, orders }: Books): readonly InstrumentId[] {
  if (instrument !== undefined) return [instrument];
  const held = ledger.instruments().filter((one) => ledger.quantity(one) !== 0n);
  const open = [...orders.waiting(), ...orders.atVenue()].map(({ actor }) => actor.context.intent.instrument);
  return [...new Set([...held, ...open])];
}

export function factsOf(
  { strategy }: ExitScope,
  instrument: InstrumentId,
  { ledger, orders, instruments }: Books,
): ExitFacts {
  return {
    net: ledger.quantity(instrument),
    holdings: ledger.positionEvent(instrument).strategies,
    strategy,
    // Nothing is sent without a definition; that something is held is known all the same.
    lotSize: instruments.definition(instrument)?.lotSize ?? brandOf.quantity(1n),
    orders: [...orders.waiting(), ...orders.atVenue()]
      .filter(({ actor }) => actor.context.intent.instrument === instrument)
      .map((entry) => ({
        id: entry.actor.id,
        strategy: entry.actor.context.intent.strategy,
        side: entry.actor.context.intent.side,
        leaves: leavesQuantityOf(entry.actor.context, entry.actor.closed),
        isExit: isExitOrder(entry),
        isCancelWanted: entry.actor.context.cancelWanted !== undefined,
      })),
  };
}

/** In words, for people. */
export function whatOf({ account, instrument, strategy }: ExitScope): string {
  const what = instrument ?? 'everything';
  return strategy === undefined ? `${what} of ${account}` : `${what} of ${strategy} in ${account}`;
}
