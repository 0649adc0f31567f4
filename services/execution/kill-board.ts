import type { KillAction, OrderIntent } from '../../protos/gen/order.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Sequence, SwitchName } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { createKillSwitch, type KillSwitch, restoreKillSwitch } from '../kernel/kill-switch/kill-switch.ts';
import { type SwitchDefinition, scopeAll, scopeCovers } from '../kernel/kill-switch/switch-definition.ts';

const noRow = brandOf.sequence(0);
const none: readonly KillSwitch[] = [];

export interface KillSwitchRow {
  readonly event: KillSwitchEvent;
  readonly sequence: Sequence;
}

/** Every switch that was ever tripped here, by name. Risk owns their conditions; here they only trip. */
export class KillBoard {
  readonly #switches = new Map<SwitchName, KillSwitch>();
  /** Newest row of the journal that trips. */
  readonly #trippedAt = new Map<SwitchName, Sequence>();
  /** Newest row of risk's whose end of a trip was followed. */
  readonly #followedUpTo = new Map<SwitchName, Sequence>();

  /** The switch of this name; a new one counts for everything until its trip says otherwise. */
  named(name: SwitchName): KillSwitch {
    const known = this.#switches.get(name);
    if (known !== undefined) return known;
    const created = createKillSwitch(definitionOf(name));
    this.#switches.set(name, created);
    return created;
  }

  restore(rows: readonly KillSwitchRow[]): void {
    for (const name of new Set(rows.map(({ event }) => event.name))) {
      const own = rows.filter(({ event }) => event.name === name);
      const events = own.map(({ event }) => event);
      this.#switches.set(name, restoreKillSwitch(definitionOf(name), events));
      for (const row of own) this.note(row);
    }
  }

  /** A row of the journal. */
  note({ event: { name, body }, sequence }: KillSwitchRow): void {
    if (body.case === 'tripped') this.#trippedAt.set(name, sequence);
    else if (body.case === 'resetRequested' || body.case === 'resumeRequested') {
      const { riskSequence } = body.value;
      if (riskSequence !== undefined) this.#followedUpTo.set(name, riskSequence);
    }
  }

  /** Row of the journal with the newest trip of the switch; 0 when there is none. */
  trippedAt(name: SwitchName): Sequence {
    return this.#trippedAt.get(name) ?? noRow;
  }

  /** Row of the journal with the newest trip that is over; 0 when none is. */
  get overAt(): Sequence {
    let newest = noRow;
    for (const [name, sequence] of this.#trippedAt) {
      if (sequence > newest && !this.named(name).latched) newest = sequence;
    }
    return newest;
  }

  /** Row of risk's journal up to which all trips of the switch are over; 0 when none was ever ended. */
  followedUpTo(name: SwitchName): Sequence {
    return this.#followedUpTo.get(name) ?? noRow;
  }

  latched(): readonly KillSwitch[] {
    if (this.#switches.size === 0) return none;
    return [...this.#switches.values()].filter((killSwitch) => killSwitch.latched);
  }

  /** The hardest action in force for an order; undefined when none is. */
  demandOn(order: Pick<OrderIntent, 'venue' | 'account' | 'strategy'>): KillAction | undefined {
    const latched = this.latched();
    if (latched.length === 0) return undefined;
    const inForce = latched
      .filter(({ demand }) => scopeCovers(demand.scope, order))
      .map(({ demand }) => demand.action);
    return inForce.find((action) => action !== 'pause') ?? inForce[0];
  }
}

function definitionOf(name: SwitchName): SwitchDefinition {
  return {
    name,
    scope: scopeAll,
    enabled: true,
    action: 'stop',
    graceUs: brandOf.durationUs(0),
    onGraceExpired: 'stay',
    coolDownUs: brandOf.durationUs(0),
  };
}
