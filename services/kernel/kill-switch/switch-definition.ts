import type { KillAction } from '../../../protos/gen/order.ts';
import type { Scope } from '../../../protos/gen/risk.ts';
import type { DurationUs, SwitchName } from '../codec/brand.ts';

/** One kill switch, as the profile defines it. */
export interface SwitchDefinition {
  readonly name: SwitchName;
  /** What it watches, such as `dailyLoss`. Absent: what its name says. */
  readonly kind?: string | undefined;
  readonly scope: Scope;
  readonly enabled: boolean;
  /**
   * The measured value that trips, reached or passed: a ratio such as 0.15, a count, or for a lost input the
   * microseconds it may be silent. Absent: there is nothing to measure.
   */
  readonly threshold?: number | undefined;
  readonly action: KillAction;
  /** How long an input may be lost before `onGraceExpired` happens. Monotonic. */
  readonly graceUs: DurationUs;
  readonly onGraceExpired: 'stay' | 'trip';
  /** Market time between a trip and the first reset that is allowed. */
  readonly coolDownUs: DurationUs;
}

export const scopeAll: Scope = { kind: 'all', id: '' };

/** What a trip, or several, asked for. */
export interface TripDemand {
  readonly scope: Scope;
  readonly action: KillAction;
}

const severity: Readonly<Record<KillAction, number>> = { pause: 1, stop: 2, liquidate: 3 };

/** A later trip may widen and harden an earlier one, never the reverse. Two scopes that differ become all. */
export function joinTrips(before: TripDemand, later: TripDemand): TripDemand {
  const sameScope = before.scope.kind === later.scope.kind && before.scope.id === later.scope.id;
  return {
    scope: sameScope ? before.scope : scopeAll,
    action: severity[later.action] > severity[before.action] ? later.action : before.action,
  };
}

/** True when `later` asks for more than `before` does. */
export function widens(before: TripDemand, later: TripDemand): boolean {
  const joined = joinTrips(before, later);
  const sameScope = joined.scope.kind === before.scope.kind && joined.scope.id === before.scope.id;
  return !sameScope || joined.action !== before.action;
}

/** What an order belongs to, and a trip's scope may name. */
export interface ScopeSubject {
  readonly venue: string;
  readonly account: string;
  readonly strategy: string;
}

export function scopeCovers(scope: Scope, subject: ScopeSubject): boolean {
  return scope.kind === 'all' || subject[scope.kind] === scope.id;
}
