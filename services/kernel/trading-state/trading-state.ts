import type { KillAction } from '../../../protos/gen/order.ts';
import type { Scope, SwitchLevel, TradingMode } from '../../../protos/gen/risk.ts';
import { type ScopeSubject, scopeCovers } from '../kill-switch/switch-definition.ts';

/** One thing that restricts trading: a kill switch, or a lack such as a peer that is not there. */
export interface TradingCondition {
  readonly name: string;
  readonly scope: Scope;
  readonly mode: TradingMode;
  /** Of a kill switch. */
  readonly level?: SwitchLevel | undefined;
  /** Why, in a few words. */
  readonly why: string;
}

const severity: Readonly<Record<TradingMode, number>> = { active: 0, reducing: 1, halted: 2 };

/** What a kill switch leaves: a hold and a pause let reducing orders through, a stop lets nothing through. */
export function modeOfSwitch(level: SwitchLevel, action: KillAction): TradingMode {
  switch (level) {
    case 'armed':
    case 'disabled':
      return 'active';
    case 'notReady':
    case 'hold':
      return 'reducing';
    case 'tripped':
      return action === 'pause' ? 'reducing' : 'halted';
  }
}

/**
 * What keeps this subject from trading freely, the worst first. Without a subject: all there is, whatever its scope.
 */
export function restrictions(
  conditions: readonly TradingCondition[],
  subject?: ScopeSubject,
): readonly TradingCondition[] {
  return conditions
    .filter(({ mode, scope }) => mode !== 'active' && (subject === undefined || scopeCovers(scope, subject)))
    .sort((one, other) => severity[other.mode] - severity[one.mode]);
}

/** The worst of what bears on everything: a trip of one strategy does not halt the others. */
export function worstMode(conditions: readonly TradingCondition[]): TradingMode {
  const worst = restrictions(conditions).find(({ scope }) => scope.kind === 'all');
  return worst?.mode ?? 'active';
}
