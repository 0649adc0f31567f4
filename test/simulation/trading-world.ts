import { createFeed } from '../../infra/feeds/create-feed.ts';
import { createFifoNetwork, type FifoBus } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { createMemoryJournal } from '../../infra/sim/memory-journal.ts';
import { feedPaperVenue } from '../../infra/venues/paper/feed-paper-venue.ts';
import { createMemoryVenueStore } from '../../infra/venues/paper/memory-venue-store.ts';
import type { PaperFaults } from '../../infra/venues/paper/paper-options.ts';
import { createPaperVenue } from '../../infra/venues/paper/paper-venue.ts';
import type { ExitEvent, ExitPosition, OrderEvent } from '../../protos/gen/order.ts';
import type { Alert } from '../../protos/gen/system.ts';
import { createExecution } from '../../services/execution/execution.ts';
import { createStoppableClock, type StoppableClock } from '../../services/execution/timers.ts';
import { type ExecutionRow, readExecutionRow } from '../../services/kernel/bus/execution-row.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { SwitchDefinition } from '../../services/kernel/kill-switch/switch-definition.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { money, parseAmount } from '../../services/kernel/money/amount.ts';
import type { OrderEngine } from '../../services/kernel/order/order-actor.ts';
import { asAsked } from '../../services/kernel/sizing/sizing.ts';
import { createMarketData } from '../../services/market-data/market-data.ts';
import { createRisk } from '../../services/risk/risk.ts';
import type { StrategyContext, StrategyHandlers } from '../../services/strategy/author.ts';
import { createStrategy } from '../../services/strategy/strategy.ts';
import { wideLimits } from '../unit/risk-samples.ts';
import { ada, aSealedCancel, decisionKey, trustedKeys } from '../unit/signing-samples.ts';
import { memoryRecording } from '../unit/strategy-world.ts';
import { VenueLine } from './venue-line.ts';

const epoch = brandOf.epoch(1);
const venue = brandOf.venueId('paper');
const account = brandOf.accountId('main');
const currency = brandOf.currency('USD');
const spy = brandOf.instrumentId('SPY');
const minuteUs = brandOf.durationUs(60_000_000);
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const buildHash = 'build';
/** Market seconds a second of the simulation. */
const speed = 60;
const stepUs = 10_000;

/**
 * The whole system on one thread: market-data with a synthetic feed, a strategy, risk, execution and the paper venue,
 * each as in production, on a bus, a clock and disks that are memory. The venue misbehaves as `faults` says.
 */
export class TradingWorld {
  readonly faults: { -readonly [Fault in keyof PaperFaults]: PaperFaults[Fault] } = {};
  readonly clock = createManualClock({ wallUs: brandOf.timestampUs(1_700_000_000_000_000) });
  readonly store = createMemoryVenueStore();
  readonly alerts: Alert[] = [];
  readonly #network = createFifoNetwork({ clock: this.clock, encode: true });
  readonly #startingCash: string;
  readonly #switches: readonly SwitchDefinition[];
  readonly #orderEngine: OrderEngine | undefined;
  #journal = this.#newJournal('execution-ledger');
  #process: { readonly bus: FifoBus; readonly clock: StoppableClock; readonly line: VenueLine } | undefined;
  #executionStarts = 0;
  readonly #dead = new Set<FifoBus>();
  readonly #operator = this.#connect('operator');

  constructor(
    create: (context: StrategyContext) => StrategyHandlers,
    options: {
      readonly startingCash?: string;
      readonly switches?: readonly SwitchDefinition[];
      readonly orderEngine?: OrderEngine;
    } = {},
  ) {
    this.#switches = options.switches ?? [];
    this.#orderEngine = options.orderEngine;
    this.#startingCash = options.startingCash ?? '100000';
    this.#operator.subscribe(subjects.alert.matching({}), ({ message }) => this.alerts.push(message));
    this.#startMarketData();
    this.#startStrategy(create);
    this.#startRisk();
    this.#startExecution();
  }

  /** Lets monotonic time pass, and with it sixty times as much market time. */
  pass(seconds: number): void {
    for (let leftUs = seconds * 1_000_000; leftUs > 0; leftUs -= stepUs) {
      this.clock.advance(stepUs);
      this.#network.drain();
    }
  }

  /** Lets time pass until there is what is wanted. */
  until<T>(look: () => T | undefined, secondsMax = 60): T {
    for (let second = 0; second < secondsMax; second += 0.1) {
      const found = look();
      if (found !== undefined) return found;
      this.pass(0.1);
    }
    throw new Error(`it did not come within ${secondsMax} s`);
  }

  readonly rows = (): readonly ExecutionRow[] =>
    [...this.#journal.replay(brandOf.sequence(1))].map((row) => readExecutionRow(row));

  events(clientOrderId?: ClientOrderId): readonly OrderEvent[] {
    return this.rows().flatMap(({ fact }) =>
      fact.case === 'order' && (clientOrderId ?? fact.value.clientOrderId) === fact.value.clientOrderId
        ? [fact.value]
        : [],
    );
  }

  /** The first event with which an order came into the state. */
  firstIn(state: OrderEvent['state']): OrderEvent | undefined {
    return this.events().find((event) => event.state === state);
  }

  stateOf(clientOrderId: ClientOrderId): OrderEvent['state'] | undefined {
    return this.events(clientOrderId).at(-1)?.state;
  }

  /** What changed the order; recorded no-ops are left out. */
  story(clientOrderId: ClientOrderId): readonly string[] {
    return this.events(clientOrderId).flatMap(({ body, ignored }) => (ignored ? [] : [body.case]));
  }

  killSwitchBodies(): readonly string[] {
    return this.rows().flatMap(({ fact }) => (fact.case === 'killSwitch' ? [fact.value.body.case] : []));
  }

  cancel(clientOrderId: ClientOrderId): void {
    this.#operator.publish({
      subject: subjects.cancelOrder.of({ clientOrderId }),
      message: aSealedCancel(ada, clientOrderId, {
        ledgerId: this.#journal.ledgerId,
        expiry: brandOf.timestampUs(this.clock.wallUs() + 60_000_000),
      }),
      eventTime: this.clock.wallUs(),
    });
    this.#network.drain();
  }

  /** Signed, so that execution obeys it. */
  flatten(exit: ExitPosition): void {
    this.#operator.publish({
      subject: subjects.exitPosition.of({ account }),
      message: exit,
      eventTime: this.clock.wallUs(),
    });
    this.#network.drain();
  }

  exitRows(): readonly ExitEvent[] {
    return this.rows().flatMap(({ fact }) => (fact.case === 'exit' ? [fact.value] : []));
  }

  /** The process of execution dies, and with it whatever was not on disk or on its way. */
  killExecution(): void {
    if (this.#process === undefined) return;
    this.#process.clock.stopAll();
    this.#dead.add(this.#process.bus);
    void this.#process.bus.close();
    // The paper venue is part of the process.
    this.store.crash();
    this.#process = undefined;
    this.#journal = this.#journal.crash();
  }

  /** And the next one starts on what the disk and the venue hold. */
  startExecution(): void {
    this.#startExecution();
  }

  cutVenue(): void {
    this.#process?.line.cut();
  }

  mendVenue(): void {
    this.#process?.line.mend();
  }

  trip(): void {
    this.#network.inject('control.v1.kill.trip.test', new Uint8Array());
    this.#network.drain();
  }

  #startMarketData(): void {
    const feed = createFeed(
      { kind: 'synthetic', symbols: [spy], speed, staleAfter: minuteUs, seed: 42, from: '2026-01-05' },
      { venue, currency, cache: { folder: 'none: a synthetic feed needs no cache' } },
    );
    createMarketData({
      bus: this.#connect('market-data'),
      clock: this.clock,
      log: silent,
      epoch,
      feed,
      cursor: { load: () => undefined, save: () => undefined },
      options: { venue, speed, intervals: [minuteUs], staleAfterUs: minuteUs },
    }).start();
  }

  #startStrategy(create: (context: StrategyContext) => StrategyHandlers): void {
    const id = brandOf.strategyId('under-test');
    createStrategy({
      bus: this.#connect('strategy'),
      clock: this.clock,
      log: silent,
      recording: memoryRecording(),
      plans: [{ id, instruments: [spy], interval: minuteUs, historyBars: 0, create }],
      account,
      venue,
      environment: 'paper',
    }).start();
  }

  #startRisk(): void {
    createRisk({
      bus: this.#connect('risk'),
      journal: this.#newJournal('risk-ledger'),
      clock: this.clock,
      log: silent,
      epoch,
      buildHash,
      decisionKey,
      trustedKeys,
      options: {
        rules: {
          account,
          venue,
          environment: 'paper',
          cashOnly: true,
          approval: { kind: 'never' },
          limits: wideLimits,
        },
        limitsVersion: 'v1',
        switches: this.#switches,
        sizing: asAsked,
      },
    }).start();
  }

  #startExecution(): void {
    this.#executionStarts += 1;
    const ownEpoch = brandOf.epoch(this.#executionStarts);
    const bus = this.#connect('execution', ownEpoch);
    const clock = createStoppableClock(this.clock);
    const venueOfProcess = createPaperVenue({
      account,
      venue,
      store: this.store,
      clock,
      options: { ...paperOptions, startingCash: money(parseAmount(this.#startingCash)) },
      instruments: [],
      defer: (callback) => clock.after(1, callback),
      faults: this.faults,
    });
    feedPaperVenue({ bus, venue: venueOfProcess, matching: 'quotes' });
    const line = new VenueLine(venueOfProcess, clock);
    this.#process = { bus, clock, line };
    createExecution({
      bus,
      journal: this.#journal,
      clock,
      log: silent,
      gateway: line.gateway,
      epoch: ownEpoch,
      buildHash,
      decisionKey,
      trustedKeys,
      onInstrument: (instrument) => venueOfProcess.onInstrument(instrument),
      options: {
        environment: 'paper',
        currency,
        adoptedBy: brandOf.strategyId('adopted'),
        leaseLostCancelUs: brandOf.durationUs(30_000_000),
        cancelOnStop: true,
        orderEngine: this.#orderEngine,
        liquidators: this.#switches.filter(({ action }) => action === 'liquidate'),
      },
    }).start();
  }

  #connect(producer: string, ofEpoch = epoch): FifoBus {
    const bus = this.#network.connect({ producer, epoch: ofEpoch });
    bus.onFailure((error) => {
      // What a dead process still hears of its end is nobody's failure.
      if (!this.#dead.has(bus)) throw error;
    });
    return bus;
  }

  #newJournal(ledgerId: string) {
    return createMemoryJournal({
      ledgerId: brandOf.ledgerId(ledgerId),
      schedule: (commit) => this.clock.after(1, commit),
    });
  }
}

const nothing = { ratio: 0n, perContract: money(0n), minimum: money(0n) };

const paperOptions = {
  seed: 7,
  matching: 'quotes',
  latencyUs: brandOf.durationUs(0),
  slippageRatio: 0n,
  impactRatio: 0n,
  halfSpreadRatio: 0n,
  pessimism: 0,
  rejectRatio: 0n,
  quoteAgeUsMax: minuteUs,
  barVolumeRatioMax: 0n,
  commission: nothing,
  margin: { kind: 'cash' },
} as const;
