import { AuthorityEvent } from '../../protos/gen/authority.ts';
import { KillSwitchEvent, type ResetRequested } from '../../protos/gen/risk.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Sequence, SwitchName } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Journal, JournalEvent, JournalRow } from '../kernel/journal/journal.ts';
import { messageEvent } from '../kernel/journal/message-event.ts';
import type { KillSwitchBody } from '../kernel/kill-switch/kill-switch-table.ts';
import { leftOutText, RepeatedTrips } from '../kernel/kill-switch/repeated-trips.ts';
import {
  type SwitchDefinition,
  scopeAll,
  type TripDemand,
  widens,
} from '../kernel/kill-switch/switch-definition.ts';
import type { TradingCondition } from '../kernel/trading-state/trading-state.ts';
import type { Raise } from './alerts.ts';
import { type EndRefusal, resetRefusalOf, resumeRefusalOf } from './end-refusal.ts';
import type { Market } from './market.ts';
import {
  conditionOf,
  figureOf,
  lastEnd,
  noRow,
  restricts,
  type SwitchEntry,
  switchEntry,
} from './switch-entry.ts';

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

/** No longer in the profile, or only in execution's journal: what it has latched stays so until it is signed away. */
function former(name: SwitchName): SwitchDefinition {
  return { ...manual, name, enabled: false };
}

/** All kill switches of risk: their machines, their rows in the journal, and what they leave of trading. */
export class SwitchBoard {
  /** As the profile has them, and always a manual one. */
  readonly definitions: readonly SwitchDefinition[];
  readonly #entries = new Map<SwitchName, SwitchEntry>();
  /** Those that take something away: asked for with each row of execution, and seldom any. */
  #restricting: readonly SwitchEntry[] = [];
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
    this.definitions = [...new Map([manual, ...definitions].map((one) => [one.name, one])).values()];
    for (const definition of this.definitions) this.#enter(definition, rows);
    for (const { name } of rows) if (!this.#entries.has(name)) this.#enter(former(name), rows);
    this.#review();
  }

  get latched(): readonly SwitchName[] {
    return [...this.#entries.values()]
      .filter(({ killSwitch, ending }) => killSwitch.latched || ending !== undefined)
      .map(({ killSwitch }) => killSwitch.name);
  }

  /** Of the switches that take something away; empty when none does. */
  get conditions(): TradingCondition[] {
    const conditions: TradingCondition[] = [];
    for (const entry of this.#restricting) {
      if (restricts(entry.killSwitch)) conditions.push(conditionOf(entry));
      if (entry.ending !== undefined) conditions.push(entry.ending);
    }
    return conditions;
  }

  has(name: SwitchName): boolean {
    return this.#entries.has(name);
  }

  /** Row of execution's journal up to which its trips of the switch were undone by a signature; 0 when none was. */
  endedUpTo(name: SwitchName): Sequence {
    return this.#entries.get(name)?.endedUpTo ?? noRow;
  }

  /** The rows that its last end reaches up to are of a history that is gone. */
  forgetEnd(name: SwitchName): void {
    this.#entryOf(name).endedUpTo = noRow;
  }

  resetRefusal(name: SwitchName, request: ResetRequested): EndRefusal | undefined {
    return resetRefusalOf(this.#entryOf(name), request);
  }

  resumeRefusal(name: SwitchName): EndRefusal | undefined {
    return resumeRefusalOf(this.#entryOf(name));
  }

  /** One signed act and what it does to a switch: together on disk, then in force for others. */
  act(name: SwitchName, authority: AuthorityEvent, bodies: readonly KillSwitchBody[]): readonly JournalRow[] {
    const entry = this.#entryOf(name);
    const before = conditionOf(entry);
    const wasLatched = entry.killSwitch.latched;
    const rows = bodies.map((body) => entry.killSwitch.apply(body));
    const isEnd = wasLatched && !entry.killSwitch.latched;
    if (isEnd) {
      entry.ending = before;
      entry.endedUpTo = lastEnd(rows);
      entry.why = entry.about;
    }
    return this.#append([this.#authorityRow(authority), ...rows.map((row) => this.#switchRow(row))], () => {
      if (entry.ending === before) entry.ending = undefined;
    });
  }

  /** An act that changes no switch, or one that was refused. */
  journalAuthority(authority: AuthorityEvent): readonly JournalRow[] {
    return this.#append([this.#authorityRow(authority)]);
  }

  /** In force in memory at once; told once it is on disk. */
  trip(name: SwitchName, trip: Trip, demand?: TripDemand): void {
    const entry = this.#entries.get(name) ?? this.#enter(former(name), []);
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

  /** With a demand: and asks for all of it. */
  isLatched(name: SwitchName, demand?: TripDemand): boolean {
    const killSwitch = this.#entries.get(name)?.killSwitch;
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
    entry.about = reading.about;
    // What was known and is not any more is lost; for an instant it may just be between two rows of one event.
    const gone = reading.input === 'unknown' && options.isTick;
    this.#observeInput(entry, gone ? { ...reading, input: 'lost' } : reading);
    if (reading.input !== 'known' || reading.value === undefined) return;
    const { threshold } = entry.killSwitch.definition;
    if (threshold === undefined) return;
    const beyond = reading.value >= threshold;
    entry.measured = { about: reading.about, value: reading.value, threshold };
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

  #observeInput(entry: SwitchEntry, { input, about }: Reading): void {
    const before = entry.killSwitch.context.input;
    if (input === 'known' && before !== 'known') {
      entry.lostSinceUs = undefined;
      if (!entry.killSwitch.latched) entry.why = about;
      this.#apply(entry, { case: 'inputKnown', value: {} });
    } else if (input === 'lost' && before === 'known') {
      entry.lostSinceUs = this.#ports.clock.monotonicUs();
      if (!entry.killSwitch.latched) entry.why = about;
      this.#apply(entry, { case: 'inputLost', value: { input: about } });
    } else if ((input === 'unknown' || before === 'unknown') && !entry.killSwitch.latched) {
      entry.why = about;
    }
  }

  #tripByValue(entry: SwitchEntry, { about }: Reading, value: number): void {
    const { name, threshold } = entry.killSwitch.definition;
    this.trip(name, {
      source: name,
      reason: figureOf({ about, value, threshold: threshold ?? 0 }),
      // Infinite against an equity of nothing; the wire carries finite figures only.
      value: Number.isFinite(value) ? value : Number.MAX_VALUE,
    });
  }

  #enter(definition: SwitchDefinition, rows: readonly KillSwitchEvent[]): SwitchEntry {
    const entry = switchEntry(definition, rows);
    this.#entries.set(definition.name, entry);
    return entry;
  }

  #entryOf(name: SwitchName): SwitchEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined)
      throw new Error(`there is no kill switch ${name}: whoever acts on one asks first`);
    return entry;
  }

  #apply(entry: SwitchEntry, body: KillSwitchBody, demand?: TripDemand): void {
    this.#append([this.#switchRow(entry.killSwitch.apply(body, demand))]);
  }

  #switchRow(message: KillSwitchEvent): JournalEvent {
    const aggregate = `kill-switch/${message.name}`;
    return messageEvent({ aggregate, type: KillSwitchEvent, message, time: this.#ports.market.now });
  }

  #authorityRow(message: AuthorityEvent): JournalEvent {
    const time = this.#ports.market.now;
    return messageEvent({ aggregate: 'authority', type: AuthorityEvent, message, time });
  }

  #append(events: readonly JournalEvent[], onDurable: () => void = () => {}): readonly JournalRow[] {
    this.#review();
    return this.#ports.journal.append(events, () => {
      onDurable();
      this.#review();
      this.#ports.onChange();
    });
  }

  /** Switches change with their rows and when those are on disk, and at no other time. */
  #review(): void {
    const entries = [...this.#entries.values()];
    this.#restricting = entries.filter(
      ({ killSwitch, ending }) => restricts(killSwitch) || ending !== undefined,
    );
  }
}
