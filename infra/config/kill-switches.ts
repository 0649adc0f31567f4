import { z } from 'zod';
import type { Scope } from '../../protos/gen/risk.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { type SwitchDefinition, scopeAll } from '../../services/kernel/kill-switch/switch-definition.ts';
import { toDouble } from '../../services/kernel/money/amount.ts';
import { duration, ratio } from './units.ts';

const count = z.int('expected a whole number').positive('expected a number above 0');
const id = z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case words joined by hyphens');
const action = z.enum(['pause', 'stop', 'liquidate'], {
  error: "expected 'pause', 'stop' or 'liquidate'",
});

/** Whose orders a trip stops. Absent: everybody's. */
const scope = z
  .union([z.literal('all'), z.strictObject({ account: id }), z.strictObject({ venue: id })], {
    error:
      "expected 'all', '{ account: … }' or '{ venue: … }'; what is measured of one strategy stands under 'ofStrategies'",
  })
  .default('all')
  .transform((value): Scope => {
    if (value === 'all') return scopeAll;
    return 'account' in value ? { kind: 'account', id: value.account } : { kind: 'venue', id: value.venue };
  });

const ofOneStrategy = z.strictObject({
  enabled: z.boolean('expected true or false'),
  action,
  /** How long a lost input may be away before the switch does what `onGraceExpired` says. */
  grace: duration,
  onGraceExpired: z.enum(['stay', 'trip']),
  coolDown: duration,
});
const killSwitch = ofOneStrategy.extend({ scope });
const ratioSwitch = killSwitch.extend({ threshold: ratio });
const countSwitch = killSwitch.extend({ threshold: count });
const durationSwitch = killSwitch.extend({ threshold: duration });

/** Its trips come from people who have not signed: each names its own scope, and none may sell. */
const manual = ofOneStrategy.extend({
  action: z.enum(['pause', 'stop'], { error: "expected 'pause' or 'stop', for nobody signs a manual trip" }),
});

const ratioOfStrategy = ofOneStrategy.extend({ threshold: ratio }).optional();
const countOfStrategy = ofOneStrategy.extend({ threshold: count }).optional();

function notOfOne(what: string) {
  return z.undefined({ error: `expected no such switch of one strategy, for ${what}` }).optional();
}

/** A loss is of the account's equity, for a strategy has no capital of its own. */
const strategySwitches = z.strictObject({
  maxDrawdown: ratioOfStrategy,
  dailyLoss: ratioOfStrategy,
  positionSize: ratioOfStrategy,
  grossExposure: ratioOfStrategy,
  strategyDivergence: ratioOfStrategy,
  orderRate: countOfStrategy,
  repeatedExecution: countOfStrategy,
  dailyTrades: countOfStrategy,
  manual: notOfOne('a manual trip names its scope itself'),
  volatility: notOfOne('it is measured of the market'),
  connectionLoss: notOfOne('it is measured of the connection to execution, which all share'),
  staleData: notOfOne('it is measured of the feed, which all share'),
  reconciliationBreak: notOfOne('the venue knows the account, and no strategies'),
  operatorDeadMan: notOfOne('it is measured of the operator'),
});

export const killSwitches = z.strictObject({
  manual,
  maxDrawdown: ratioSwitch,
  dailyLoss: ratioSwitch,
  positionSize: ratioSwitch,
  grossExposure: ratioSwitch,
  volatility: ratioSwitch,
  connectionLoss: durationSwitch,
  staleData: durationSwitch,
  strategyDivergence: ratioSwitch,
  orderRate: countSwitch,
  repeatedExecution: countSwitch,
  dailyTrades: countSwitch,
  reconciliationBreak: killSwitch,
  operatorDeadMan: durationSwitch,
  /** Further switches, each of one strategy alone, beside those of the account. */
  ofStrategies: z.record(id, strategySwitches).optional(),
});

export type KillSwitches = z.output<typeof killSwitches>;

interface Written {
  readonly enabled: boolean;
  readonly action: SwitchDefinition['action'];
  readonly grace: SwitchDefinition['graceUs'];
  readonly onGraceExpired: SwitchDefinition['onGraceExpired'];
  readonly coolDown: SwitchDefinition['coolDownUs'];
  readonly threshold?: bigint | number;
  readonly scope?: Scope;
}

/** What is wrong with them beside the rest of the profile. */
export function switchIssues({
  killSwitches: { ofStrategies, ...switches },
  account,
  venue,
  strategies,
}: {
  readonly killSwitches: KillSwitches;
  readonly account: string;
  readonly venue: string;
  readonly strategies: readonly { readonly id: string }[];
}): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const there: Readonly<Record<string, string>> = { account, venue };
  const issues: { path: string[]; message: string }[] = [];
  for (const [kind, written] of Object.entries(switches)) {
    if (!('scope' in written) || written.scope.kind === 'all') continue;
    const {
      scope: { kind: of, id: named },
    } = written;
    if (there[of] === named) continue;
    issues.push({
      path: ['killSwitches', kind, 'scope', of],
      message: `expected '${there[of]}', the only ${of} of this profile`,
    });
  }
  const known = strategies.map((strategy) => strategy.id);
  for (const strategy of Object.keys(ofStrategies ?? {})) {
    if (known.includes(strategy)) continue;
    issues.push({
      path: ['killSwitches', 'ofStrategies', strategy],
      message: `expected the id of a strategy of this profile (${known.join(', ') || 'there is none'})`,
    });
  }
  return issues;
}

/** As risk takes them. `dailyLoss` under `ofStrategies: sma` is the switch `dailyLoss-sma`. */
export function switchDefinitions({ ofStrategies, ...switches }: KillSwitches): readonly SwitchDefinition[] {
  const definitions = Object.entries(switches).map(([kind, written]) => definitionOf(kind, written));
  for (const [strategy, own] of Object.entries(ofStrategies ?? {})) {
    for (const [kind, written] of Object.entries(own)) {
      if (written === undefined) continue;
      definitions.push({
        ...definitionOf(kind, written),
        name: brandOf.switchName(`${kind}-${strategy}`),
        scope: { kind: 'strategy', id: strategy },
      });
    }
  }
  return definitions;
}

function definitionOf(kind: string, { grace, coolDown, threshold, ...written }: Written): SwitchDefinition {
  return {
    name: brandOf.switchName(kind),
    kind,
    scope: written.scope ?? scopeAll,
    enabled: written.enabled,
    threshold: threshold === undefined ? undefined : measured(threshold),
    action: written.action,
    graceUs: grace,
    onGraceExpired: written.onGraceExpired,
    coolDownUs: coolDown,
  };
}

/** Switches compare what is measured, in doubles: a ratio, a count, or microseconds. */
function measured(threshold: bigint | number): number {
  return typeof threshold === 'bigint' ? toDouble(threshold) : threshold;
}
