import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, openClient } from '../../infra/client/open-client.ts';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { loadProfile, type Override } from '../../infra/config/load-profile.ts';
import { ensureKeys, natsKeyPath, readNatsUsers } from '../../infra/keys/key-folder.ts';
import { readNatsKey } from '../../infra/keys/nats-key.ts';
import { authorizationConfig } from '../../infra/nats/authorization.ts';
import { type NatsServer, startNatsServer } from '../../infra/nats/server.ts';
import { provisionStreams } from '../../infra/nats/streams.ts';
import { type ServiceName, serviceEnvironment } from '../../infra/process/run-service.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { BenchRun } from './bench-run.ts';
import { type Child, startChild } from './child.ts';
import { fileOf, projectFile } from './project-file.ts';

const readyMsMax = 60_000;
export const allServices: readonly ServiceName[] = [
  'market-data',
  'strategy',
  'risk',
  'execution',
  'monitor',
];

/**
 * Who may do what on the bench's server. `bareBench`: the services as in production, and who comes without a key is
 * the bench, with nothing to check, so that floors are bare. `production`: the bench is a guest as any other.
 * `nobody`: it knows no users and checks nothing.
 */
export type BenchAuthorization = 'bareBench' | 'production' | 'nobody';

/** A nats-server of the bench's own, with the system's streams. */
export async function startBenchServer(
  run: BenchRun,
  folder: string,
  authorization: BenchAuthorization = 'bareBench',
): Promise<NatsServer> {
  const keyFolder = keyFolderOf(folder);
  ensureKeys(keyFolder);
  const server = await startNatsServer({
    ...(authorization === 'nobody' ? {} : { authorization: configOf(authorization, keyFolder) }),
    storeFolder: join(folder, 'nats'),
    configPath: join(folder, 'nats-server.conf'),
    cacheFolder: projectFile('.cache'),
  });
  run.onRowEnd(() => server.stop());
  const identity = readNatsKey(natsKeyPath(keyFolder, 'provision'));
  await provisionStreams({ url: server.url, identity, clock: createSystemClock() });
  return server;
}

function configOf(authorization: 'bareBench' | 'production', keyFolder: string): string {
  const publicKeys = readNatsUsers(keyFolder);
  if (authorization === 'production') return authorizationConfig({ publicKeys, guests: 'tripAndRead' });
  const config = authorizationConfig({ publicKeys, guests: 'none' });
  const bench = '"bench"';
  return `${config.replace('users: [', `users: [ { user: ${bench}, password: ${bench} }`)}no_auth_user: ${bench}\n`;
}

/** Services as they run in production, each a process of its own, over the bench's profile. */
export interface BenchSystem {
  readonly dataFolder: string;
  readonly client: Client;
  service(name: ServiceName): Child;
  /** Resolves once every service says that it is ready and risk lets orders through. */
  readonly ready: Promise<void>;
  /** At once, as a power cut would; it may be called again. */
  end(): Promise<void>;
}

export interface SystemOptions {
  readonly folder: string;
  readonly url: string;
  readonly services: readonly ServiceName[];
  readonly overrides?: readonly Override[];
}

export async function startBenchSystem(run: BenchRun, options: SystemOptions): Promise<BenchSystem> {
  const { folder, url } = options;
  const dataFolder = dataFolderOf(folder);
  mkdirSync(dataFolder, { recursive: true });
  const profilePath = writeProfile(folder, options.overrides ?? []);
  const client = await openClient({ url, name: 'bench' });
  const children = new Map<ServiceName, Child>();
  const end = async (): Promise<void> => {
    await Promise.all([...children.values()].map((child) => child.kill()));
    await client.close();
  };
  run.onRowEnd(end);
  ensureKeys(keyFolderOf(folder));
  for (const name of options.services) {
    const child = startChild({
      name,
      command: [
        '--expose-gc',
        '--import',
        fileOf('heap-probe.ts').href,
        projectFile('interlock.mjs'),
        'service',
        name,
      ],
      environment: {
        [serviceEnvironment.profile]: profilePath,
        [serviceEnvironment.natsUrl]: url,
        [serviceEnvironment.dataFolder]: dataFolder,
        [serviceEnvironment.logFile]: join(folder, `${name}.log`),
      },
      stderrPath: join(folder, `${name}.stderr`),
    });
    children.set(name, child);
  }
  const failures = [...children.values()].map(({ failure }) => failure);
  const ready = Promise.race([whenReady(client, options.services), ...failures]);
  return {
    dataFolder,
    client,
    ready,
    service(name) {
      const child = children.get(name);
      if (child === undefined) throw new Error(`${name} was not started`);
      return child;
    },
    end,
  };
}

function dataFolderOf(folder: string): string {
  return join(folder, 'data');
}

function keyFolderOf(folder: string): string {
  return join(dataFolderOf(folder), 'keys');
}

function writeProfile(folder: string, overrides: readonly Override[]): string {
  const module: Override = [['strategies', '0', 'module'], fileURLToPath(fileOf('order-a-quote.ts'))];
  const { document } = loadProfile(fileURLToPath(fileOf('profile.yaml')), [module, ...overrides]);
  const path = join(folder, 'profile.json');
  writeFileSync(path, JSON.stringify(document));
  return path;
}

async function whenReady(client: Client, services: readonly ServiceName[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const waitsFor = new Map<string, string>(services.map((name) => [name, 'no heartbeat yet']));
  if (services.includes('risk')) waitsFor.set('trading', 'not told yet');
  const note = (name: string, lack: string | undefined): void => {
    if (lack === undefined) waitsFor.delete(name);
    else if (waitsFor.has(name)) waitsFor.set(name, lack);
    if (waitsFor.size === 0) resolve();
  };
  client.bus.subscribe(subjects.heartbeat.matching({}), ({ message }) => {
    const { service, state, reasons } = message;
    note(service, state === 'ready' ? undefined : `${state} ${reasons.join(', ')}`);
  });
  client.bus.subscribe(subjects.tradingState.matching({}), ({ message }) => {
    note('trading', message.mode === 'active' ? undefined : message.mode);
  });
  const timer = setTimeout(() => {
    const lacks = [...waitsFor].map(([name, lack]) => `${name}: ${lack}`);
    reject(new Error(`the system is not ready after ${readyMsMax / 1000} s: ${lacks.join('; ')}`));
  }, readyMsMax);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Where execution keeps the paper venue's own memory. */
export function venuePathOf(dataFolder: string): string {
  return join(dataFolder, 'venue', 'paper.sqlite');
}
