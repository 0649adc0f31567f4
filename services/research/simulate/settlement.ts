import type { Simulation } from '../../../infra/sim/simulation.ts';
import { readExecutionRow } from '../../kernel/bus/execution-row.ts';
import { genesisHead, verifyRows } from '../../kernel/journal/hash-chain.ts';
import { formatAmount } from '../../kernel/money/amount.ts';
import { advance } from './advance.ts';
import * as house from './house.ts';
import type { Verdicts } from './verdicts.ts';
import type { World } from './world.ts';

/** How long the house may take to find its feet once nothing goes wrong any more. */
const settleUsMax = 120_000_000;
const probeUsMax = 30_000_000;
const stepsMax = 400_000;

const transient: ReadonlySet<string> = new Set([
  'approved',
  'submitting',
  'unknown',
  'pendingCancel',
  'pendingReplace',
  'rechecking',
]);

/** Faults are over: everything must converge, agree with the venue to the last unit, and trade again. */
export class Settlement {
  readonly #simulation: Simulation;
  readonly #world: World;
  readonly #verdicts: Verdicts;

  constructor(parts: {
    readonly simulation: Simulation;
    readonly world: World;
    readonly verdicts: Verdicts;
  }) {
    this.#simulation = parts.simulation;
    this.#world = parts.world;
    this.#verdicts = parts.verdicts;
  }

  run(): void {
    const { phases } = this.#world;
    phases.quietFrom = this.#world.marketTime;
    this.#verdicts.note('HEALED: nothing goes wrong any more');
    this.#pass(5_000_000);
    if (!this.#until(settleUsMax, () => this.#lack() === undefined)) {
      this.#verdicts.broken('NOT_SETTLED', this.#lack() ?? '');
      return;
    }
    this.#compareBooks();
    this.#verifyDisks();
    this.#world.dueAlerts.check();
    // Everybody has heard of it by now.
    this.#world.venueView.unforeseen.clear();
    phases.probeFrom = this.#world.marketTime;
    const before = this.#world.venueView.acceptedCount;
    const isAlive = this.#until(probeUsMax, () => this.#world.venueView.acceptedCount > before);
    // No step is made once a promise is broken, so that no order could come.
    const isCut = this.#verdicts.violations.length > 0;
    if (!isAlive && !isCut && !this.#isRanging) {
      const states = this.#world.hosts.map(({ name, service }) => {
        const health = service?.health();
        return `${name} ${health?.state}: ${health?.reasons.join(', ')}`;
      });
      this.#verdicts.broken('NOT_ALIVE', `no order came through: ${states.join('; ')}`);
    }
  }

  /** A wild quote stands in the market's range for five minutes, and until then nothing that adds may go out. */
  get #isRanging(): boolean {
    return this.#world.quotes.hasLied;
  }

  /** What keeps it from being settled. */
  #lack(): string | undefined {
    for (const { name, service } of this.#world.hosts) {
      const health = service?.health();
      if (health === undefined) return `${name} is down`;
      if (health.state !== 'ready') return `${name} is ${health.state}: ${health.reasons.join(', ')}`;
    }
    for (const name of this.#world.diskView.latched.keys()) {
      if (!this.#isRanging || name !== 'volatility') return `${name} is still latched`;
    }
    for (const [id, order] of this.#world.diskView.orders) {
      if (transient.has(order.state)) return `order ${id} is still ${order.state}`;
    }
    for (const [id, requestedBy] of this.#world.diskView.exits)
      return `exit ${id} of ${requestedBy} is not over`;
    return this.#difference();
  }

  #difference(): string | undefined {
    const { venueView, diskView, strangers } = this.#world;
    for (const [id, { filled }] of venueView.orders) {
      // Somebody has taken over what it came to.
      if (strangers.hasSent(id) && diskView.held === undefined) continue;
      const here = diskView.orders.get(id)?.filled ?? 0n;
      if (here !== filled)
        return `order ${id}: ${formatAmount(here)} filled here, ${formatAmount(filled)} at the venue`;
    }
    for (const [executionId, { order }] of venueView.bustsUnheard)
      if (!strangers.hasSent(order.intent.clientOrderId))
        return `the bust of ${executionId} was never booked`;
    return undefined;
  }

  #compareBooks(): void {
    const positions = new Map<string, bigint>();
    let cash: bigint | undefined;
    for (const row of this.#world.disks.execution.rows) {
      const { fact } = readExecutionRow(row);
      if (fact.case === 'position') positions.set(fact.value.instrument, fact.value.quantity);
      if (fact.case === 'account') cash = fact.value.cash;
    }
    const account = this.#world.venue.books.loadAccount();
    if (account === undefined) return;
    const truth = new Map(account.positions.map(({ instrument, quantity }) => [instrument, quantity]));
    for (const symbol of house.symbols) {
      const here = positions.get(symbol) ?? 0n;
      const there: bigint = truth.get(symbol) ?? 0n;
      if (here === there) continue;
      const detail = `${symbol}: ${formatAmount(here)} here, ${formatAmount(there)} at the venue`;
      this.#verdicts.broken('POSITION_DIFFERS', detail);
    }
    if (cash !== undefined && cash !== account.cash) {
      const detail = `${formatAmount(cash)} here, ${formatAmount(account.cash)} at the venue`;
      this.#verdicts.broken('CASH_DIFFERS', detail);
    }
  }

  #verifyDisks(): void {
    for (const [name, disk] of Object.entries(this.#world.disks)) {
      try {
        for (const _ of verifyRows(disk.rows, genesisHead(disk.ledgerId)));
      } catch (error) {
        this.#verdicts.broken('CHAIN', `${name}: ${String(error)}`);
      }
    }
  }

  #pass(us: number): void {
    const untilUs = this.#simulation.nowUs + us;
    this.#until(us, () => this.#simulation.nowUs >= untilUs);
  }

  /** Looks every tenth of a second. */
  #until(us: number, isDone: () => boolean): boolean {
    const endUs = this.#simulation.nowUs + us;
    let steps = 0;
    let lookUs = this.#simulation.nowUs;
    while (this.#simulation.nowUs < endUs && steps < stepsMax) {
      if (this.#simulation.nowUs >= lookUs) {
        lookUs = this.#simulation.nowUs + 100_000;
        if (isDone()) return true;
      }
      if (!advance(this.#simulation, this.#verdicts)) break;
      steps += 1;
    }
    if (steps >= stepsMax) this.#verdicts.broken('LIVELOCK', `not settled in ${stepsMax} steps`);
    return isDone();
  }
}
