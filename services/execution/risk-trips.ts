import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { JournalPage } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { LedgerId, Sequence, SwitchName, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { widens } from '../kernel/kill-switch/switch-definition.ts';
import type { Alerts } from './alerts.ts';
import { limits } from './execution-options.ts';
import type { Kill } from './kill.ts';
import type { KillBoard } from './kill-board.ts';
import type { Liquidators } from './liquidators.ts';
import { endIn, type Resets, type RiskEnd } from './resets.ts';

const queryTimeoutUs = 2_000_000;
const noRow = brandOf.sequence(0);

export interface RiskTripPorts {
  readonly bus: Bus;
  readonly kill: Kill;
  readonly board: KillBoard;
  readonly liquidators: Liquidators;
  readonly alerts: Alerts;
  readonly resets: Resets;
  readonly marketTime: () => TimestampUs;
}

/** What risk's journal has said of switches so far. */
interface Reading {
  readonly ledgerId: LedgerId | undefined;
  readonly readUpTo: Sequence;
  /** Last row of each switch that is tripped. */
  readonly trips: Map<SwitchName, KillSwitchEvent>;
  /** How the last trip of each other switch was ended. */
  readonly ends: Map<SwitchName, RiskEnd>;
}

/**
 * Takes over the trips of risk, and their signed ends: live from the bus; and when a grant names other switches than
 * are latched here, an event was missed, and risk's journal is asked for it.
 */
export class RiskTrips {
  readonly #ports: RiskTripPorts;
  /** Switches that were said to liquidate and may not. */
  readonly #toldForbidden = new Set<SwitchName>();
  #asking = false;
  /** A trip may have widened while nothing could be heard. */
  #unsure = true;
  #reading: Reading = unread();
  /** Ends that were read and not followed: to read them again changes nothing. */
  readonly #tried = new Map<SwitchName, Sequence>();

  constructor(ports: RiskTripPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { bus, board, resets } = this.#ports;
    bus.onStatus(() => {
      this.#unsure = true;
    });
    bus.subscribe(subjects.killSwitchEvent.matching({}), ({ subject, header, message }) => {
      if (header.producer !== 'risk') return;
      const { name } = message;
      const sequence = header.producerSequence;
      const body = endIn(message);
      if (body !== undefined) resets.follow({ subject, name, body, sequence });
      // Risk says a row again that its stream may not have: a trip before the end that was followed is over.
      else if (sequence === 0 || sequence > board.followedUpTo(name)) this.#take(message);
    });
  }

  /** All that risk has latched, as of a grant. */
  onLatched(names: readonly SwitchName[]): void {
    const { board } = this.#ports;
    const isMissing = names.some((name) => !board.named(name).latched);
    const isOver = board.latched().some(({ name }) => !names.includes(name));
    if (this.#asking || !(isMissing || isOver || (this.#unsure && names.length > 0))) return;
    this.#asking = true;
    this.#unsure = false;
    this.#pull();
  }

  #take(event: KillSwitchEvent): void {
    const { kill, board, liquidators } = this.#ports;
    const { name, scope, body } = event;
    const { latched, demand } = board.named(name);
    if (event.level !== 'tripped') return;
    const isForbidden = event.action === 'liquidate' && !liquidators.includes(name);
    const action = isForbidden ? 'stop' : event.action;
    if (isForbidden) this.#tellForbidden(name, latched);
    if (latched && !widens(demand, { scope, action })) return;
    const tripped = body.case === 'tripped' ? body.value : undefined;
    kill.trip({
      name,
      scope,
      action,
      source: tripped?.source ?? 'risk',
      reason: tripped?.reason ?? `risk says ${body.case}`,
      payload: tripped?.payload ?? new Uint8Array(),
    });
  }

  /** Once in a trip: each of its rows says the same. */
  #tellForbidden(name: SwitchName, isLatched: boolean): void {
    if (isLatched && this.#toldForbidden.has(name)) return;
    this.#toldForbidden.add(name);
    const text = `Risk says that the kill switch ${name} liquidates, and the profile does not: it stops, and sells nothing.`;
    this.#ports.alerts.raise('critical', { code: 'LIQUIDATION_REFUSED', text, about: name });
  }

  /** Reads on from where it was left. The last rows of each switch tell where it stands. */
  #pull(): void {
    const { bus, marketTime } = this.#ports;
    const fromSequence = brandOf.sequence(this.#reading.readUpTo + 1);
    bus.request(
      {
        subject: subjects.journalQuery.of({ service: 'risk' }),
        message: { fromSequence, limit: limits.queryRowsMax },
        eventTime: marketTime(),
        reply: subjects.journalPage.matching({}),
        timeoutUs: queryTimeoutUs,
      },
      (result) => {
        if (result.ok) {
          this.#onPage(result.reply.message);
          return;
        }
        // The next grant asks again.
        this.#asking = false;
        this.#unsure = true;
      },
    );
  }

  #onPage({ ledgerId, records, headSequence }: JournalPage): void {
    const { readUpTo, ledgerId: earlier } = this.#reading;
    if ((earlier !== undefined && earlier !== ledgerId) || headSequence < readUpTo) {
      // Not the journal that was read before: it is read from its beginning.
      this.#reading = unread();
      this.#pull();
      return;
    }
    for (const { sequence, type, payload } of records) {
      if (type === KillSwitchEvent.name) this.#note(KillSwitchEvent.decode(payload), sequence);
    }
    const newest = records.at(-1);
    if (newest !== undefined) {
      this.#reading = { ...this.#reading, ledgerId, readUpTo: newest.sequence };
      this.#pull();
      return;
    }
    this.#asking = false;
    this.#takeOver();
  }

  #note(event: KillSwitchEvent, sequence: Sequence): void {
    const { trips, ends } = this.#reading;
    const { name } = event;
    if (event.level === 'tripped') {
      trips.set(name, event);
      ends.delete(name);
      return;
    }
    trips.delete(name);
    const body = endIn(event);
    const subject = subjects.killSwitchEvent.of({ name }).name;
    if (body !== undefined) ends.set(name, { subject, name, body, sequence });
  }

  #takeOver(): void {
    const { board, resets } = this.#ports;
    const { trips, ends } = this.#reading;
    for (const event of trips.values()) this.#take(event);
    for (const { name } of board.latched()) {
      const end = ends.get(name);
      if (end === undefined || this.#tried.get(name) === end.sequence) continue;
      this.#tried.set(name, end.sequence);
      resets.follow(end);
    }
  }
}

function unread(): Reading {
  return { ledgerId: undefined, readUpTo: noRow, trips: new Map(), ends: new Map() };
}
