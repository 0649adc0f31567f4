import type { Subscription } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { ClientOrderId, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { journalPage } from '../kernel/journal/journal-page.ts';
import { readKillTrip } from '../kernel/kill-switch/kill-trip.ts';
import { scopeAll } from '../kernel/kill-switch/switch-definition.ts';
import type { Service, ServiceHealth } from '../kernel/service/service.ts';
import { type ExecutionPorts, limits } from './execution-options.ts';
import { buildParts, type ExecutionParts } from './execution-parts.ts';
import { recover } from './recovery.ts';
import type { OrderEntry } from './supervisor.ts';

/** Carries orders out: the one service that talks to the venue, and the owner of orders, positions and cash. */
export function createExecution(ports: ExecutionPorts): Service {
  return new Execution(ports);
}

const manual = brandOf.switchName('manual');

class Execution implements Service {
  readonly #ports: ExecutionPorts;
  readonly #parts: ExecutionParts;
  /** What the gate said when the orders were last asked whether they may go. */
  #gateSaid = '';
  #wasReconciled = false;
  /** What an earlier start may have sent until its lease was over. */
  #approvedBefore: readonly OrderEntry[] = [];
  #onQuiet: (() => void) | undefined;
  #served: Subscription | undefined;

  constructor(ports: ExecutionPorts) {
    this.#ports = ports;
    this.#parts = buildParts(ports, {
      onSettled: () => this.#onSettled(),
      onGateChange: () => this.#onGateChange(),
      onFirstGrant: () => this.#parts.reconciliation.readAgain(this.#approvedBefore),
    });
  }

  start(): void {
    const { journal, epoch } = this.#ports;
    const { turn, orders, keeper, evidence, groups, board, authority, time, kill, exits, outbox } =
      this.#parts;
    journal.onFailure((error) => {
      throw new Error("execution's journal failed: nothing more may happen", { cause: error });
    });
    this.#approvedBefore = recover({
      ...{ journal, turn, orders, keeper, evidence, groups, board, authority, exits, epoch },
      onTime: (at) => time.restore(at),
    });
    this.#listenToCommands();
    this.#listenToPeople();
    this.#listenToTrips();
    this.#listenToTime();
    this.#parts.voice.onSpeak(() => {
      outbox.start();
      this.#serveJournal();
    });
    this.#parts.instruments.start();
    this.#parts.leaseKeeper.start();
    this.#connectVenue();
    this.#parts.reconciliation.start();
    kill.resume();
    exits.resume();
  }

  async stop(): Promise<void> {
    const { log, gateway, journal, options } = this.#ports;
    const { readiness, staging, clock, outbox, turn } = this.#parts;
    readiness.stopping = true;
    staging.stop();
    if (options.cancelOnStop) this.#cancelAll();
    await this.#quiet();
    if (this.#isQuiet()) this.#parts.leaseKeeper.giveBack();
    clock.stopAll();
    turn.end();
    const open = this.#parts.orders.atVenue().length;
    log.info(`${open} open, journal closed at event ${journal.head().sequence}`, { open });
    await gateway.close();
    outbox.stop();
    // Whoever asks from here on gets no answer, and asks the next start.
    this.#served?.unsubscribe();
    await journal.close();
  }

  health(): ServiceHealth {
    const { readiness, gate } = this.#parts;
    const reason = gate.closed();
    const state = readiness.stopping ? 'stopping' : reason === undefined ? 'ready' : 'degraded';
    return {
      state,
      reasons: reason === undefined ? [] : [reason],
      journal: this.#ports.journal.durableHead(),
      applied: [],
    };
  }

  #listenToCommands(): void {
    const { bus } = this.#ports;
    const { staging, commands } = this.#parts;
    bus.subscribe(subjects.stageOrder.matching({}), (received) => {
      if (this.#isAbout(received.subject, received.message.clientOrderId)) staging.takeIntent(received);
    });
    bus.subscribe(subjects.decision.matching({}), (received) => {
      if (!staging.isFromRisk(received)) return;
      // Risk's time is the feed's; a strategy's could end every order there is.
      this.#advanceTime(received.header.eventTime);
      staging.takeDecision(received.message);
    });
    bus.subscribe(subjects.cancelOrder.matching({}), (received) => commands.cancel(received));
    bus.subscribe(subjects.replaceOrder.matching({}), (received) => commands.replace(received));
  }

  /** Everything here is signed. */
  #listenToPeople(): void {
    const { bus } = this.#ports;
    const { approvals, acceptance, authority, exits } = this.#parts;
    bus.subscribe(subjects.approveOrder.matching({}), (received) => approvals.approve(received));
    bus.subscribe(subjects.rejectOrder.matching({}), (received) => approvals.reject(received));
    bus.subscribe(subjects.exitPosition.matching({}), (received) => exits.take(received));
    bus.subscribe(subjects.acceptDifferences.matching({}), (received) => acceptance.take(received));
    bus.subscribe(subjects.keyringChange.of({}), (received) => authority.changeKeyring(received));
  }

  #listenToTrips(): void {
    const { bus, onLocalTrip } = this.#ports;
    const { kill, riskTrips } = this.#parts;
    bus.subscribe(subjects.killTrip.matching({}), ({ subject, message: payload }) => {
      const source = subjects.killTrip.tokensOf(subject)?.source ?? 'unreadable';
      kill.trip({ ...readKillTrip(payload), name: manual, source: `manual.${source}`, payload });
    });
    riskTrips.start();
    onLocalTrip?.((source, reason) => {
      const payload = new Uint8Array();
      kill.trip({ name: manual, scope: scopeAll, action: 'stop', source, reason, payload });
    });
  }

  #listenToTime(): void {
    const { bus } = this.#ports;
    bus.subscribe(subjects.feedStatus.matching({}), ({ message }) => this.#advanceTime(message.marketTime));
    bus.subscribe(subjects.pace.of({ stage: 'risk' }), ({ message }) => {
      this.#advanceTime(message.marketTime);
      this.#parts.pace.take(message);
    });
  }

  #serveJournal(): void {
    const { bus, journal } = this.#ports;
    this.#served = bus.serve(
      subjects.journalQuery.of({ service: 'execution' }),
      ({ message }, reply) =>
        reply({ message: journalPage(journal, message), eventTime: this.#parts.time.now }),
      subjects.journalPage.of({}),
    );
  }

  #connectVenue(): void {
    const { gateway, log } = this.#ports;
    const { reports, readiness, reconciliation } = this.#parts;
    gateway.connect({
      onReport: (report) => reports.take(report),
      onStatus: (status, reason) => {
        log.info(`venue ${gateway.venue} ${status}`, { reason });
        readiness.venueConnected = status === 'connected';
        readiness.reconciled = false;
        if (readiness.venueConnected) reconciliation.restart();
        this.#onGateChange();
      },
    });
  }

  /** A message must be about the order that its subject names: others listen by subject. */
  #isAbout(subject: string, id: ClientOrderId): boolean {
    if (subjects.stageOrder.of({ clientOrderId: id }).name === subject) return true;
    const text = `Quarantined: an intent of order ${id} on subject ${subject}.`;
    this.#parts.alerts.raise('critical', { code: 'SUBJECT_MISMATCH', text, about: subject });
    return false;
  }

  #advanceTime(to: TimestampUs): void {
    const { time, orders, turn, groups } = this.#parts;
    if (!time.advance(to)) return;
    const waiting = orders.waiting();
    if (waiting.length === 0) return;
    const late = waiting.filter(
      (entry) => entry.actor.context.intent.deadline < time.now && !groups.holds(entry),
    );
    if (late.length === 0) return;
    turn.run(() => {
      for (const entry of late) {
        orders.change(entry, { case: 'deadlinePassed', value: { marketTime: time.now } });
      }
    });
  }

  /** Orders that wait for the gate are asked again when it says something else. */
  #onGateChange(): void {
    const { gate, lease, orders, turn, readiness, leaseKeeper } = this.#parts;
    const closedBy = `${gate.closed() ?? 'open'} ${gate.closedToExits() ?? 'open'}`;
    const says = `${closedBy} ${lease.state?.mode} ${readiness.venueConnected}`;
    if (!gate.takeHeldBack() && says === this.#gateSaid) return;
    this.#gateSaid = says;
    this.#ports.log.info('what may be sent has changed', {
      closedBy: gate.closed(),
      tradingState: lease.state?.mode,
      venueConnected: readiness.venueConnected,
    });
    turn.run(() => {
      for (const entry of [...orders.waiting(), ...orders.atVenue()]) orders.touch(entry);
    });
    // Risk waits to hear that execution is reconciled.
    if (readiness.reconciled && !this.#wasReconciled) leaseKeeper.ask();
    this.#wasReconciled = readiness.reconciled;
  }

  #onSettled(): void {
    this.#parts.pace.check();
    if (this.#onQuiet !== undefined && this.#isQuiet()) this.#onQuiet();
  }

  #cancelAll(): void {
    const { orders, turn } = this.#parts;
    const open = [...orders.waiting(), ...orders.atVenue()];
    this.#ports.log.info(`canceling ${orders.atVenue().length} working orders`);
    turn.run(() => {
      for (const entry of open) {
        if (entry.actor.closed || entry.actor.context.cancelWanted !== undefined) continue;
        const value = { requestedBy: 'execution', reason: 'STOPPING' };
        orders.change(entry, { case: 'cancelRequested', value });
      }
    });
  }

  #isQuiet(): boolean {
    const { turn, requests, orders } = this.#parts;
    const isDone = !this.#ports.options.cancelOnStop || orders.atVenue().length === 0;
    return turn.settled && requests.outstanding === 0 && isDone;
  }

  /** Until everything is on disk and answered, and what was to be canceled is; not for ever. */
  #quiet(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isQuiet()) {
        resolve();
        return;
      }
      this.#onQuiet = resolve;
      this.#parts.clock.after(limits.stopWaitUs, resolve);
    });
  }
}
