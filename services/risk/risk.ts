import type { LeaseRequest } from '../../protos/gen/control.ts';
import type { Received, Subscription } from '../kernel/bus/bus.ts';
import { ExecutionFollower } from '../kernel/bus/execution-follower.ts';
import type { ExecutionRow } from '../kernel/bus/execution-row.ts';
import { readRiskRow } from '../kernel/bus/risk-row.ts';
import type { Pattern } from '../kernel/bus/subject.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { StopTimer } from '../kernel/clock/clock.ts';
import type { Sequence } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { journalPage } from '../kernel/journal/journal-page.ts';
import { Outbox } from '../kernel/journal/outbox.ts';
import { readKillTrip, tripPayloadBytesMax } from '../kernel/kill-switch/kill-trip.ts';
import type { Service, ServiceHealth } from '../kernel/service/service.ts';
import { createRaise } from './alerts.ts';
import { Baselines } from './baselines.ts';
import { ExecutionTrips } from './execution-trips.ts';
import { Exposure } from './exposure.ts';
import { Handshake } from './handshake.ts';
import { LeaseHolder } from './lease-holder.ts';
import { Links } from './links.ts';
import { Market } from './market.ts';
import { OrderDesk } from './order-desk.ts';
import { OrderHistory } from './order-history.ts';
import type { RiskFacts } from './order-view.ts';
import { PaceRelay } from './pace-relay.ts';
import { toOutgoing } from './publication.ts';
import { bounds, type RiskPorts } from './risk-options.ts';
import { SignedActs } from './signed-acts.ts';
import { SwitchBoard } from './switch-board.ts';
import { SwitchWatch } from './switch-watch.ts';
import { TradingStateTeller } from './trading-state-teller.ts';

/** Decides every order, guards the account's limits, runs the kill switches and tells what may be traded. */
export function createRisk(ports: RiskPorts): Service {
  return new Risk(ports);
}

const manual = brandOf.switchName('manual');
/** Without limits nothing is let through, and nothing can repeat. */
const repeatWindowUsDefault = brandOf.durationUs(1_000_000);

class Risk implements Service {
  readonly #ports: RiskPorts;
  readonly #market = new Market();
  readonly #exposure: Exposure;
  readonly #history: OrderHistory;
  readonly #links: Links;
  readonly #board: SwitchBoard;
  readonly #watch: SwitchWatch;
  readonly #follower: ExecutionFollower;
  readonly #trips: ExecutionTrips;
  readonly #handshake: Handshake;
  readonly #holder: LeaseHolder;
  readonly #teller: TradingStateTeller;
  readonly #desk: OrderDesk;
  readonly #pace: PaceRelay;
  readonly #outbox: Outbox;
  readonly #acts: SignedActs;
  readonly #subscriptions: Subscription[] = [];
  #stopTicks: StopTimer = () => {};
  #stopWaiting: StopTimer = () => {};
  #knowsInstruments = false;
  #isLive = false;
  #hasFailed = false;
  #isStopped = false;

  constructor(ports: RiskPorts) {
    this.#ports = ports;
    const { bus, clock, journal, log, epoch, buildHash, options } = ports;
    const { rules, switches } = options;
    const market = this.#market;
    const raise = createRaise({ bus, log, market });
    const bornEmpty = journal.head().sequence === 0;
    const rows = [...journal.replay(brandOf.sequence(1))].map((row) => ({
      sequence: row.sequence,
      fact: readRiskRow(row),
    }));
    const switchRows = rows.flatMap(({ fact }) => (fact.case === 'killSwitch' ? [fact.value] : []));
    const baselines = new Baselines();
    for (const { name, body } of switchRows) {
      if (body.case === 'baselineMoved') baselines.restore(name, body.value);
    }
    this.#exposure = new Exposure(rules.account, market);
    this.#history = new OrderHistory({
      repeatWindowUs: rules.limits?.repeatedExecutions.windowUs ?? repeatWindowUsDefault,
    });
    this.#links = new Links(clock);
    const onChange = (): void => this.#onDurable();
    this.#board = new SwitchBoard({ journal, clock, market, raise, onChange }, switches, switchRows);
    this.#follower = new ExecutionFollower({
      bus,
      clock,
      onRow: (row, sequence) => this.#takeRow(row, sequence),
      onProgress: () => this.#onProgress(),
      goesWith: (start) => this.#handshake.goesWith(start),
    });
    this.#watch = new SwitchWatch({
      board: this.#board,
      market,
      exposure: this.#exposure,
      history: this.#history,
      baselines,
      links: this.#links,
      account: rules.account,
      ledgerId: () => (this.#follower.complete ? this.#follower.ledgerId : undefined),
    });
    this.#trips = new ExecutionTrips({ board: this.#board, baselines, rows: switchRows, bornEmpty });
    this.#holder = new LeaseHolder({ journal, clock });
    this.#handshake = new Handshake({
      ...{ epoch, buildHash, clock },
      follower: this.#follower,
      holder: this.#holder,
      onOlder: (current) => this.#teller.grantedTo(current),
      onRival: (text) => raise({ severity: 'critical', code: 'TWO_EXECUTIONS', text, about: 'execution' }),
    });
    this.#teller = new TradingStateTeller(ports, {
      board: this.#board,
      handshake: this.#handshake,
      follower: this.#follower,
      market,
    });
    this.#desk = new OrderDesk({
      ports,
      facts: this.#facts(),
      ledgerId: () => this.#follower.ledgerId,
      applied: () => this.#follower.applied,
      isReady: () => this.#isReady(),
      canRecheck: () => this.#handshake.isReconciled && this.#follower.complete,
      raise,
      onAsked: () => this.#watch.read('order'),
    });
    this.#pace = new PaceRelay({ bus, market, isIdle: () => this.#isIdle() });
    this.#outbox = new Outbox({ journal, bus, clock, log, producer: 'risk', toOutgoing });
    this.#acts = new SignedActs(
      {
        ports,
        board: this.#board,
        watch: this.#watch,
        links: this.#links,
        market,
        raise,
        follower: this.#follower,
        isReady: () => this.#isLive && this.#follower.complete && !this.#hasFailed,
        sendAgain: (sequence) => this.#outbox.sendAgain(sequence),
      },
      rows,
    );
  }

  start(): void {
    const { bus, clock, journal, onLocalTrip } = this.#ports;
    journal.onFailure((error) => {
      this.#hasFailed = true;
      throw new Error("risk's journal failed: nothing more may be decided", { cause: error });
    });
    this.#subscribe();
    bus.onStatus((status) => {
      // An orderly stop closes the journal, then the bus.
      if (this.#isStopped) return;
      this.#links.takeBusStatus(status);
      this.#watch.read('link');
    });
    onLocalTrip?.((source, reason) => this.#board.trip(manual, { source, reason }));
    this.#outbox.start();
    this.#follower.start();
    this.#askInstruments();
    this.#stopTicks = clock.every(bounds.tickUs, () => this.#tick());
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTicks();
    this.#stopWaiting();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#follower.stop();
    this.#outbox.stop();
    await this.#ports.journal.close();
  }

  health(): ServiceHealth {
    const { isReady, lack, agreedHead } = this.#handshake;
    const reasons = isReady ? [] : [lack];
    if (isReady && !this.#follower.complete) reasons.push('rows of execution are missing');
    if (this.#ports.bus.status() !== 'connected') reasons.push('the bus is gone');
    const lacking = this.#isLive ? 'degraded' : 'starting';
    return {
      state: reasons.length === 0 ? 'ready' : lacking,
      reasons,
      journal: this.#ports.journal.durableHead(),
      applied: [{ producer: 'execution', sequence: agreedHead.sequence, hash: agreedHead.hash }],
    };
  }

  #subscribe(): void {
    const market = this.#market;
    this.#on(subjects.instrument.matching({}), ({ message }) => market.takeInstrument(message));
    this.#on(subjects.quote.matching({}), ({ message, header }) => {
      market.takeQuote(message, header.eventTime);
      this.#watch.read('price');
    });
    this.#on(subjects.bar.matching({}), ({ message, header }) => {
      market.takeBar(message, header.eventTime);
      this.#watch.read('price');
    });
    this.#on(subjects.feedStatus.matching({}), ({ message }) => {
      market.takeTime(message.marketTime);
      this.#links.hearFeed(message);
      this.#watch.read('link');
    });
    this.#on(subjects.stageOrder.matching({}), (received) => this.#desk.takeIntent(received));
    this.#on(subjects.replaceOrder.matching({}), (received) => this.#desk.takeReplace(received));
    this.#on(subjects.killTrip.matching({}), (received) => this.#takeTrip(received));
    this.#on(subjects.killReset.matching({}), (received) => this.#acts.takeReset(received));
    this.#on(subjects.killResume.matching({}), (received) => this.#acts.takeResume(received));
    this.#on(subjects.operatorPresent.matching({}), (received) => this.#acts.takePresent(received));
    this.#on(subjects.leaseRequest.matching({}), ({ message }) => this.#takeLeaseRequest(message));
    // Time is the market's to tell: a strategy's could begin a day that forgets a loss, and make every price old.
    this.#on(subjects.pace.matching({ stage: 'market-data' }), ({ message }) => {
      market.takeTime(message.marketTime);
      this.#pace.pass();
    });
    this.#on(subjects.pace.matching({ stage: 'strategy' }), ({ message }) => this.#pace.take(message));
    const { bus, journal } = this.#ports;
    this.#subscriptions.push(
      bus.serve(
        subjects.journalQuery.matching({ service: 'risk' }),
        ({ message }, reply) => reply({ message: journalPage(journal, message), eventTime: market.now }),
        subjects.journalPage.matching({}),
      ),
    );
  }

  #on<T>(pattern: Pattern<T>, handler: (received: Received<T>) => void): void {
    this.#subscriptions.push(this.#ports.bus.subscribe(pattern, handler));
  }

  #takeTrip({ subject, message }: Received<Uint8Array>): void {
    const source = subjects.killTrip.tokensOf(subject)?.source ?? subject;
    const { scope, action, reason } = readKillTrip(message);
    const payload = message.slice(0, tripPayloadBytesMax);
    this.#board.trip(manual, { source: `manual.${source}`, reason, payload }, { scope, action });
  }

  #takeLeaseRequest(request: LeaseRequest): void {
    this.#links.hearExecution();
    this.#watch.read('link');
    if (!this.#handshake.take(request)) return;
    if (this.#isLive) this.#trips.takeLatched(request);
    this.#stopWaiting();
    if (request.returned) this.#holder.takeBack(request);
    else this.#grant(request);
    this.#onDurable();
  }

  /** No answer before an earlier start can send nothing any more; then to the newest request there is. */
  #grant(request: LeaseRequest): void {
    const waitUs = this.#holder.waitUs(request);
    if (waitUs > 0) this.#stopWaiting = this.#ports.clock.after(waitUs, () => this.#grant(request));
    else this.#holder.hand(request, () => this.#teller.grant(request));
  }

  #takeRow(row: ExecutionRow, sequence: Sequence): void {
    const { fact } = row;
    this.#exposure.apply(row);
    this.#desk.takeRow(row);
    this.#trips.takeRow(row, sequence);
    if (fact.case === 'reconciliation') this.#links.takeReconciliation(fact.value);
    if (fact.case === 'authority') this.#acts.takeRow(fact.value, { isNew: this.#isLive });
  }

  #onProgress(): void {
    const { complete, ledgerId } = this.#follower;
    if (!complete) return;
    this.#handshake.check();
    if (!this.#isLive && ledgerId !== undefined) {
      this.#isLive = true;
      this.#trips.goLive({ ledgerId, applied: this.#follower.applied });
    }
    this.#desk.decideSigned();
    this.#watch.read('row');
    this.#onDurable();
  }

  /** Something that others wait for may be over. */
  #onDurable(): void {
    this.#teller.tellWhenChanged();
    this.#pace.pass();
  }

  #tick(): void {
    this.#watch.read('tick');
    this.#board.tick();
    this.#desk.decideStaged();
    this.#desk.decideSigned();
    this.#desk.resend();
    this.#teller.tell();
    this.#pace.pass();
    if (!this.#knowsInstruments) this.#askInstruments();
  }

  #askInstruments(): void {
    this.#ports.bus.request(
      {
        subject: subjects.instrumentQuery.of({}),
        message: {},
        eventTime: this.#market.now,
        reply: subjects.instrumentList.matching({}),
        timeoutUs: bounds.instrumentTimeoutUs,
      },
      (result) => {
        if (!result.ok) return;
        this.#knowsInstruments = true;
        for (const instrument of result.reply.message.instruments) this.#market.takeInstrument(instrument);
      },
    );
  }

  #facts(): RiskFacts {
    const teller = this.#teller;
    const follower = this.#follower;
    return {
      rules: this.#ports.options.rules,
      market: this.#market,
      exposure: this.#exposure,
      history: this.#history,
      get conditions() {
        return teller.conditions;
      },
      get exposureComplete() {
        return follower.complete;
      },
    };
  }

  #isReady(): boolean {
    return this.#handshake.isReady && !this.#hasFailed;
  }

  #isIdle(): boolean {
    const { journal } = this.#ports;
    const durable = journal.durableHead().sequence === journal.head().sequence;
    // A replay that began before the account is reconciled would be asked for orders that are denied for that alone.
    return this.#isReady() && this.#handshake.isReconciled && this.#follower.complete && durable;
  }
}
