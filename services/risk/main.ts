import type { Profile } from '../../infra/config/profile.ts';
import { openServiceJournal } from '../../infra/journal/service-journal.ts';
import { runService } from '../../infra/process/run-service.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { type SwitchDefinition, scopeAll } from '../kernel/kill-switch/switch-definition.ts';
import { toDouble } from '../kernel/money/amount.ts';
import { asAsked, fixedFraction, type Limits, type Sizing } from './limits.ts';
import { createRisk } from './risk.ts';

await runService('risk', (host) => {
  const { profile, limitsVersion } = host.loaded;
  return createRisk({
    bus: host.bus,
    journal: openServiceJournal({ ...host, owner: 'risk' }),
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
        limits: limitsOf(profile.limits),
      },
      limitsVersion,
      switches: switchesOf(profile.killSwitches),
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

function switchesOf(killSwitches: Profile['killSwitches']): readonly SwitchDefinition[] {
  return Object.entries(killSwitches).map(([name, { grace, coolDown, ...definition }]) => ({
    name: brandOf.switchName(name),
    scope: scopeAll,
    enabled: definition.enabled,
    threshold: 'threshold' in definition ? measured(definition.threshold) : undefined,
    action: definition.action,
    graceUs: grace,
    onGraceExpired: definition.onGraceExpired,
    coolDownUs: coolDown,
  }));
}

/** Switches compare what is measured, in doubles: a ratio, a count, or microseconds. */
function measured(threshold: bigint | number): number {
  return typeof threshold === 'bigint' ? toDouble(threshold) : threshold;
}

function sizingOf(sizing: Profile['limits']['sizing']): Sizing {
  switch (sizing.kind) {
    case 'asAsked':
      return asAsked;
    case 'fixedFraction':
      return fixedFraction(sizing.ratio);
  }
}
