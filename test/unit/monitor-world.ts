import { createFifoNetwork, type FifoBus, type Hop } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { createMemoryJournal } from '../../infra/sim/memory-journal.ts';
import { AuthorityEvent } from '../../protos/gen/authority.ts';
import type { Instrument } from '../../protos/gen/instrument.ts';
import { ExitEvent, OrderEvent } from '../../protos/gen/order.ts';
import { AccountEvent, PositionEvent, ReconciliationEvent } from '../../protos/gen/portfolio.ts';
import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Heartbeat } from '../../protos/gen/system.ts';
import { toOutgoing } from '../../services/execution/publication.ts';
import type { Bus } from '../../services/kernel/bus/bus.ts';
import type { ExecutionFact } from '../../services/kernel/bus/execution-row.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Journal, JournalEvent } from '../../services/kernel/journal/journal.ts';
import { journalPage } from '../../services/kernel/journal/journal-page.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { money, parseAmount, price, quantity, signedQuantity } from '../../services/kernel/money/amount.ts';
import type { ProjectionStore } from '../../services/kernel/projection/projection-store.ts';
import { createMonitor, type MonitorService } from '../../services/monitor/monitor.ts';
import { trustedKeys } from './signing-samples.ts';

export const account = brandOf.accountId('main');
export const venue = brandOf.venueId('paper');
export const spy = brandOf.instrumentId('SPY');
export const buildHash = 'b'.repeat(64);
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const openUs = brandOf.timestampUs(1_767_623_400_000_000);
const strategy = brandOf.strategyId('sma-cross');
const secondUs = 1_000_000;

export const amount = {
  money: (text: string) => money(parseAmount(text)),
  price: (text: string) => price(parseAmount(text)),
  quantity: (text: string) => quantity(parseAmount(text)),
};

export const spyShares: Instrument = {
  instrument: spy,
  venue,
  kind: 'equity',
  currency: brandOf.currency('USD'),
  tickSize: amount.price('0.01'),
  lotSize: amount.quantity('1'),
  multiplier: 1,
  sessionOpenMinute: 570,
  sessionCloseMinute: 960,
  timeZone: 'America/New_York',
};

export function accountOf(cash: string, realizedPnl = '0', fees = '0'): ExecutionFact {
  const value: AccountEvent = {
    account,
    venue,
    currency: brandOf.currency('USD'),
    cash: amount.money(cash),
    realizedPnl: amount.money(realizedPnl),
    fees: amount.money(fees),
    environment: 'paper',
  };
  return { case: 'account', value };
}

export function positionOf(shares: string, cost: string): ExecutionFact {
  const size = signedQuantity(parseAmount(shares));
  const value: PositionEvent = {
    account,
    venue,
    instrument: spy,
    quantity: size,
    cost: amount.money(cost),
    realizedPnl: amount.money('0'),
    fees: amount.money('0'),
    environment: 'paper',
    strategies: [
      {
        strategy,
        quantity: size,
        cost: amount.money(cost),
        realizedPnl: amount.money('0'),
        fees: amount.money('0'),
      },
    ],
  };
  return { case: 'position', value };
}

/** Execution, risk and market-data with real journals and hand-made rows, on a bus and a clock in memory. */
export class MonitorWorld {
  readonly clock = createManualClock({ wallUs: openUs });
  readonly network = createFifoNetwork({ clock: this.clock, encode: true });
  readonly market = this.#connect('market-data');
  readonly queries: { readonly service: string; readonly fromSequence: Sequence }[] = [];
  /** Errors that ended a monitor. */
  readonly failures: Error[] = [];
  execution = this.#owner('execution', 'LEDGER', 1);
  risk = this.#owner('risk', 'RISKLEDGER', 1);

  constructor() {
    this.market.serve(
      subjects.instrumentQuery.matching({}),
      (_query, reply) => reply({ message: { instruments: [spyShares] }, eventTime: this.clock.wallUs() }),
      subjects.instrumentList.matching({}),
    );
  }

  /** A monitor that has started and heard what there is. */
  startMonitor(store: ProjectionStore): RunningMonitor {
    const bus = this.#connect('monitor');
    bus.onFailure((error) => this.failures.push(error));
    const { clock } = this;
    const monitor = createMonitor({
      bus,
      clock,
      log: silentLog,
      store,
      account,
      venue,
      buildHash,
      trustedKeys,
    });
    monitor.start();
    this.network.drain();
    return {
      monitor,
      bus,
      stop: async () => {
        await monitor.stop();
        await bus.close();
      },
      crash: async () => {
        await bus.close();
        // What is not committed goes with the process.
        store.close();
      },
    };
  }

  /** Execution journals facts, in one commit, and publishes them. */
  journal(...facts: readonly ExecutionFact[]): void {
    this.append(this.execution, facts.map(eventOf));
  }

  trip(owner: Owner, event: KillSwitchEvent): void {
    const payload = KillSwitchEvent.encode(event);
    const time = this.clock.wallUs();
    this.append(owner, [
      { aggregate: `kill-switch/${event.name}`, type: KillSwitchEvent.name, time, payload },
    ]);
  }

  /** Risk journals what it made of a signed act, and publishes it. */
  judge(event: AuthorityEvent): void {
    const { journal, bus } = this.risk;
    const payload = AuthorityEvent.encode(event);
    const rows = journal.append([
      { aggregate: 'authority', type: AuthorityEvent.name, time: this.clock.wallUs(), payload },
    ]);
    journal.commit();
    for (const { sequence, time: eventTime } of rows) {
      const subject = subjects.authorityEvent.of({ service: 'risk' });
      bus.publish({ subject, message: event, payload, eventTime, producerSequence: sequence });
    }
    this.network.drain();
  }

  append({ journal, bus }: Owner, events: readonly JournalEvent[]): void {
    const rows = journal.append(events);
    journal.commit();
    for (const row of rows) bus.publish({ ...toOutgoing(row, row), producerSequence: row.sequence });
    this.network.drain();
  }

  /** The owner ends and starts again, on the same journal or on another. */
  restart(service: 'execution' | 'risk', ledger?: string): void {
    const before = this[service];
    void before.bus.close();
    const next = this.#owner(service, ledger, before.epoch + 1, ledger === undefined ? before : undefined);
    this[service] = next;
  }

  /** Time passes, each second with the heartbeats of both owners. */
  pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      this.clock.advance(secondUs);
      this.beat(this.execution);
      this.beat(this.risk);
      this.network.drain();
    }
  }

  beat({ name, bus, journal, epoch }: Owner, overrides: Partial<Heartbeat> = {}): void {
    bus.publish({
      subject: subjects.heartbeat.of({ service: name, instance: `${name}-1` }),
      eventTime: this.clock.wallUs(),
      message: {
        service: name,
        instance: `${name}-1`,
        epoch: brandOf.epoch(epoch),
        state: 'ready',
        reasons: [],
        buildHash,
        journalSequence: journal.durableHead().sequence,
        journalHash: '',
        applied: [],
        processId: 1,
        residentBytes: brandOf.sequence(1),
        messagesQuarantined: brandOf.sequence(0),
        ...overrides,
      },
    });
    this.network.drain();
  }

  quote(bidPrice: number, askPrice: number): void {
    this.market.publish({
      subject: subjects.quote.of({ venue, instrument: spy }),
      eventTime: this.clock.wallUs(),
      message: { instrument: spy, venue, bidPrice, bidSize: 1, askPrice, askSize: 1 },
    });
    this.network.drain();
  }

  /** Loses messages on their way to the monitor. */
  loseToMonitor(isLost: (hop: Hop) => boolean): void {
    this.network.interfere((hop) => (hop.to === 'monitor' && isLost(hop) ? 'drop' : 'deliver'));
  }

  #connect(producer: string, epoch = 1) {
    return this.network.connect({ producer, epoch: brandOf.epoch(epoch) });
  }

  #owner(name: 'execution' | 'risk', ledger: string | undefined, epoch: number, former?: Owner): Owner {
    const bus = this.#connect(name, epoch);
    const ledgerId = brandOf.ledgerId(ledger ?? 'LEDGER');
    const journal = former?.journal ?? createMemoryJournal({ ledgerId });
    this.#serve(bus, name, journal);
    return { name, bus, journal, epoch };
  }

  #serve(bus: Bus, service: string, journal: Journal): void {
    bus.serve(
      subjects.journalQuery.matching({ service }),
      ({ message }, reply) => {
        this.queries.push({ service, fromSequence: message.fromSequence });
        reply({ message: journalPage(journal, message), eventTime: this.clock.wallUs() });
      },
      subjects.journalPage.matching({}),
    );
  }
}

export interface Owner {
  readonly name: 'execution' | 'risk';
  readonly bus: Bus;
  readonly journal: ReturnType<typeof createMemoryJournal>;
  readonly epoch: number;
}

export interface RunningMonitor {
  readonly monitor: MonitorService;
  readonly bus: FifoBus;
  stop(): Promise<void>;
  /** Ends it as SIGKILL does. */
  crash(): Promise<void>;
}

function eventOf(fact: ExecutionFact): JournalEvent {
  const time = openUs;
  switch (fact.case) {
    case 'order': {
      const { value } = fact;
      const aggregate = `order/${value.clientOrderId}`;
      return { aggregate, type: OrderEvent.name, time, payload: OrderEvent.encode(value) };
    }
    case 'position': {
      const { value } = fact;
      const aggregate = `position/${value.account}/${value.instrument}`;
      return { aggregate, type: PositionEvent.name, time, payload: PositionEvent.encode(value) };
    }
    case 'account': {
      const aggregate = `account/${fact.value.account}`;
      return { aggregate, type: AccountEvent.name, time, payload: AccountEvent.encode(fact.value) };
    }
    case 'reconciliation': {
      const aggregate = `account/${fact.value.account}`;
      const payload = ReconciliationEvent.encode(fact.value);
      return { aggregate, type: ReconciliationEvent.name, time, payload };
    }
    case 'authority':
      return {
        aggregate: 'authority',
        type: AuthorityEvent.name,
        time,
        payload: AuthorityEvent.encode(fact.value),
      };
    case 'exit': {
      const aggregate = `exit/${fact.value.account}`;
      return { aggregate, type: ExitEvent.name, time, payload: ExitEvent.encode(fact.value) };
    }
    default:
      throw new Error(`no test journals a ${fact.case} row this way`);
  }
}
