import { withChanges } from '../../../infra/config/derived-profile.ts';
import { valueAt } from '../../../infra/config/describe-issues.ts';
import { type LoadedProfile, loadProfile, type Override } from '../../../infra/config/load-profile.ts';
import type { Profile } from '../../../infra/config/profile.ts';
import { formatRatio } from '../../../infra/config/units.ts';
import type { RiskLimits } from '../validate/gate.ts';
import type { Promotable } from './promotable.ts';

/** What a profile of backtests has no use for; it is taken from the profile that ships for paper. */
const houseKeys = [['account'], ['monitor'], ['authority']] as const;

/** Ceilings that a profile of backtests leaves open, since nothing runs away in one. */
const ceilings = [
  'orderValueMax',
  'orderQuantityMax',
  'ordersPerSecondMax',
  'dailyTradesMax',
  'quoteAgeMax',
] as const;

/** Switches that it leaves off; one that is on was tested as it is. */
const guards = [
  'positionSize',
  'grossExposure',
  'volatility',
  'staleData',
  'orderRate',
  'repeatedExecution',
  'dailyTrades',
] as const;

/**
 * What was validated, as a profile for paper money: its strategies, limits, sizing, approval, switches and frictions, and
 * wherever the gate's limits are narrower, those; of a profile of backtests, also those of paper where they are narrower. A
 * run that passed the gate never went beyond the gate's, so they change nothing of it; what any of them would have changed
 * is found by playing it again under them.
 */
export function paperDocument({ loaded, facts }: Pick<Promotable, 'loaded' | 'facts'>): unknown {
  const { document, profile } = loaded;
  const changes: readonly Override[] = [
    ...(profile.environment === 'backtest' ? guarded(profile, loadProfile('paper')) : []),
    [['environment'], 'paper'],
    ...narrowed(profile, facts.limits),
  ];
  return withChanges(document, changes);
}

function guarded({ limits, killSwitches }: Profile, paper: LoadedProfile): readonly Override[] {
  const asPaper = (...path: readonly string[]): Override => [path, valueAt(paper.document, path)];
  const { limits: house } = paper.profile;
  const repeated = [limits.repeatedExecutions, house.repeatedExecutions] as const;
  return [
    ...houseKeys.map((path) => asPaper(...path)),
    ...ceilings.filter((key) => house[key] < limits[key]).map((key) => asPaper('limits', key)),
    // Fewer are narrower, and so is a longer time that they are counted over.
    ...(['countMax', 'window'] as const)
      .filter((key) => (key === 'window' ? -1 : 1) * (repeated[1][key] - repeated[0][key]) < 0)
      .map((key) => asPaper('limits', 'repeatedExecutions', key)),
    ...guards.filter((name) => !killSwitches[name].enabled).map((name) => asPaper('killSwitches', name)),
  ];
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
