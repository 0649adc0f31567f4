import { withChanges } from '../../../infra/config/derived-profile.ts';
import { valueAt } from '../../../infra/config/describe-issues.ts';
import { loadProfile, type Override } from '../../../infra/config/load-profile.ts';
import type { Profile } from '../../../infra/config/profile.ts';
import { formatRatio } from '../../../infra/config/units.ts';
import type { RiskLimits } from '../validate/gate.ts';
import type { Promotable } from './promotable.ts';

/** What a profile of backtests leaves open, since nothing runs away in one; it is taken from the profile that ships for paper. */
const guards = [
  ['limits', 'ordersPerSecondMax'],
  ['limits', 'repeatedExecutions'],
  ['limits', 'dailyTradesMax'],
  ['killSwitches', 'orderRate'],
  ['killSwitches', 'repeatedExecution'],
  ['killSwitches', 'dailyTrades'],
  ['account'],
  ['monitor'],
  ['authority'],
] as const;

/**
 * What was validated, as a profile for paper money: its strategies, limits, sizing, approval, switches and frictions, and
 * wherever the gate's limits are narrower, those. A run that passed the gate never went beyond them, so they change
 * nothing of it; what they would have changed is found by playing it again under them.
 */
export function paperDocument({ loaded, facts }: Pick<Promotable, 'loaded' | 'facts'>): unknown {
  const { document, profile } = loaded;
  const open = profile.environment === 'backtest' ? loadProfile('paper').document : undefined;
  const changes: readonly Override[] = [
    ...(open === undefined ? [] : guards.map((path): Override => [path, valueAt(open, path)])),
    [['environment'], 'paper'],
    ...narrowed(profile, facts.limits),
  ];
  return withChanges(document, changes);
}

function narrowed({ limits, killSwitches }: Profile, gate: RiskLimits): readonly Override[] {
  const least = (own: bigint, other: number): string => formatRatio(own < units(other) ? own : units(other));
  const most = (own: bigint, other: number): string => formatRatio(own > units(other) ? own : units(other));
  const losses = [
    ['maxDrawdown', gate.drawdownRatioMax],
    ['dailyLoss', gate.dailyLossRatioMax],
  ] as const;
  return [
    [['limits', 'positionRatioMax'], least(limits.positionRatioMax, gate.positionRatioMax)],
    [['limits', 'grossExposureRatioMax'], least(limits.grossExposureRatioMax, gate.leverageRatioMax)],
    [['limits', 'leverageRatioMax'], least(limits.leverageRatioMax, gate.leverageRatioMax)],
    [['limits', 'cashReserveRatio'], most(limits.cashReserveRatio, gate.cashRatioMin)],
    [['limits', 'openPositionsMax'], Math.min(limits.openPositionsMax, gate.positionsMax)],
    ...losses.flatMap(([name, ratioMax]): readonly Override[] => {
      const { enabled, threshold } = killSwitches[name];
      const own = enabled ? threshold : units(ratioMax);
      return [
        [['killSwitches', name, 'enabled'], true],
        [['killSwitches', name, 'threshold'], least(own, ratioMax)],
      ];
    }),
  ];
}

/** Ratios of a profile are 1e-9. */
function units(ratio: number): bigint {
  return BigInt(Math.round(ratio * 1e9));
}
