import type { BaselineMoved } from '../../protos/gen/risk.ts';
import type { AccountId, LedgerId, StrategyId, SwitchName } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { SwitchDefinition } from '../kernel/kill-switch/switch-definition.ts';
import type { Baseline, Baselines } from './baselines.ts';
import type { Exposure } from './exposure.ts';
import type { Links } from './links.ts';
import type { Market } from './market.ts';
import { type Measures, measure, measureStrategy } from './measures.ts';
import type { OrderHistory } from './order-history.ts';
import type { SwitchBoard } from './switch-board.ts';
import { type Occasion, type SwitchCondition, switchConditions } from './switch-conditions.ts';

interface Watched {
  readonly definition: SwitchDefinition;
  readonly condition: SwitchCondition;
  readonly strategy: StrategyId | undefined;
  readonly baseline: Baseline;
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
  /** All that measure a loss, enabled or not: who enables one finds its baseline there. */
  readonly #losses: readonly Watched[];
  readonly #watched: Readonly<Record<Occasion, readonly Watched[]>>;
  readonly #forgivenFills = new Map<SwitchName, number>();

  constructor(facts: WatchFacts) {
    this.#facts = facts;
    const all = facts.board.definitions.map((definition) => watchedOf(definition, facts.baselines));
    this.#losses = all.filter(({ condition }) => condition.from !== undefined);
    const on = (occasion: Occasion) =>
      all.filter(({ definition, condition }) => definition.enabled && condition.on.includes(occasion));
    this.#watched = {
      price: on('price'),
      row: on('row'),
      order: on('order'),
      link: on('link'),
      tick: on('tick'),
    };
  }

  read(occasion: Occasion): void {
    const { board, market, exposure, history, links } = this.#facts;
    const account = this.#measure();
    if (account !== undefined) this.#moveBaselines(account);
    const options = { isTick: occasion === 'tick' };
    for (const { definition, condition, strategy, baseline } of this.#watched[occasion]) {
      const { name, threshold } = definition;
      const reading = condition.read({
        market,
        exposure,
        history,
        links,
        occasion,
        strategy,
        measures: account && this.#measuresOf(strategy, account),
        baseline: baseline.performance,
        threshold,
        forgivenFill: condition.ofFills ? this.#forgivenFill(name) : 0,
      });
      board.observe(name, reading, options);
    }
  }

  /**
   * Begins anew from the performance of now: the row that says so, which the caller records. Undefined when the switch
   * measures no loss, or performance cannot be measured now.
   */
  rebase(name: SwitchName): BaselineMoved | undefined {
    const { market } = this.#facts;
    const watched = this.#losses.find(({ definition }) => definition.name === name);
    const account = this.#measure();
    const measures = watched && account && this.#measuresOf(watched.strategy, account);
    if (watched === undefined || measures === undefined) return undefined;
    watched.baseline.begin(measures.performance, market.now);
    return this.#rowOf(name);
  }

  /** A switch that stops every order would never see the better fills that could clear it. */
  #forgivenFill(name: SwitchName): number {
    const { board, exposure } = this.#facts;
    if (board.isLatched(name)) this.#forgivenFills.set(name, exposure.slippage.noted);
    return this.#forgivenFills.get(name) ?? 0;
  }

  #moveBaselines(account: Measures): void {
    const { board, market, links } = this.#facts;
    const { now: time, calendar } = market;
    // Before the feed has told a time there is no day, and a day that is on disk must not be taken for another.
    // Before the first reconciliation what the account has had all along would look like a gain.
    if (time === 0 || !calendar.isKnown || !links.isReconciled) return;
    for (const { definition, condition, strategy, baseline } of this.#losses) {
      const measures = this.#measuresOf(strategy, account);
      if (measures === undefined) continue;
      const { name } = definition;
      const hasMoved =
        condition.from === 'peak'
          ? baseline.movePeak(measures.performance, time)
          : baseline.moveOpening(measures.performance, time, calendar);
      const value = hasMoved ? this.#rowOf(name) : undefined;
      if (value !== undefined) board.record(name, { case: 'baselineMoved', value });
    }
  }

  #measure(): Measures | undefined {
    return this.#facts.ledgerId() === undefined ? undefined : measure(this.#facts);
  }

  #measuresOf(strategy: StrategyId | undefined, account: Measures): Measures | undefined {
    return strategy === undefined ? account : measureStrategy(this.#facts, strategy, account);
  }

  #rowOf(name: SwitchName): BaselineMoved | undefined {
    const { baselines, account } = this.#facts;
    const ledgerId = this.#facts.ledgerId();
    return ledgerId === undefined ? undefined : baselines.row(name, { account, ledgerId });
  }
}

function watchedOf(definition: SwitchDefinition, baselines: Baselines): Watched {
  const { name, kind = name, scope } = definition;
  const condition = switchConditions[kind];
  if (condition === undefined) throw new Error(`there is no kill switch ${kind}`);
  const strategy = scope.kind === 'strategy' ? brandOf.strategyId(scope.id) : undefined;
  return { definition, condition, strategy, baseline: baselines.of(name) };
}
