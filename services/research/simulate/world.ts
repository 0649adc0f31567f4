import { createRandomSource } from '../../../infra/feeds/random-source.ts';
import { SimNetwork } from '../../../infra/sim/sim-bus.ts';
import { SimDisk } from '../../../infra/sim/sim-journal.ts';
import { openSimRecording, SimRecordingDisk } from '../../../infra/sim/sim-recording.ts';
import { SimVenue } from '../../../infra/sim/sim-venue.ts';
import { Livelock, type SimProcess, type Simulation } from '../../../infra/sim/simulation.ts';
import { VenueLink } from '../../../infra/sim/venue-link.ts';
import type { AuthorityEvent } from '../../../protos/gen/authority.ts';
import { createExecution } from '../../execution/execution.ts';
import type { Bus } from '../../kernel/bus/bus.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { TimestampUs } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { JournalCorrupt } from '../../kernel/journal/journal.ts';
import type { SwitchDefinition } from '../../kernel/kill-switch/switch-definition.ts';
import { scale, toDouble } from '../../kernel/money/amount.ts';
import type { Service } from '../../kernel/service/service.ts';
import { createMarketData } from '../../market-data/market-data.ts';
import { createRisk } from '../../risk/risk.ts';
import { createStrategy } from '../../strategy/strategy.ts';
import { DecisionChecks, isDecision } from './decision-checks.ts';
import { faultyJournal, flipBit } from './disk-fates.ts';
import { DueAlerts, isAlert } from './due-alerts.ts';
import { DiskView, ExecutionView } from './execution-view.ts';
import { ExitChecks } from './exit-checks.ts';
import type { FaultPlan } from './fault-plan.ts';
import { FillChecks } from './fill-checks.ts';
import * as house from './house.ts';
import { Mischief } from './mischief.ts';
import { Operator } from './operator.ts';
import { passageFate } from './passage-fates.ts';
import { PriceFalls } from './price-falls.ts';
import { barUs, createPriceSource } from './price-source.ts';
import { profileSwitches } from './profile-switches.ts';
import { isQuote, QuoteWatch } from './quote-watch.ts';
import { SendChecks } from './send-checks.ts';
import { type Incarnation, ServiceHost } from './service-host.ts';
import { Strangers } from './strangers.ts';
import { reportDelaysUs, requestFate } from './venue-fates.ts';
import { VenueView } from './venue-view.ts';
import type { Verdicts } from './verdicts.ts';
import { createWorkload, type WorkloadPhases } from './workload.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly simulation: Simulation;
  readonly verdicts: Verdicts;
}

const never = Number.MAX_SAFE_INTEGER;

/** The whole house on one thread: the services as they are, on a bus, disks, clocks and a venue that are simulated. */
export class World {
  readonly phases: WorkloadPhases = { quietFrom: never, probeFrom: never, bursts: new Set() };
  readonly hosts: readonly ServiceHost[];
  readonly network: SimNetwork;
  readonly venue: SimVenue;
  readonly venueView: VenueView;
  readonly disks = {
    risk: new SimDisk(brandOf.ledgerId('risk-ledger')),
    execution: new SimDisk(house.executionLedger),
  };
  readonly diskView: DiskView;
  readonly operator: Operator;
  readonly mischief: Mischief;
  readonly marketData: ServiceHost;
  readonly strategy: ServiceHost;
  readonly risk: ServiceHost;
  readonly execution: ServiceHost;
  link: VenueLink | undefined;
  /** Newest market time that was played. */
  marketTime: TimestampUs = house.startUs;
  readonly alerts = new Map<string, number>();
  readonly quotes = new QuoteWatch();
  readonly falls = new PriceFalls();
  readonly dueAlerts: DueAlerts;
  readonly #options: WorldOptions;
  readonly #random;
  readonly #recording = new SimRecordingDisk();
  readonly #views = new Map<SimProcess, ExecutionView>();
  readonly strangers: Strangers;
  readonly #fills: FillChecks;
  readonly #exits: ExitChecks;
  readonly #sends: SendChecks;
  readonly #decisions: DecisionChecks;
  readonly #isBracketHeldHere: boolean;
  readonly #switches: readonly SwitchDefinition[];
  readonly #takesApproval: boolean;
  /** Services that are to refuse their next start. */
  readonly #flipped = new Set<string>();
  #cursor: TimestampUs | undefined;

  constructor(options: WorldOptions) {
    const { seed, simulation, verdicts } = options;
    this.#options = options;
    this.#random = createRandomSource(seed, 'world');
    this.#isBracketHeldHere = this.#random.uniform() < 0.5;
    this.#takesApproval = this.#random.uniform() < 0.4;
    this.#switches = profileSwitches(seed, options.plan);
    this.network = new SimNetwork({
      simulation,
      encode: this.#random.uniform() < 0.1,
      fate: (passage) => passageFate({ plan: options.plan, risk: () => this.risk.process }, passage),
    });
    this.venueView = new VenueView(verdicts);
    this.dueAlerts = new DueAlerts(verdicts);
    this.#fills = new FillChecks(this.venueView, verdicts);
    this.#exits = new ExitChecks({ venue: this.venueView, fills: this.#fills, verdicts });
    this.#sends = new SendChecks({
      venue: this.venueView,
      verdicts,
      nowUs: () => simulation.nowUs,
      priceOf: (instrument) => this.quotes.priceOf(instrument),
    });
    this.strangers = new Strangers({ venue: this.venueView, sends: this.#sends });
    this.diskView = new DiskView({
      onAuthority: (event) => this.#onAuthority(event),
      onFact: (fact) => {
        const { process } = this.execution;
        if (process !== undefined) this.dueAlerts.onFact(fact, process);
        this.#exits.onFact(fact);
      },
      onOrder: (event, row) => {
        verdicts.note(
          `row ${row.sequence} ${event.clientOrderId} ${event.body.case}${event.ignored ? ' (ignored)' : ''} -> ${event.state} ${toDouble(event.filledQuantity)}/${toDouble(event.quantity)} ${event.flags.join(' ')}`,
        );
        this.#fills.onOrder(event);
        verdicts.mix(event.body.case);
      },
    });
    this.#decisions = new DecisionChecks({
      ...{ verdicts, quotes: this.quotes },
      venue: this.venueView,
      disk: this.diskView,
      strangers: () => this.strangers.disks,
    });
    this.venue = this.#makeVenue();
    this.marketData = this.#host('market-data', (one) => this.#makeMarketData(one));
    this.strategy = this.#host('strategy', (one) => this.#makeStrategy(one));
    this.risk = this.#host('risk', (one) => this.#makeRisk(one));
    this.execution = this.#host('execution', (one) => this.#makeExecution(one));
    this.hosts = [this.marketData, this.strategy, this.risk, this.execution];
    this.#listen();
    this.operator = new Operator({
      ...{ seed, simulation, verdicts },
      bus: this.#guest('operator'),
      disk: this.diskView,
    });
    this.mischief = new Mischief({
      seed,
      bus: this.#guest('mallory'),
      inject: (subject, bytes) => this.network.inject(subject, bytes),
      marketTime: () => this.marketTime,
    });
  }

  start(): void {
    for (const host of this.hosts) host.start();
  }

  /** Execution is stopped and taken for dead; it goes on later with a copy of what it has by then. */
  estrangeExecution(): SimProcess | undefined {
    if (this.strangers.isThereOne || this.execution.service === undefined) return undefined;
    const process = this.execution.detach()?.process;
    if (process !== undefined) this.strangers.add(process, this.disks.execution, this.#viewOf(process));
    return process;
  }

  #listen(): void {
    const bus = this.#guest('witness');
    bus.subscribe(subjects.quote.matching({}), ({ header }) => {
      this.marketTime = header.eventTime;
    });
  }

  /** A signature that nobody trusted made was obeyed. */
  #onAuthority({ body, nonce, type }: AuthorityEvent): void {
    this.#options.verdicts.note(`authority ${type} ${body.case}`);
    if (body.case === 'refused' || !this.operator.forged.has(hexOf(nonce))) return;
    this.#options.verdicts.broken('FORGERY_OBEYED', `${type} with a false seal was obeyed`);
  }

  #guest(name: string): Bus {
    const process = this.#options.simulation.process(name);
    process.onEnd = (error) => {
      throw error;
    };
    return this.#quietBus(name, process);
  }

  /** Nothing goes wrong on its line. */
  #quietBus(producer: string, process: SimProcess): Bus {
    return this.network.connect(process, { producer, epoch: brandOf.epoch(1) }).bus;
  }

  #host(name: string, create: (incarnation: Incarnation) => Service): ServiceHost {
    const { simulation, verdicts } = this.#options;
    return new ServiceHost({
      name,
      simulation,
      network: this.network,
      create,
      watch: (process) => ({
        onPublish: (outgoing) => {
          verdicts.mix(outgoing.subject.name);
          if (this.strangers.of(process) !== undefined) {
            this.#viewOf(process).onPublish(outgoing, simulation.nowUs);
            return;
          }
          if (outgoing.subject.name.startsWith('events.v1.alert.')) this.#noteAlert(outgoing.message, name);
          if (name === 'execution') {
            const forgotten = this.#viewOf(process).onPublish(outgoing, simulation.nowUs);
            if (forgotten.length > 0) verdicts.broken('LATCH_FORGOTTEN', forgotten.join(', '));
          }
          const { message, eventTime } = outgoing;
          if (name === 'market-data' && isQuote(message)) this.quotes.onPublish(message, eventTime);
          if (name === 'risk' && isDecision(message)) this.#decisions.onDecision(message, eventTime);
        },
        onReceive: (received) => {
          if (name === 'execution') this.#viewOf(process).onReceive(received);
        },
      }),
      restartUs: () => Math.floor(20_000 + this.#random.uniform() * 1_500_000),
      onFailure: (failed, error) => this.#onFailure(failed, error),
    });
  }

  #viewOf(process: SimProcess): ExecutionView {
    const known = this.strangers.of(process)?.view ?? this.#views.get(process);
    if (known !== undefined) return known;
    const view = new ExecutionView(this.diskView);
    this.#views.clear();
    this.#views.set(process, view);
    return view;
  }

  #noteAlert(message: unknown, by: string): void {
    if (!isAlert(message)) return;
    const { code } = message;
    if (by === 'execution' || by === 'risk') this.dueAlerts.onAlert(message);
    this.#options.verdicts.note(`ALERT ${code}`);
    this.alerts.set(code, (this.alerts.get(code) ?? 0) + 1);
  }

  /** A service may end itself when its disk fails; anything else that it throws is a defect. */
  #onFailure(name: string, error: Error): void {
    const { verdicts } = this.#options;
    const cause = error.cause instanceof Error ? error.cause.message : '';
    verdicts.note(`${name} ends: ${error.message} ${cause}`);
    if (error instanceof JournalCorrupt && this.#flipped.delete(name)) return;
    if (this.strangers.mayEnd(error)) return;
    if (cause === 'the disk is full' || cause === 'fsync failed') return;
    const code = error instanceof Livelock ? 'LIVELOCK' : 'THREW';
    verdicts.broken(code, `${name}: ${error.stack ?? error.message} ${cause}`);
  }

  #makeVenue(): SimVenue {
    const { seed, plan, simulation } = this.#options;
    return new SimVenue({
      simulation,
      venue: house.venue,
      account: house.account,
      options: {
        ...house.paperOptions(seed),
        /** Each or none: the plan draws. */
        get rejectRatio() {
          return plan.strikes('rejectOrder') ? scale : 0n;
        },
      },
      instruments: house.instruments,
      faults: {
        get refuseCancels() {
          return plan.strikes('refuseCancel');
        },
        get lateFillAfterCancel() {
          return plan.strikes('lateFill');
        },
      },
      onEntry: (entry) => this.venueView.onEntry(entry),
      market: (process) => this.#quietBus('venue', process),
    });
  }

  #makeMarketData({ process, bus, epoch }: Incarnation): Service {
    const feed = createPriceSource({
      seed: this.#options.seed,
      venue: house.venue,
      currency: house.currency,
      symbols: house.symbols,
      startUs: house.startUs,
      isQuiet: (instrument) => this.quotes.isQuiet(instrument, process.simulation.nowUs),
      told: (quote) => this.quotes.told(quote, process.simulation.nowUs),
      levelAt: (instrument, time) => this.falls.levelAt(instrument, time),
    });
    return createMarketData({
      bus,
      clock: process.clock(),
      log: house.silent,
      epoch,
      feed,
      cursor: {
        load: () => this.#cursor,
        save: (time) => {
          process.touch('cursor.save');
          this.#cursor = time;
        },
      },
      options: {
        venue: house.venue,
        speed: 1,
        intervals: [barUs],
        staleAfterUs: brandOf.durationUs(3_000_000),
      },
    });
  }

  #makeStrategy({ process, bus }: Incarnation): Service {
    const { seed, plan } = this.#options;
    const reenters = plan.kinds.includes('reenter');
    const planOf = (name: string, quantityMax: number) => ({
      id: brandOf.strategyId(name),
      instruments: house.symbols,
      interval: barUs,
      historyBars: 0,
      create: (context: Parameters<typeof createWorkload>[1]) =>
        createWorkload({ seed, name, phases: this.phases, quantityMax, reenters }, context),
    });
    return createStrategy({
      bus,
      clock: process.clock(),
      log: house.silent,
      recording: openSimRecording(this.#recording, process),
      plans: [planOf('wild', house.orderQuantityMax), planOf('tame', 10)],
      account: house.account,
      venue: house.venue,
      environment: house.environment,
    });
  }

  #makeRisk({ process, bus, epoch }: Incarnation): Service {
    this.#decisions.onRiskStart();
    this.#flip(this.disks.risk, process);
    return createRisk({
      bus,
      journal: faultyJournal(this.#options.plan, {
        process,
        disk: () => this.disks.risk,
        onRows: (rows) => this.dueAlerts.onRiskRows(rows, process),
      }),
      clock: process.clock(),
      log: house.silent,
      epoch,
      buildHash: house.buildHash,
      decisionKey: house.decisionKey,
      trustedKeys: house.trustedKeys,
      options: house.riskOptions(this.#takesApproval, this.#switches),
    });
  }

  #makeExecution({ process, bus, epoch }: Incarnation): Service {
    const { verdicts, plan } = this.#options;
    const isStranger = this.strangers.of(process) !== undefined;
    if (!isStranger) this.#flip(this.disks.execution, process);
    const isHeldHere = this.#isBracketHeldHere;
    const link = new VenueLink({
      process,
      venue: this.venue,
      capabilities: { bracket: !isHeldHere, oco: !isHeldHere, replace: true },
      requestFate: () => requestFate(plan),
      reportDelaysUs: () => reportDelaysUs(plan),
      onSend: (order) => this.strangers.onSend(process, this.#viewOf(process), order),
      onReplace: (id) => verdicts.mix(id),
      onLost: (id) => this.strangers.onLost(id),
    });
    if (!isStranger) this.link = link;
    return createExecution({
      bus,
      journal: faultyJournal(this.#options.plan, {
        process,
        disk: () => this.strangers.of(process)?.disk ?? this.disks.execution,
        onRows: (rows) => this.#viewOf(process).disk.take(rows),
      }),
      clock: process.clock(),
      log: house.silent,
      gateway: link.gateway,
      epoch,
      buildHash: house.buildHash,
      decisionKey: house.decisionKey,
      trustedKeys: house.trustedKeys,
      options: house.executionOptions(this.#switches),
    });
  }

  #flip(disk: SimDisk, process: SimProcess): void {
    if (flipBit({ ...this.#options, disk, process })) this.#flipped.add(process.name);
  }
}
