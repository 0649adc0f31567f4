import { switchDefinitions } from '../../infra/config/kill-switches.ts';
import type { Profile } from '../../infra/config/profile.ts';
import { runService } from '../../infra/process/run-service.ts';
import type { Environment } from '../../protos/gen/system.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { ApprovalPolicy } from './approval-policy.ts';
import { asAsked, fixedFraction, type Limits, type Sizing } from './limits.ts';
import { createRisk } from './risk.ts';

await runService('risk', (host) => {
  const { profile, limitsVersion } = host.loaded;
  return createRisk({
    bus: host.bus,
    journal: host.openJournal('risk'),
    clock: host.clock,
    log: host.log,
    epoch: host.epoch,
    buildHash: host.buildHash,
    decisionKey: host.decisionKey(),
    trustedKeys: host.trustedKeys(),
    onLocalTrip: (handler) => host.onLocalTrip(handler),
    options: {
      rules: {
        account: profile.account,
        venue: profile.venue,
        environment: profile.environment,
        cashOnly: profile.paperVenue.margin.kind === 'cash',
        approval: approvalOf(profile.approval, profile.environment),
        limits: limitsOf(profile.limits),
      },
      limitsVersion,
      switches: switchDefinitions(profile.killSwitches),
      sizing: sizingOf(profile.limits.sizing),
    },
  });
});

function limitsOf({ repeatedExecutions, quoteAgeMax, sizing: _, ...limits }: Profile['limits']): Limits {
  return {
    ...limits,
    repeatedExecutions: { countMax: repeatedExecutions.countMax, windowUs: repeatedExecutions.window },
    quoteAgeUsMax: quoteAgeMax,
  };
}

function approvalOf({ demo, live }: Profile['approval'], environment: Environment): ApprovalPolicy {
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
  }
}
