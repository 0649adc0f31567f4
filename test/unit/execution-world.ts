import { createFifoNetwork, type FifoBus, type FifoNetwork } from '../../infra/sim/fifo-bus.ts';
import { createManualClock, type ManualClock } from '../../infra/sim/manual-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../../infra/sim/memory-journal.ts';
import { LeaseGrant, type LeaseRequest } from '../../protos/gen/control.ts';
import {
  type DecisionOutcome,
  type OrderEvent,
  OrderIntent,
  type OrderState,
} from '../../protos/gen/order.ts';
import {
  type KillSwitchEvent,
  RiskDecision,
  type TradingMode,
  type TradingState,
} from '../../protos/gen/risk.ts';
import type { Alert } from '../../protos/gen/system.ts';
import { createExecution } from '../../services/execution/execution.ts';
import type { Liquidator } from '../../services/execution/liquidators.ts';
import { createStoppableClock, type StoppableClock } from '../../services/execution/timers.ts';
import { type ExecutionFact, readExecutionRow } from '../../services/kernel/bus/execution-row.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { ClientOrderId, Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { JournalRow } from '../../services/kernel/journal/journal.ts';
import { scopeAll } from '../../services/kernel/kill-switch/switch-definition.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { scale } from '../../services/kernel/money/amount.ts';
import type { Service } from '../../services/kernel/service/service.ts';
import { authenticate } from '../../services/kernel/signing/authentication.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import { ScriptedVenue } from './execution-venue.ts';
import { decisionKey, trustedKeys } from './signing-samples.ts';

const ledgerId = brandOf.ledgerId('ledger-1');
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const start = brandOf.timestampUs(1_700_000_000_000_000);

/** Execution with everything around it in memory: a venue, a bus, a disk, and the other services played by hand. */
export class World {
  readonly clock: ManualClock = createManualClock({ wallUs: start });
  readonly network: FifoNetwork = createFifoNetwork({ clock: this.clock, encode: true });
  readonly venue = new ScriptedVenue(this.clock);
  readonly alerts: Alert[] = [];
  readonly heard: OrderEvent[] = [];
  readonly requests: LeaseRequest[] = [];
  readonly trips: KillSwitchEvent[] = [];
  journal: MemoryJournal = createMemoryJournal({ ledgerId });
  service!: Service;
  bus!: FifoBus;
  /** Risk answers lease requests. */
  grants = true;
  /** Build that risk says it runs. */
  riskBuild = 'build';
  mode: TradingMode = 'active';
  riskEpoch = brandOf.epoch(7);
  riskLatched: readonly string[] = [];
  grantKey: Uint8Array = decisionKey;
  /** What somebody on the way makes of a grant's bytes. */
  tamperGrant: (payload: Uint8Array) => Uint8Array = (payload) => payload;
  localTrip: (source: string, reason: string) => void = () => {};
  cancelOnStop = false;
  onFailure: (error: Error) => void = (error) => {
    throw error;
  };
  /** What the profile lets sell. */
  liquidators: readonly Liquidator[] = ['maxDrawdown', 'dailyLoss', 'positionSize'].map((name) => ({
    name: brandOf.switchName(name),
    scope: scopeAll,
  }));
  readonly risk: FifoBus;
  readonly strategy: FifoBus;
  #starts = 0;
  #processClock: StoppableClock = createStoppableClock(this.clock);

  constructor() {
    const epoch = brandOf.epoch(1);
    this.risk = this.network.connect({ producer: 'risk', epoch });
    this.strategy = this.network.connect({ producer: 'strategy', epoch });
    const marketData = this.network.connect({ producer: 'market-data', epoch });
    marketData.serve(
      subjects.instrumentQuery.of({}),
      (_query, reply) => reply({ message: { instruments: [spy] }, eventTime: start }),
      subjects.instrumentList.of({}),
    );
    this.strategy.subscribe(subjects.orderEvent.matching({}), ({ message }) => this.heard.push(message));
    this.strategy.subscribe(subjects.alert.matching({}), ({ message }) => this.alerts.push(message));
    this.strategy.subscribe(subjects.killSwitchEvent.matching({}), ({ message }) => this.trips.push(message));
    this.risk.subscribe(subjects.leaseRequest.of({}), ({ message }) => {
      this.requests.push(message);
      if (this.grants) this.grant(message);
    });
  }

  /** A process of execution starts on the journal and the venue as they are. */
  boot(): void {
    this.#starts += 1;
    this.#processClock = createStoppableClock(this.clock);
    const epoch = brandOf.epoch(100 + this.#starts);
    this.bus = this.network.connect({ producer: 'execution', epoch });
    this.bus.onFailure((error) => this.onFailure(error));
    this.service = createExecution({
      bus: this.bus,
      journal: this.journal,
      clock: this.#processClock,
      log: silent,
      gateway: this.venue.gateway(),
      epoch,
      buildHash: 'build',
      decisionKey,
      trustedKeys,
      options: {
        environment: 'paper',
        currency: brandOf.currency('USD'),
        adoptedBy: brandOf.strategyId('adopted'),
        leaseLostCancelUs: brandOf.durationUs(10_000_000),
        cancelOnStop: this.cancelOnStop,
        liquidators: this.liquidators,
      },
      onLocalTrip: (handler) => {
        this.localTrip = handler;
      },
    });
    this.service.start();
    this.settle();
  }

  /** The process dies: what is not on disk is gone, and so is everything it was about to do. */
  crash(): void {
    this.journal = this.journal.crash();
    this.#processClock.stopAll();
    this.venue.sever();
    void this.bus.close();
  }

  restart(): void {
    this.crash();
    this.clock.advance(10);
    this.boot();
  }

  /** Lets everything happen that needs no more than a moment. */
  settle(): void {
    for (let round = 0; round < 40; round += 1) this.step();
  }

  step(): void {
    this.network.drain();
    this.journal.commit();
    this.clock.advance(5);
  }

  /** Lets monotonic time pass, with everything that belongs to it. */
  wait(us: number): void {
    for (let passed = 0; passed < us; passed += 50_000) {
      this.clock.advance(50_000);
      this.settle();
    }
  }

  send(intent: OrderIntent): void {
    this.strategy.publish({
      subject: subjects.stageOrder.of({ clientOrderId: intent.clientOrderId }),
      message: intent,
      eventTime: start,
    });
  }

  decide(
    intent: OrderIntent,
    decision: {
      outcome?: DecisionOutcome;
      reasons?: readonly string[];
      effective?: OrderIntent;
      epoch?: number;
      ledger?: string;
      requestId?: ClientOrderId;
      /** Row of execution up to which risk knew; absent: the newest. */
      applied?: Sequence;
      key?: Uint8Array;
      /** What somebody on the way makes of the bytes. */
      tamper?: (payload: Uint8Array) => Uint8Array;
    } = {},
  ): void {
    const outcome = decision.outcome ?? 'approved';
    const effectiveOrder =
      outcome === 'denied' ? new Uint8Array() : OrderIntent.encode(decision.effective ?? intent);
    const { clientOrderId, account, strategy } = intent;
    const message: RiskDecision = {
      clientOrderId,
      account,
      strategy,
      outcome,
      intent: OrderIntent.encode(intent),
      effectiveOrder,
      digest: sha256(effectiveOrder),
      reasons: decision.reasons ?? [],
      detail: '',
      riskEpoch: brandOf.epoch(decision.epoch ?? this.riskEpoch),
      ledgerId: brandOf.ledgerId(decision.ledger ?? ledgerId),
      limitsVersion: 'limits',
      environment: 'paper',
      replaceRequestId: decision.requestId,
      appliedSequence: decision.applied ?? this.journal.head().sequence,
      authentication: new Uint8Array(),
    };
    const { payload } = authenticate(
      { type: RiskDecision, field: 16 },
      { key: decision.key ?? decisionKey, payload: RiskDecision.encode(message) },
    );
    this.risk.publish({
      subject: subjects.decision.of({ clientOrderId }),
      eventTime: start,
      message,
      payload: decision.tamper?.(payload) ?? payload,
    });
  }

  /** From the intent to wherever it gets without anybody else's doing. */
  place(intent: OrderIntent): ClientOrderId {
    this.send(intent);
    this.decide(intent);
    this.settle();
    return intent.clientOrderId;
  }

  cancel(clientOrderId: ClientOrderId): void {
    this.strategy.publish({
      subject: subjects.cancelOrder.of({ clientOrderId }),
      message: { clientOrderId, requestedBy: 'sma', reason: 'wanted' },
      eventTime: start,
    });
    this.settle();
  }

  /** A replace that risk allows. */
  replace(clientOrderId: ClientOrderId, name: string, quantity: bigint): void {
    const requestId = brandOf.clientOrderId(name);
    const wanted = brandOf.quantity(quantity);
    this.strategy.publish({
      subject: subjects.replaceOrder.of({ clientOrderId }),
      message: { requestId, clientOrderId, quantity: wanted, requestedBy: 'sma', reason: '' },
      eventTime: start,
    });
    this.settle();
    this.decide({ ...intentOf(), clientOrderId, quantity: wanted }, { requestId });
    this.settle();
  }

  trip(payload: Uint8Array = new Uint8Array()): void {
    this.strategy.publish({
      subject: subjects.killTrip.of({ source: 'me' }),
      message: payload,
      eventTime: start,
    });
  }

  facts(): readonly ExecutionFact[] {
    return this.rows().map((row) => readExecutionRow(row).fact);
  }

  rows(): readonly JournalRow[] {
    return this.journal.read({ fromSequence: brandOf.sequence(1), limit: 1_000_000 });
  }

  events(id: ClientOrderId): readonly OrderEvent[] {
    return this.facts().flatMap((fact) =>
      fact.case === 'order' && fact.value.clientOrderId === id ? [fact.value] : [],
    );
  }

  /** The order's history, a word an event. */
  story(id: ClientOrderId): string {
    return this.events(id)
      .map((event) => (event.ignored ? `(${event.body.case})` : event.body.case))
      .join(' ');
  }

  state(id: ClientOrderId): OrderState | undefined {
    return this.events(id).at(-1)?.state;
  }

  alertCodes(): readonly string[] {
    return this.alerts.map((alert) => alert.code);
  }

  /** Risk says its mode between two grants. */
  sayMode(): void {
    this.risk.publish({ subject: subjects.tradingState.of({}), message: this.#state(), eventTime: start });
  }

  #state(): TradingState {
    const { mode, riskEpoch } = this;
    return {
      ...{ mode, riskEpoch, ledgerId },
      reasons: [],
      riskReady: true,
      limitsVersion: 'limits',
      environment: 'paper',
    };
  }

  grant(request: LeaseRequest): void {
    const message: LeaseGrant = {
      nonce: request.nonce,
      riskEpoch: this.riskEpoch,
      state: this.#state(),
      appliedSequence: request.journalSequence,
      appliedHash: request.journalHash,
      latched: this.riskLatched.map(brandOf.switchName),
      buildHash: this.riskBuild,
      authentication: new Uint8Array(),
    };
    const { payload } = authenticate(
      { type: LeaseGrant, field: 8 },
      { key: this.grantKey, payload: LeaseGrant.encode(message) },
    );
    this.risk.publish({
      subject: subjects.leaseGrant.of({}),
      eventTime: start,
      message,
      payload: this.tamperGrant(payload),
    });
  }
}

/** A world whose execution is ready to trade. */
export function readyWorld(): World {
  const world = new World();
  world.boot();
  world.wait(1_100_000);
  return world;
}

const spy = {
  instrument: brandOf.instrumentId('SPY'),
  venue: brandOf.venueId('paper'),
  kind: 'equity',
  currency: brandOf.currency('USD'),
  tickSize: brandOf.price(10_000_000n),
  lotSize: brandOf.quantity(scale),
  multiplier: 1,
  sessionOpenMinute: 570,
  sessionCloseMinute: 960,
  timeZone: 'America/New_York',
} as const;

let intents = 0;

export function intentOf(parts: Partial<OrderIntent> = {}): OrderIntent {
  intents += 1;
  return {
    clientOrderId: brandOf.clientOrderId(`ORDER${intents}`),
    account: brandOf.accountId('main'),
    strategy: brandOf.strategyId('sma'),
    venue: brandOf.venueId('paper'),
    instrument: spy.instrument,
    environment: 'paper',
    side: 'buy',
    type: 'limit',
    timeInForce: 'day',
    quantity: brandOf.quantity(10n * scale),
    limitPrice: brandOf.price(100n * scale),
    reduceOnly: false,
    deadline: brandOf.timestampUs(start + 60_000_000),
    triggerId: brandOf.eventId('bar.1'),
    ordinal: 0,
    reason: 'test',
    ...parts,
  };
}

export const units = (count: number): bigint => BigInt(count) * scale;
