import type { Environment } from '../../protos/gen/system.ts';
import { assertNever } from '../../services/kernel/assert-never.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { toDouble } from '../../services/kernel/money/amount.ts';
import type { Edge } from '../../services/kernel/sizing/kelly.ts';
import { asAsked, fixedFraction, kelly, type Sizing } from '../../services/kernel/sizing/sizing.ts';
import type { PaperOptions } from '../venues/paper/paper-options.ts';
import { switchDefinitions } from './kill-switches.ts';
import type { LoadedProfile } from './load-profile.ts';
import type { Profile } from './profile.ts';

// What each service is given of a profile, the same whether it runs in a process of its own or in a backtest.

export function marketDataOptions({ feed, venue, strategies }: Profile) {
  return {
    venue,
    speed: feed.speed,
    intervals: [...new Set(strategies.map(({ interval }) => interval))],
    staleAfterUs: feed.staleAfter,
  };
}

export function riskOptions({ profile, limitsVersion }: Pick<LoadedProfile, 'profile' | 'limitsVersion'>) {
  const { repeatedExecutions, quoteAgeMax, sizing, ...limits } = profile.limits;
  return {
    rules: {
      account: profile.account,
      venue: profile.venue,
      environment: profile.environment,
      cashOnly: profile.paperVenue.margin.kind === 'cash',
      approval: approvalOf(profile.approval, profile.environment),
      limits: {
        ...limits,
        repeatedExecutions: { countMax: repeatedExecutions.countMax, windowUs: repeatedExecutions.window },
        quoteAgeUsMax: quoteAgeMax,
      },
    },
    limitsVersion,
    switches: switchDefinitions(profile.killSwitches),
    sizing: sizingOf(sizing),
  };
}

export function executionOptions({ environment, currency, execution, killSwitches }: Profile) {
  return {
    environment,
    currency,
    adoptedBy: brandOf.strategyId('adopted'),
    leaseLostCancelUs: execution.leaseLostCancel,
    cancelOnStop: execution.cancelOnStop,
    liquidators: switchDefinitions(killSwitches).filter(
      ({ enabled, action }) => enabled && action === 'liquidate',
    ),
  };
}

export function paperOptions({ paperVenue }: Profile): PaperOptions {
  const { latency, slippage, impact, barVolumeMax, quoteAgeMax, margin, ...same } = paperVenue;
  return {
    ...same,
    latencyUs: latency,
    slippageRatio: slippage,
    impactRatio: impact,
    barVolumeRatioMax: barVolumeMax,
    quoteAgeUsMax: quoteAgeMax,
    margin:
      margin.kind === 'cash'
        ? margin
        : { kind: 'margin', initialRatio: margin.initial, maintenanceRatio: margin.maintenance },
  };
}

function approvalOf({ demo, live }: Profile['approval'], environment: Environment) {
  switch (environment) {
    case 'live':
      return live;
    case 'backtest':
    case 'paper':
    case 'venuePaper':
      return demo;
    default:
      return assertNever(environment);
  }
}

function sizingOf(sizing: Profile['limits']['sizing']): Sizing {
  switch (sizing.kind) {
    case 'asAsked':
      return asAsked;
    case 'fixedFraction':
      return fixedFraction(sizing.ratio);
    case 'kelly':
      return kelly(edgeOf(sizing.edge), toDouble(sizing.fraction));
    default:
      return assertNever(sizing);
  }
}

type EdgeProfile = Extract<Profile['limits']['sizing'], { kind: 'kelly' }>['edge'];

function edgeOf(edge: EdgeProfile): Edge {
  switch (edge.kind) {
    case 'binary':
      return {
        kind: 'binary',
        winProbability: toDouble(edge.winProbability),
        payoff: toDouble(edge.payoff),
        winProbabilityDeviation: toDouble(edge.winProbabilityDeviation),
      };
    case 'continuous':
      return {
        kind: 'continuous',
        excessReturn: toDouble(edge.excessReturn),
        volatility: toDouble(edge.volatility),
        excessReturnDeviation: toDouble(edge.excessReturnDeviation),
      };
    default:
      return assertNever(edge);
  }
}
