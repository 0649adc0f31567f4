import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { switchDefinitions } from '../../infra/config/kill-switches.ts';
import type { Profile } from '../../infra/config/profile.ts';
import { runService } from '../../infra/process/run-service.ts';
import type { Outside } from '../../infra/process/service-host.ts';
import { feedPaperVenue } from '../../infra/venues/paper/feed-paper-venue.ts';
import type { PaperOptions } from '../../infra/venues/paper/paper-options.ts';
import { createPaperVenue, type PaperVenue } from '../../infra/venues/paper/paper-venue.ts';
import { openSqliteVenueStore } from '../../infra/venues/paper/sqlite-venue-store.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { createExecution } from './execution.ts';

await runService('execution', (host) => {
  const { profile } = host.loaded;
  // The lock comes first: a second process must not touch the venue's file either.
  const journal = host.openJournal('execution');
  const venuePath = join(host.dataFolder, 'venue', 'paper.sqlite');
  const venue = host.port('venue', (outside) => openPaperVenue(venuePath, profile, outside));
  return createExecution({
    bus: host.bus,
    journal,
    clock: host.clock,
    log: host.log,
    gateway: venue,
    epoch: host.epoch,
    buildHash: host.buildHash,
    decisionKey: host.decisionKey(),
    trustedKeys: host.trustedKeys(),
    onLocalTrip: (handler) => host.onLocalTrip(handler),
    onInstrument: (instrument) => venue.onInstrument(instrument),
    options: {
      environment: profile.environment,
      currency: profile.currency,
      adoptedBy: brandOf.strategyId('adopted'),
      leaseLostCancelUs: profile.execution.leaseLostCancel,
      cancelOnStop: profile.execution.cancelOnStop,
      liquidators: switchDefinitions(profile.killSwitches).filter(
        ({ enabled, action }) => enabled && action === 'liquidate',
      ),
    },
  });
});

function openPaperVenue(path: string, profile: Profile, { bus, clock }: Outside): PaperVenue {
  mkdirSync(dirname(path), { recursive: true });
  const venue = createPaperVenue({
    account: profile.account,
    venue: profile.venue,
    store: openSqliteVenueStore(path),
    clock,
    options: paperOptionsOf(profile.paperVenue),
    instruments: [],
    defer: (callback) => setImmediate(callback),
  });
  // The market comes to the paper venue before execution hears of anything that follows from it.
  feedPaperVenue({ bus, venue, matching: profile.paperVenue.matching });
  return venue;
}

function paperOptionsOf(profile: Profile['paperVenue']): PaperOptions {
  const { latency, slippage, impact, barVolumeMax, quoteAgeMax, margin, ...same } = profile;
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
