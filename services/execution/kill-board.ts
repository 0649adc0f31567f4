import type { KillAction, OrderIntent } from '../../protos/gen/order.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { SwitchName } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { createKillSwitch, type KillSwitch, restoreKillSwitch } from '../kernel/kill-switch/kill-switch.ts';
import { type SwitchDefinition, scopeAll, scopeCovers } from '../kernel/kill-switch/switch-definition.ts';

/** Every switch that was ever tripped here, by name. Risk owns their conditions; here they only trip. */
export class KillBoard {
  readonly #switches = new Map<SwitchName, KillSwitch>();

  /** The switch of this name; a new one counts for everything until its trip says otherwise. */
  named(name: SwitchName): KillSwitch {
    const known = this.#switches.get(name);
    if (known !== undefined) return known;
    const created = createKillSwitch(definitionOf(name));
    this.#switches.set(name, created);
    return created;
  }

  restore(rows: readonly KillSwitchEvent[]): void {
    for (const name of new Set(rows.map((row) => row.name))) {
      const own = rows.filter((row) => row.name === name);
      this.#switches.set(name, restoreKillSwitch(definitionOf(name), own));
    }
  }

  latched(): readonly KillSwitch[] {
    return [...this.#switches.values()].filter((killSwitch) => killSwitch.latched);
  }

  /** The hardest action in force for an order; undefined when none is. */
  demandOn(order: Pick<OrderIntent, 'venue' | 'account' | 'strategy'>): KillAction | undefined {
    const inForce = this.latched()
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
