import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Heartbeat } from '../../protos/gen/system.ts';
import type { Bus } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { Epoch } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import type { Service } from '../../services/kernel/service/service.ts';
import { createSystemClock } from '../clock/system-clock.ts';
import { loadProfile } from '../config/load-profile.ts';
import { openServiceJournal } from '../journal/service-journal.ts';
import { natsKeyPath, readDecisionKey, readTrustedKeys } from '../keys/key-folder.ts';
import { readNatsKey } from '../keys/nats-key.ts';
import { connectNats } from '../nats/nats-bus.ts';
import { recordService } from '../recording/record-service.ts';
import { replayService } from '../recording/replay-service.ts';
import { createPinoLog } from '../telemetry/pino-log.ts';
import { computeBuildHash } from './build-hash.ts';
import { drawEpoch } from './epoch-file.ts';
import { holdSignal, watchLocalTrips } from './local-trip.ts';
import { createQuarantine } from './quarantine.ts';
import { watchRefusals } from './refusals.ts';
import type { ServiceHost } from './service-host.ts';
import { exitCodes, UserError } from './user-error.ts';

export type ServiceName = 'market-data' | 'strategy' | 'risk' | 'execution' | 'monitor';

/** Read from the environment, which `up`, compose files and people set. */
export const serviceEnvironment = {
  profile: 'INTERLOCK_PROFILE',
  natsUrl: 'INTERLOCK_NATS_URL',
  dataFolder: 'INTERLOCK_DATA',
  /** Absent: `keys` in the data folder. */
  keyFolder: 'INTERLOCK_KEYS',
  /** A folder: what the service is told and does is recorded there. */
  record: 'INTERLOCK_RECORD',
  /** A recording: the service runs on it alone, and the comparison is written to stdout. */
  replay: 'INTERLOCK_REPLAY',
  logLevel: 'INTERLOCK_LOG_LEVEL',
  logFile: 'INTERLOCK_LOG_FILE',
} as const;

const heartbeatIntervalUs = 1_000_000;

/**
 * The frame of every service process: environment, profile, bus, clock, log, heartbeat, quarantine, signals. Ends the
 * process: 0 after SIGTERM, SIGINT or the closing of the parent's IPC channel, else the error's exit code.
 */
export async function runService(
  name: ServiceName,
  compose: (host: ServiceHost) => Service | Promise<Service>,
): Promise<void> {
  const environment = process.env;
  const dataFolder = environment[serviceEnvironment.dataFolder] ?? '.interlock';
  const log = createPinoLog({
    service: name,
    level: environment[serviceEnvironment.logLevel] ?? 'info',
    file: environment[serviceEnvironment.logFile],
  });
  try {
    const replay = environment[serviceEnvironment.replay];
    if (replay === undefined) await host(name, { dataFolder, log }, compose);
    else await play(name, replay, compose);
  } catch (error) {
    fail(name, log, error);
  }
}

async function play(
  name: ServiceName,
  path: string,
  compose: (host: ServiceHost) => Service | Promise<Service>,
): Promise<void> {
  const result = await replayService(
    name,
    { path, keyFolder: process.env[serviceEnvironment.keyFolder] },
    compose,
  );
  const code = result.identical ? exitCodes.success : exitCodes.failedCheck;
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(code));
}

async function host(
  name: ServiceName,
  { dataFolder, log }: { readonly dataFolder: string; readonly log: Log },
  compose: (host: ServiceHost) => Service | Promise<Service>,
): Promise<void> {
  // From here on a failure anywhere ends the process in one way; the supervisor restarts it from the journal.
  process.on('uncaughtException', (error) => fail(name, log, error));
  process.on('unhandledRejection', (reason) => fail(name, log, reason));

  const held = holdSignal();
  const loaded = loadProfile(process.env[serviceEnvironment.profile] ?? 'paper');
  const url = process.env[serviceEnvironment.natsUrl];
  if (url === undefined) {
    throw new UserError(
      exitCodes.configuration,
      `${serviceEnvironment.natsUrl} is not set: name the NATS server, such as nats://127.0.0.1:4222.`,
    );
  }
  mkdirSync(join(dataFolder, 'run'), { recursive: true });
  const clock = createSystemClock();
  const epoch = drawEpoch(join(dataFolder, 'run', `${name}.epoch`), clock.wallUs());
  const buildHash = computeBuildHash();
  const keyFolder = process.env[serviceEnvironment.keyFolder] ?? join(dataFolder, 'keys');
  const identity = readNatsKey(natsKeyPath(keyFolder, name));
  const bus = await connectNats({ url, identity, producer: name, epoch, clock, log });
  bus.onFailure((error) => fail(name, log, error));
  watchRefusals({ service: name, bus, clock, log });
  const quarantine = createQuarantine({ service: name, dataFolder, bus, clock, log });

  const stops: (() => void)[] = [];
  const world: ServiceHost = {
    loaded,
    bus,
    clock,
    log,
    epoch,
    dataFolder,
    buildHash,
    randomBytes: (count) => randomBytes(count),
    decisionKey: () => readDecisionKey(keyFolder),
    trustedKeys: () => readTrustedKeys(keyFolder),
    onLocalTrip: (handler) => stops.push(watchLocalTrips({ dataFolder, clock, held }, handler)),
    openJournal: (owner) => openServiceJournal({ dataFolder, owner, randomBytes }),
    port: (_name, open) => open({ bus, clock }),
    asked: (_name, face) => face,
    front: (open) => open(),
    announce: (fields) => announce(join(dataFolder, 'run', `${name}.json`), fields),
  };
  const folder = process.env[serviceEnvironment.record];
  const recorded = folder === undefined ? undefined : recordService(name, { folder, keyFolder, log }, world);
  const composed = await compose(recorded?.host ?? world);
  const service = recorded?.service(composed) ?? composed;
  service.start();
  stops.push(beat({ name, service, bus, clock, epoch, buildHash, quarantined: quarantine.count }));
  log.info('started', { epoch, buildHash, natsUrl: url, profile: loaded.name });
  stopOnSignal(log, async () => {
    await service.stop();
    for (const stop of stops) stop();
    await bus.close();
  });
}

function beat(options: {
  readonly name: ServiceName;
  readonly service: Service;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly epoch: Epoch;
  readonly buildHash: string;
  readonly quarantined: () => number;
}): () => void {
  const instance = `${options.name}-${process.pid}`;
  const subject = subjects.heartbeat.of({ service: options.name, instance });
  return options.clock.every(heartbeatIntervalUs, () => {
    const health = options.service.health();
    const message: Heartbeat = {
      service: options.name,
      instance,
      epoch: options.epoch,
      state: health.state,
      reasons: health.reasons,
      buildHash: options.buildHash,
      journalSequence: health.journal?.sequence ?? brandOf.sequence(0),
      journalHash: Buffer.from(health.journal?.hash ?? []).toString('hex'),
      applied: health.applied,
      processId: process.pid,
      residentBytes: brandOf.sequence(process.memoryUsage.rss()),
      messagesQuarantined: brandOf.sequence(options.quarantined()),
    };
    // While the bus is away nobody can hear it: silence is what a heartbeat says then.
    options.bus.publish({ subject, message, eventTime: options.clock.wallUs() });
  });
}

function stopOnSignal(log: Log, stop: () => Promise<void>): void {
  let stopping = false;
  const begin = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log.info('stopping', { why });
    stop().then(
      () => {
        log.info('stopped');
        process.exit(exitCodes.success);
      },
      (error: unknown) => {
        log.error('did not stop in order', { error: String(error) });
        process.exit(exitCodes.internal);
      },
    );
  };
  process.on('SIGTERM', () => begin('SIGTERM'));
  process.on('SIGINT', () => begin('SIGINT'));
  if (process.send !== undefined) process.on('disconnect', () => begin('the parent is gone'));
}

/** Ends the process: a person's error as one sentence, a defect with its stack. */
function fail(name: ServiceName, log: Log, error: unknown): never {
  if (error instanceof UserError) {
    log.error(error.message, { exitCode: error.exitCode });
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exit(error.exitCode);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('failed', { stack, cause: error instanceof Error ? String(error.cause ?? '') : '' });
  process.stderr.write(`${name}: ${stack}\n`);
  process.exit(exitCodes.internal);
}

/** Atomic, so that a reader never sees half of it. */
function announce(file: string, fields: Readonly<Record<string, unknown>>): void {
  writeFileSync(`${file}.new`, `${JSON.stringify({ pid: process.pid, ...fields })}\n`);
  renameSync(`${file}.new`, file);
}
