import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Profile } from '../../infra/config/profile.ts';
import { executionOptions, paperOptions } from '../../infra/config/service-options.ts';
import { Lane } from '../../infra/process/lanes.ts';
import { runService } from '../../infra/process/run-service.ts';
import type { Outside } from '../../infra/process/service-host.ts';
import { feedPaperVenue } from '../../infra/venues/paper/feed-paper-venue.ts';
import { createPaperVenue, type PaperVenue } from '../../infra/venues/paper/paper-venue.ts';
import { openSqliteVenueStore } from '../../infra/venues/paper/sqlite-venue-store.ts';
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
    options: executionOptions(profile),
  });
});

function openPaperVenue(path: string, profile: Profile, { bus, clock }: Outside): PaperVenue {
  mkdirSync(dirname(path), { recursive: true });
  const lane = new Lane('venue');
  const venue = createPaperVenue({
    account: profile.account,
    venue: profile.venue,
    store: openSqliteVenueStore(path),
    clock,
    options: paperOptions(profile),
    instruments: [],
    defer: (callback) => lane.add(callback),
  });
  // The market comes to the paper venue before execution hears of anything that follows from it.
  feedPaperVenue({ bus, venue, matching: profile.paperVenue.matching });
  return venue;
}
