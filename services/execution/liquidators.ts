import type { Scope } from '../../protos/gen/risk.ts';
import type { SwitchName } from '../kernel/codec/brand.ts';
import type { SwitchDefinition, TripDemand } from '../kernel/kill-switch/switch-definition.ts';

/** A switch that may sell, and what of. */
export type Liquidator = Pick<SwitchDefinition, 'name' | 'scope'>;

/**
 * The second lock before a liquidation. A trip needs no signature, so that the word of one process would sell all that
 * is held: what may sell is therefore the profile's to say, which execution has read itself.
 */
export class Liquidators {
  readonly #scopes: ReadonlyMap<SwitchName, Scope>;

  constructor(liquidators: readonly Liquidator[]) {
    this.#scopes = new Map(liquidators.map(({ name, scope }) => [name, scope]));
  }

  includes(name: SwitchName): boolean {
    return this.#scopes.has(name);
  }

  /** What a latched switch sells: of what its trips asked for no more than the profile has; undefined for nothing. */
  soldBy(name: SwitchName, { scope, action }: TripDemand): Scope | undefined {
    const own = this.#scopes.get(name);
    if (own === undefined || action !== 'liquidate') return undefined;
    if (own.kind === 'all') return scope;
    const isSame = own.kind === scope.kind && own.id === scope.id;
    return isSame || scope.kind === 'all' ? own : undefined;
  }
}
