import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { SwitchName } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import { createKillSwitch, type KillSwitch, restoreKillSwitch } from '../kernel/kill-switch/kill-switch.ts';
import type { KillSwitchBody } from '../kernel/kill-switch/kill-switch-table.ts';
import { leftOutText, RepeatedTrips } from '../kernel/kill-switch/repeated-trips.ts';
import {
  type SwitchDefinition,
  scopeAll,
  type TripDemand,
  widens,
} from '../kernel/kill-switch/switch-definition.ts';
import { modeOfSwitch, type TradingCondition } from '../kernel/trading-state/trading-state.ts';
import type { Raise } from './alerts.ts';
import type { Market } from './market.ts';

/** What a switch reads of its input, and the value that its threshold is for. */
export interface Reading {
  readonly input: 'unknown' | 'known' | 'lost';
  /** What is lost, or what the value is of. */
  readonly about: string;
  readonly value?: number | undefined;
}

export interface Trip {
  readonly source: string;
  readonly reason: string;
  readonly value?: number | undefined;
  readonly payload?: Uint8Array | undefined;
}

interface Entry {
  readonly killSwitch: KillSwitch;
  /** Monotonic time since which the input is lost; undefined while it is not, or once its grace is over. */
  lostSinceUs: number | undefined;
  why: string;
}

const nothing = new Uint8Array(0);

/** Whatever a profile forgets, a person can always stop the system. */
const manual: SwitchDefinition = {
  name: brandOf.switchName('manual'),
  scope: scopeAll,
  enabled: true,
  action: 'stop',
  graceUs: brandOf.durationUs(0),
  onGraceExpired: 'stay',
  coolDownUs: brandOf.durationUs(0),
};

/** All kill switches of risk: their machines, their rows in the journal, and what they leave of trading. */
export class SwitchBoard {
  readonly #entries = new Map<SwitchName, Entry>();
  readonly #repeated = new RepeatedTrips();
  readonly #ports: {
    readonly journal: Journal;
    readonly clock: Clock;
    readonly market: Market;
    readonly raise: Raise;
    readonly onChange: () => void;
  };

  constructor(
    ports: {
      readonly journal: Journal;
      readonly clock: Clock;
      readonly market: Market;
      readonly raise: Raise;
      /** Rows are on disk: what they change may be told. */
      readonly onChange: () => void;
    },
    definitions: readonly SwitchDefinition[],
    rows: readonly KillSwitchEvent[],
  ) {
    this.#ports = ports;
    for (const definition of [manual, ...definitions]) {
      const own = rows.filter(({ name }) => name === definition.name);
      const killSwitch = own.length === 0 ? createKillSwitch(definition) : restoreKillSwitch(definition, own);
      this.#entries.set(definition.name, { killSwitch, lostSinceUs: undefined, why: lastReason(own) });
    }
  }

  /** As the profile has them, and always a manual one. */
  get definitions(): readonly SwitchDefinition[] {
    return [...this.#entries.values()].map(({ killSwitch }) => killSwitch.definition);
  }

  get latched(): readonly SwitchName[] {
    return [...this.#entries.values()]
      .filter(({ killSwitch }) => killSwitch.latched)
      .map(({ killSwitch }) => killSwitch.name);
  }

  get conditions(): readonly TradingCondition[] {
    return [...this.#entries.values()].map(({ killSwitch, why }) => ({
      name: killSwitch.name,
      scope: killSwitch.demand.scope,
      mode: modeOfSwitch(killSwitch.level, killSwitch.demand.action),
      level: killSwitch.level,
      why,
    }));
  }

  /** In force in memory at once; told once it is on disk. A name that no profile defines trips the manual switch. */
  trip(name: SwitchName, trip: Trip, demand?: TripDemand): void {
    const entry = this.#entries.get(name) ?? this.#entries.get(manual.name);
    if (entry === undefined) throw new Error('there is always a manual switch');
    const { killSwitch } = entry;
    const { name: tripped, definition } = killSwitch;
    const isRepeated = this.isLatched(tripped, demand ?? definition);
    const leftOut = isRepeated ? this.#repeated.admit(tripped, this.#ports.clock.monotonicUs()) : 0;
    if (leftOut === undefined) return;
    entry.why = trip.reason === '' ? `tripped by ${trip.source}` : `${trip.reason} (${trip.source})`;
    const { threshold } = definition;
    this.#apply(
      entry,
      {
        case: 'tripped',
        value: {
          source: trip.source,
          reason: trip.reason,
          value: trip.value,
          threshold: trip.value === undefined ? undefined : threshold,
          marketTime: this.#ports.market.now,
          payload: trip.payload ?? nothing,
        },
      },
      demand,
    );
    const text = [`kill switch ${tripped} tripped: ${entry.why}`, leftOutText(leftOut)]
      .filter(Boolean)
      .join('; ');
    this.#ports.raise({ severity: 'critical', code: 'KILL_TRIPPED', text, about: tripped });
  }

  /** With a demand: and asks for all of it. A name that no profile defines stands for the manual switch, as in `trip`. */
  isLatched(name: SwitchName, demand?: TripDemand): boolean {
    const killSwitch = (this.#entries.get(name) ?? this.#entries.get(manual.name))?.killSwitch;
    if (killSwitch?.latched !== true) return false;
    return demand === undefined || !widens(killSwitch.demand, demand);
  }

  /** What execution proved of the cancels, or could not prove. */
  takeConfirmation(
    name: SwitchName,
    body: Extract<KillSwitchBody, { case: 'cancelsConfirmed' | 'cancelsEscalated' }>,
  ): void {
    const entry = this.#entries.get(name);
    if (entry?.killSwitch.latched) this.#apply(entry, body);
  }

  /** `isTick`: once a second, when a tripped switch looks whether its condition still stands. */
  observe(name: SwitchName, reading: Reading, options: { readonly isTick: boolean }): void {
    const entry = this.#entries.get(name);
    if (entry === undefined || !entry.killSwitch.definition.enabled) return;
    // What was known and is not any more is lost; for an instant it may just be between two rows of one event.
    const gone = reading.input === 'unknown' && options.isTick;
    this.#observeInput(entry, gone ? { ...reading, input: 'lost' } : reading);
    if (reading.input !== 'known' || reading.value === undefined) return;
    const { threshold } = entry.killSwitch.definition;
    if (threshold === undefined) return;
    const beyond = reading.value >= threshold;
    const { latched } = entry.killSwitch;
    const { standing } = entry.killSwitch.context;
    // A tripped switch whose value swings about its threshold must not fill the journal.
    if (latched && !options.isTick) return;
    if (beyond && standing !== 'value') this.#tripByValue(entry, reading, reading.value);
    else if (!beyond && latched && standing === 'value')
      this.#apply(entry, { case: 'conditionCleared', value: {} });
  }

  record(name: SwitchName, body: Extract<KillSwitchBody, { case: 'baselineMoved' }>): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) this.#apply(entry, body);
  }

  /** Ends the grace of inputs that are lost for too long. */
  tick(): void {
    const nowUs = this.#ports.clock.monotonicUs();
    for (const entry of this.#entries.values()) {
      const { killSwitch, lostSinceUs } = entry;
      if (lostSinceUs === undefined || killSwitch.level !== 'hold') continue;
      if (nowUs - lostSinceUs < killSwitch.definition.graceUs) continue;
      entry.lostSinceUs = undefined;
      this.#apply(entry, { case: 'graceExpired', value: { marketTime: this.#ports.market.now } });
      if (!killSwitch.latched) continue;
      const text = `kill switch ${killSwitch.name} tripped: ${entry.why}, and its grace is over`;
      this.#ports.raise({ severity: 'critical', code: 'KILL_TRIPPED', text, about: killSwitch.name });
    }
  }

  #observeInput(entry: Entry, { input, about }: Reading): void {
    const before = entry.killSwitch.context.input;
    if (input === 'known' && before !== 'known') {
      entry.lostSinceUs = undefined;
      if (!entry.killSwitch.latched) entry.why = about;
      this.#apply(entry, { case: 'inputKnown', value: {} });
    } else if (input === 'lost' && before === 'known') {
      entry.lostSinceUs = this.#ports.clock.monotonicUs();
      if (!entry.killSwitch.latched) entry.why = about;
      this.#apply(entry, { case: 'inputLost', value: { input: about } });
    } else if (input === 'unknown' && !entry.killSwitch.latched) {
      entry.why = about;
    }
  }

  #tripByValue(entry: Entry, { about }: Reading, value: number): void {
    const { name, threshold } = entry.killSwitch.definition;
    this.trip(name, {
      source: name,
      reason: `${about} ${shown(value)} >= ${shown(threshold ?? 0)}`,
      // Infinite against an equity of nothing; the wire carries finite figures only.
      value: Number.isFinite(value) ? value : Number.MAX_VALUE,
    });
  }

  #apply(entry: Entry, body: KillSwitchBody, demand?: TripDemand): void {
    const event = entry.killSwitch.apply(body, demand);
    this.#ports.journal.append(
      [
        {
          aggregate: `kill-switch/${event.name}`,
          type: KillSwitchEvent.name,
          time: this.#ports.market.now,
          payload: KillSwitchEvent.encode(event),
        },
      ],
      () => this.#ports.onChange(),
    );
  }
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

/** Why a latched switch was tripped, from its own history. */
function lastReason(rows: readonly KillSwitchEvent[]): string {
  const trip = rows.findLast(({ body }) => body.case === 'tripped')?.body;
  return trip?.case === 'tripped' ? `${trip.value.reason} (${trip.value.source})` : 'not known yet';
}
