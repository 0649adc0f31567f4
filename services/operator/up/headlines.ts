import { join } from 'node:path';
import type { LoadedProfile } from '../../../infra/config/load-profile.ts';
import type { FeedProfile } from '../../../infra/config/profile.ts';
import { announcedMonitorUrl } from '../monitor-client.ts';
import type { NatsKeeper } from '../supervision/nats-keeper.ts';

const versionCharacters = 8;

/** What is about to run, before it does. */
export function headlines(
  { name, profile, limitsVersion }: LoadedProfile,
  nats: NatsKeeper | undefined,
  natsUrl: string,
): readonly string[] {
  const limits = limitsVersion.slice(0, versionCharacters);
  const address = natsUrl.replace(/^nats:\/\//, '');
  return [
    `  interlock  profile ${name} · venue ${profile.venue} · feed ${feedText(profile.feed)} · limits ${limits}`,
    nats === undefined
      ? `  using the nats-server on ${address}`
      : `  nats-server ${nats.version} started on ${address} (private)`,
  ];
}

/** Where to look and how to stop it, once it runs. */
export function pointers(dataFolder: string): string {
  const monitor = announcedMonitorUrl(dataFolder) ?? 'without an address';
  return `  monitor ${monitor}     kill: npx --no interlock kill     logs: ${join(dataFolder, 'logs')}`;
}

function feedText(feed: FeedProfile): string {
  const speed = `speed ${feed.speed}`;
  switch (feed.kind) {
    case 'synthetic':
      return `synthetic (seed ${feed.seed}, ${speed})`;
    case 'csv':
    case 'parquet':
    case 'recorded':
      return `${feed.kind} ${feed.data} (${speed})`;
    case 'lean':
      return `lean ${feed.from} to ${feed.to} (${speed})`;
  }
}
