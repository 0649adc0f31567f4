import { LeaseGrant } from '../../protos/gen/control.ts';
import type { TradingState } from '../../protos/gen/risk.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { Bus, Received } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { DurationUs, Epoch, TimestampUs } from '../kernel/codec/brand.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { Alerts } from './alerts.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import { limits } from './execution-options.ts';
import { isExitOrder } from './exit-order.ts';
import type { Readiness } from './gate.ts';
import type { Instruments } from './instruments.ts';
import type { KillBoard } from './kill-board.ts';
import type { Lease } from './lease.ts';
import type { RiskTrips } from './risk-trips.ts';
import type { Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';
import type { Voice } from './voice.ts';

export interface LeaseKeeperPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly lease: Lease;
  readonly board: KillBoard;
  readonly riskTrips: RiskTrips;
  readonly readiness: Readiness;
  readonly instruments: Instruments;
  readonly alerts: Alerts;
  readonly authority: AuthorityKeeper;
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly voice: Voice;
  readonly epoch: Epoch;
  readonly buildHash: string;
  readonly leaseLostCancelUs: DurationUs;
  readonly marketTime: () => TimestampUs;
  /** From here on no earlier start of execution can send anything. */
  readonly onFirstGrant: () => void;
  readonly onChange: () => void;
}

/** Asks risk for the lease each second, tells it where execution stands, and cancels when it stays away too long. */
export class LeaseKeeper {
  readonly #ports: LeaseKeeperPorts;
  #toldBuild = false;
  #toldLost = false;
  #asksSoon = false;
  #heardRiskUs: number;

  constructor(ports: LeaseKeeperPorts) {
    this.#ports = ports;
    this.#heardRiskUs = ports.clock.monotonicUs();
  }

  start(): void {
    const { bus, clock, lease } = this.#ports;
    bus.subscribe(subjects.leaseGrant.of({}), (received) => this.#takeGrant(received));
    bus.subscribe(subjects.tradingState.of({}), ({ message }) => this.#takeState(message));
    bus.onStatus((status) => {
      if (status === 'connected') this.ask();
      else lease.drop(clock.monotonicUs());
      this.#ports.onChange();
    });
    clock.every(limits.leaseIntervalUs, () => {
      this.ask();
      this.#cancelWhenLost();
      this.#speakWithoutRisk();
    });
    this.ask();
  }

  /** At once too when something has changed that risk waits for. */
  ask(): void {
    this.#request(false);
  }

  /** Nothing is sent any more and nothing is on its way: the next start need not wait for the lease to run out. */
  giveBack(): void {
    this.#ports.lease.drop(this.#ports.clock.monotonicUs());
    this.#request(true);
  }

  #request(returned: boolean): void {
    const { bus, clock, journal, lease, board, readiness, instruments } = this.#ports;
    const head = journal.durableHead();
    bus.publish({
      subject: subjects.leaseRequest.of({}),
      eventTime: this.#ports.marketTime(),
      message: {
        nonce: lease.request(clock.monotonicUs()),
        ledgerId: journal.ledgerId,
        executionEpoch: this.#ports.epoch,
        journalSequence: head.sequence,
        journalHash: hexOf(head.hash),
        riskEpoch: lease.riskEpoch,
        reconciled: readiness.reconciled && instruments.listed,
        latched: board.latched().map((killSwitch) => killSwitch.name),
        buildHash: this.#ports.buildHash,
        returned,
      },
    });
  }

  #takeGrant(received: Received<LeaseGrant>): void {
    const { lease, authority } = this.#ports;
    if (!authority.isFromRisk({ type: LeaseGrant, field: 8 }, received)) return;
    this.#heardRiskUs = this.#ports.clock.monotonicUs();
    const grant = received.message;
    const isFirst = lease.riskEpoch === 0;
    const verdict = lease.take(grant);
    switch (verdict) {
      case 'unknownNonce':
        return;
      case 'superseded':
        this.#end(grant);
        return;
      case 'oldEpoch': {
        const detail = `risk's start ${grant.riskEpoch} granted; acknowledged is ${lease.riskEpoch}`;
        authority.refuse(received, { type: LeaseGrant, code: 'STALE_EPOCH', detail });
        return;
      }
      case 'otherBuild':
        this.#tellOtherBuild(grant);
        this.#ports.voice.speak();
        return;
      case 'newEpoch':
      case 'fresh':
        this.#toldLost = false;
        this.#ports.riskTrips.onLatched(grant.latched);
        if (isFirst) this.#ports.onFirstGrant();
        this.#ports.voice.speak();
        this.#ports.onChange();
        // Risk waits to hear that its start has been acknowledged.
        if (verdict === 'newEpoch') this.ask();
    }
  }

  /** Risk has gone on with a later start, which has another journal by now. What this one still does only confuses. */
  #end({ nonce }: LeaseGrant): void {
    const text = `A later start of execution has the lease: this one, ${this.#ports.epoch}, ends. Two must not run on one account.`;
    this.#ports.alerts.raise('critical', { code: 'SUPERSEDED', text, about: 'execution' });
    throw new Error(`${text} (granted: ${nonce})`);
  }

  /** Nobody could tell it to be silent, and people have to see what it does. */
  #speakWithoutRisk(): void {
    if (this.#ports.clock.monotonicUs() - this.#heardRiskUs >= limits.riskSilentUs) this.#ports.voice.speak();
  }

  #takeState(state: TradingState): void {
    this.#heardRiskUs = this.#ports.clock.monotonicUs();
    const verdict = this.#ports.lease.takeState(state);
    switch (verdict) {
      case 'ignored':
        return;
      case 'taken':
        this.#ports.onChange();
        return;
      case 'looser':
        this.#askSoon();
        return;
      default:
        assertNever(verdict);
    }
  }

  /** Whoever can say a state must not be able to make execution and risk talk without end. */
  #askSoon(): void {
    if (this.#asksSoon) return;
    this.#asksSoon = true;
    this.#ports.clock.after(limits.leaseAskSoonUs, () => {
      this.#asksSoon = false;
    });
    this.ask();
  }

  #tellOtherBuild({ buildHash }: LeaseGrant): void {
    if (this.#toldBuild) return;
    this.#toldBuild = true;
    this.#ports.alerts.raise('critical', {
      code: 'BUILD_MISMATCH',
      text: `Risk runs build ${buildHash.slice(0, 12)}, execution ${this.#ports.buildHash.slice(0, 12)}: nothing is sent.`,
      about: 'risk',
    });
  }

  #cancelWhenLost(): void {
    const { clock, lease, leaseLostCancelUs, orders, turn, alerts } = this.#ports;
    if (lease.lostForUs(clock.monotonicUs()) < leaseLostCancelUs) return;
    // What the venue refused to cancel is asked for again.
    const left = orders
      .atVenue()
      .filter((entry) => entry.actor.context.cancelWanted === undefined && !isExitOrder(entry));
    if (left.length === 0) return;
    turn.run(() => {
      for (const entry of left) {
        const value = { requestedBy: 'execution', reason: 'LEASE_LOST' };
        orders.change(entry, { case: 'cancelRequested', value });
      }
    });
    if (this.#toldLost) return;
    this.#toldLost = true;
    alerts.raise('critical', {
      code: 'LEASE_LOST',
      text: `No lease from risk for ${Math.round(leaseLostCancelUs / 1_000_000)} s: ${left.length} working orders are being canceled.`,
      about: 'risk',
    });
  }
}
