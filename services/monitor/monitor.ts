import type { OperatorKey } from '../../protos/gen/authority.ts';
import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Alert, Heartbeat } from '../../protos/gen/system.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { Bus, Subscription } from '../kernel/bus/bus.ts';
import type { FollowedRow } from '../kernel/bus/execution-follower.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { AccountId, Sequence, VenueId } from '../kernel/codec/brand.ts';
import type { Log } from '../kernel/log/log.ts';
import type { ProjectionStore } from '../kernel/projection/projection-store.ts';
import type { Service, ServiceHealth } from '../kernel/service/service.ts';
import { AlertList } from './alert-list.ts';
import { AuthorityBook } from './authority-book.ts';
import { InstrumentRequest } from './instrument-request.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { Market } from './market.ts';
import { type HeardTradingState, MonitorViews } from './monitor-views.ts';
import { project } from './projector.ts';
import { RiskFollower, type RiskRow } from './risk-follower.ts';
import { ServiceList } from './service-list.ts';
import { SwitchBook } from './switch-book.ts';

export interface MonitorOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** The monitor's own from now on: closed when the service stops. */
  readonly store: ProjectionStore;
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly buildHash: string;
  /** Public keys of people, for their names; absent: keys are shown by their ids. */
  readonly trustedKeys?: readonly OperatorKey[];
}

export interface MonitorService extends Service {
  readonly views: MonitorViews;
}

/** Watches everything and changes nothing: projections of the journals, and what the services say of themselves. */
export function createMonitor(options: MonitorOptions): MonitorService {
  return new Monitor(options);
}

class Monitor implements MonitorService {
  readonly views: MonitorViews;
  readonly #options: MonitorOptions;
  readonly #market = new Market();
  readonly #switches = new SwitchBook();
  readonly #services: ServiceList;
  readonly #alerts: AlertList;
  readonly #authority: AuthorityBook;
  readonly #instruments: InstrumentRequest;
  readonly #execution: JournalKeeper;
  #risk: RiskFollower;
  #wasReady = false;
  #tradingState: HeardTradingState | undefined;
  readonly #subscriptions: Subscription[] = [];

  constructor(options: MonitorOptions) {
    const { bus, clock, log, store, account, buildHash } = options;
    this.#options = options;
    this.#services = new ServiceList({ clock, buildHash });
    this.#alerts = new AlertList(log);
    this.#authority = new AuthorityBook({ store, trustedKeys: options.trustedKeys ?? [] });
    this.#instruments = new InstrumentRequest({
      bus,
      clock,
      take: (one) => this.#market.takeInstrument(one),
    });
    this.#execution = new JournalKeeper({
      bus,
      clock,
      log,
      store,
      onBegin: () => this.#recallSwitches(),
      onRow: (row, sequence) => this.#takeRow(row, sequence),
    });
    this.#risk = this.#newRiskFollower();
    this.views = new MonitorViews({
      store,
      account,
      clock,
      market: this.#market,
      switches: this.#switches,
      services: this.#services,
      alerts: this.#alerts,
      authority: this.#authority,
      execution: this.#execution,
      risk: () => ({ applied: this.#risk.applied, complete: this.#risk.complete }),
      tradingState: () => this.#tradingState,
    });
  }

  start(): void {
    this.#watchMarket();
    this.#watchSystem();
    this.#instruments.start();
    this.#risk.start();
    this.#execution.start();
  }

  stop(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#instruments.stop();
    this.#risk.stop();
    this.#execution.stop();
    this.#options.store.close();
    return Promise.resolve();
  }

  health(): ServiceHealth {
    const { sequence, hash } = this.#execution.verified;
    const applied = [{ producer: 'execution', sequence, hash }];
    if (this.#options.bus.status() !== 'connected')
      return { state: 'degraded', reasons: ['no bus'], applied };
    const reasons = [
      ...(this.#execution.complete ? [] : ["rows of execution's journal are missing"]),
      ...(this.#risk.complete ? [] : ["rows of risk's journal are missing"]),
    ];
    this.#wasReady ||= reasons.length === 0;
    if (!this.#wasReady) return { state: 'starting', reasons, applied };
    return { state: reasons.length === 0 ? 'ready' : 'degraded', reasons, applied };
  }

  #watchMarket(): void {
    const { bus, venue } = this.#options;
    const market = this.#market;
    this.#subscriptions.push(
      bus.subscribe(subjects.instrument.matching({ venue }), ({ message }) => market.takeInstrument(message)),
      bus.subscribe(subjects.quote.matching({ venue }), ({ message, header }) =>
        market.takeQuote(message, header.eventTime),
      ),
      bus.subscribe(subjects.bar.matching({ venue }), ({ message, header }) =>
        market.takeBar(message, header.eventTime),
      ),
      bus.subscribe(subjects.feedStatus.matching({ venue }), ({ message }) => market.takeFeedStatus(message)),
    );
  }

  #watchSystem(): void {
    const { bus, clock } = this.#options;
    this.#subscriptions.push(
      bus.subscribe(subjects.alert.matching({}), ({ message, header }) =>
        this.#alerts.take(message, header.eventTime),
      ),
      bus.subscribe(subjects.tradingState.matching({}), ({ message }) => {
        this.#tradingState = { state: message, atUs: clock.monotonicUs() };
      }),
      bus.subscribe(subjects.heartbeat.matching({}), ({ message }) => this.#takeHeartbeat(message)),
    );
  }

  #takeHeartbeat(heartbeat: Heartbeat): void {
    const { isRestart, isOtherBuild } = this.#services.take(heartbeat);
    if (isOtherBuild) this.#raiseOtherBuild(heartbeat);
    if (heartbeat.service === 'execution') {
      if (isRestart) this.#execution.checkAgain();
      this.#execution.announce(heartbeat.journalSequence);
    }
    if (heartbeat.service === 'risk') {
      if (isRestart) this.#followRiskAnew();
      this.#risk.announce(heartbeat.journalSequence);
    }
  }

  #takeRow(row: FollowedRow, sequence: Sequence): void {
    project(this.#options.store, row, sequence);
    if (row.fact.case === 'killSwitch') this.#switches.take('execution', row.fact.value);
  }

  /** What the store knows of switches from before this start. */
  #recallSwitches(): void {
    for (const { payload } of this.#options.store.killSwitchRows()) {
      this.#switches.take('execution', KillSwitchEvent.decode(payload));
    }
  }

  #newRiskFollower(): RiskFollower {
    const { bus, clock } = this.#options;
    return new RiskFollower({ bus, clock, onRow: (row, sequence) => this.#takeRiskRow(row, sequence) });
  }

  #takeRiskRow({ fact, time }: RiskRow, sequence: Sequence): void {
    switch (fact.case) {
      case 'killSwitch':
        this.#switches.take('risk', fact.value);
        return;
      case 'authority':
        this.#authority.take({ event: fact.value, sequence, time });
        return;
      default:
        assertNever(fact);
    }
  }

  #followRiskAnew(): void {
    this.#risk.stop();
    this.#switches.forget('risk');
    this.#authority.forget();
    this.#risk = this.#newRiskFollower();
    this.#risk.start();
  }

  #raiseOtherBuild({ service, buildHash }: Heartbeat): void {
    const { bus, clock } = this.#options;
    const alert: Alert = {
      severity: 'critical',
      service: 'monitor',
      code: 'BUILD_MISMATCH',
      text: `${service} runs build ${shortHash(buildHash)}, the monitor ${shortHash(this.#options.buildHash)}: restart all services from one build.`,
      about: service,
    };
    const eventTime = this.#market.now > 0 ? this.#market.now : clock.wallUs();
    const result = bus.publish({
      subject: subjects.alert.of({ severity: alert.severity }),
      message: alert,
      eventTime,
    });
    // Published, it comes back like any other.
    if (!result.ok) this.#alerts.take(alert, eventTime);
  }
}

const shortHashCharacters = 12;

function shortHash(hash: string): string {
  return hash.slice(0, shortHashCharacters);
}
