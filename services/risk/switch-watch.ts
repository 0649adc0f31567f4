import type { AccountId, LedgerId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { SwitchDefinition } from '../kernel/kill-switch/switch-definition.ts';
import type { Baselines } from './baselines.ts';
import type { Exposure } from './exposure.ts';
import type { Links } from './links.ts';
import type { Market } from './market.ts';
import { measure } from './measures.ts';
import type { OrderHistory } from './order-history.ts';
import type { SwitchBoard } from './switch-board.ts';
import { type Occasion, type SwitchCondition, switchConditions } from './switch-conditions.ts';

interface Watched {
  readonly definition: SwitchDefinition;
  readonly condition: SwitchCondition;
}

interface WatchFacts {
  readonly board: SwitchBoard;
  readonly market: Market;
  readonly exposure: Exposure;
  readonly history: OrderHistory;
  readonly baselines: Baselines;
  readonly links: Links;
  readonly account: AccountId;
  /** Undefined while rows of execution are missing: figures from half a history would trip for nothing. */
  readonly ledgerId: () => LedgerId | undefined;
}

/** Reads the inputs of the switches whenever they may have changed. */
export class SwitchWatch {
  readonly #facts: WatchFacts;
  readonly #watched: Readonly<Record<Occasion, readonly Watched[]>>;

  constructor(facts: WatchFacts) {
    this.#facts = facts;
    const enabled = facts.board.definitions.flatMap((definition): Watched[] => {
      const condition = switchConditions[definition.name];
      if (condition === undefined) throw new Error(`there is no kill switch ${definition.name}`);
      return definition.enabled ? [{ definition, condition }] : [];
    });
    const on = (occasion: Occasion) => enabled.filter(({ condition }) => condition.on.includes(occasion));
    this.#watched = {
      price: on('price'),
      row: on('row'),
      order: on('order'),
      link: on('link'),
      tick: on('tick'),
    };
  }

  read(occasion: Occasion): void {
    const { board, market, exposure, history, baselines, links, account, ledgerId } = this.#facts;
    const ledger = ledgerId();
    const measures = ledger === undefined ? undefined : measure(exposure, market);
    if (measures !== undefined && ledger !== undefined) {
      const time = market.now;
      for (const name of baselines.measure({ performance: measures.performance, time })) {
        const value = baselines.row(name, { account, ledgerId: ledger, time });
        board.record(brandOf.switchName(name), { case: 'baselineMoved', value });
      }
    }
    // With each price the instrument that moved is looked at, once a second all of them.
    const volatility = occasion === 'price' ? market.newestMove : market.widestMove;
    const facts = { market, exposure, history, baselines, links, measures, volatility };
    for (const { definition, condition } of this.#watched[occasion]) {
      const { name, threshold } = definition;
      const reading = condition.read({ ...facts, threshold });
      board.observe(name, reading, { isTick: occasion === 'tick' });
    }
  }
}
