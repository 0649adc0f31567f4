import { join } from 'node:path';
import { barCacheFolder } from '../../infra/bar-cache/cached-bars.ts';
import { marketDataOptions } from '../../infra/config/service-options.ts';
import { createFeed, feedKey } from '../../infra/feeds/create-feed.ts';
import { createFileCursor } from '../../infra/feeds/file-cursor.ts';
import { runService } from '../../infra/process/run-service.ts';
import { createMarketData } from './market-data.ts';

await runService('market-data', ({ loaded, bus, clock, log, epoch, dataFolder, port }) => {
  const { feed: feedProfile, venue, currency } = loaded.profile;
  return createMarketData({
    bus,
    clock,
    log,
    epoch,
    feed: port('feed', () =>
      createFeed(feedProfile, { venue, currency, cache: { folder: barCacheFolder(dataFolder) } }),
    ),
    cursor: port('cursor', () =>
      createFileCursor({ file: join(dataFolder, 'market-data.cursor'), feedKey: feedKey(feedProfile) }),
    ),
    options: marketDataOptions(loaded.profile),
  });
});
