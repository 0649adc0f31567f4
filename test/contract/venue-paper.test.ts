// Aim: the paper venue keeps the promises of the VenueGateway port, in memory and on disk.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryVenueStore } from '../../infra/venues/paper/memory-venue-store.ts';
import { createPaperVenue } from '../../infra/venues/paper/paper-venue.ts';
import { openSqliteVenueStore } from '../../infra/venues/paper/sqlite-venue-store.ts';
import type { VenueStore } from '../../infra/venues/paper/venue-store.ts';
import {
  account,
  at,
  createStillClock,
  frictionless,
  money,
  order,
  price,
  quote,
  spyInstrument,
  venueId,
} from '../unit/paper-fixture.ts';
import { describeVenueConformance, type VenueWorld } from './venue.contract.ts';

/** Callbacks come on a later turn of the event loop, as they do live. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function createWorld(openStore: () => VenueStore, cleanUp: () => void): VenueWorld {
  const gateway = createPaperVenue({
    account,
    venue: venueId,
    store: openStore(),
    clock: createStillClock(),
    options: {
      ...frictionless,
      commission: { ratio: 2_000_000n, perContract: money('0.65'), minimum: money('0') },
    },
    instruments: [spyInstrument],
    defer: (callback) => setImmediate(callback),
  });
  return {
    gateway,
    restingPrice: price('90'),
    intent: order,
    showMarket: (size) => gateway.onQuote(at('10:00:00'), quote({ bidSize: size, askSize: size })),
    reviseFill: (executionId, to) =>
      gateway.reviseFill(executionId, { price: to, reason: 'clearly erroneous' }),
    settled: nextTurn,
    async restart() {
      await gateway.close();
      return createWorld(openStore, cleanUp);
    },
    async end() {
      await gateway.close();
      cleanUp();
    },
  };
}

describeVenueConformance('paper, in memory', async () => {
  const store = createMemoryVenueStore();
  return createWorld(
    () => store,
    () => undefined,
  );
});

describeVenueConformance('paper, on disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paper-venue-'));
  return createWorld(
    () => openSqliteVenueStore(join(folder, 'venue.db')),
    () => rmSync(folder, { recursive: true }),
  );
});
