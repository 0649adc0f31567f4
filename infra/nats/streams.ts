import {
  DiscardPolicy,
  ErrorCode,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import type { CarriedBy } from '../../services/kernel/bus/subject.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { type ConnectionChoice, openConnection } from './nats-connection.ts';

const dayMs = 24 * 60 * 60 * 1000;
const mebibyte = 1024 * 1024;
/** A message sent again within this time is stored once. */
const duplicateWindowMs = 2 * 60 * 1000;

export type StreamName = Exclude<CarriedBy, 'core'>;

type Wanted = Pick<
  StreamConfig,
  | 'name'
  | 'subjects'
  | 'description'
  | 'retention'
  | 'storage'
  | 'max_age'
  | 'max_bytes'
  | 'max_msgs_per_subject'
  | 'discard'
  | 'no_ack'
  | 'duplicate_window'
  | 'deny_delete'
  | 'deny_purge'
>;

const kept = {
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_msgs_per_subject: -1,
  duplicate_window: nanos(duplicateWindowMs),
  no_ack: false,
} as const;
/** What tells what happened can grow old, and cannot be taken out. */
const forTheRecord = { ...kept, deny_delete: true, deny_purge: true } as const;
const forUse = { ...kept, deny_delete: false, deny_purge: false } as const;

/** Every stream of the system. */
export const streams: { readonly [Name in StreamName]: Wanted & { readonly name: Name } } = {
  EVENTS: {
    ...forTheRecord,
    name: 'EVENTS',
    description: 'what happened, for tools, replay and projections; the journals are the truth',
    subjects: ['events.>'],
    max_age: nanos(30 * dayMs),
    max_bytes: 1024 * mebibyte,
  },
  CONTROL: {
    ...forTheRecord,
    name: 'CONTROL',
    description: 'trips, resets and resumes of kill switches',
    subjects: ['control.v1.kill.>'],
    // An acknowledgement goes to the reply subject, which the sender of a trip chooses: whoever may do nothing but trip
    // could have the server itself publish on any subject.
    no_ack: true,
    max_age: nanos(365 * dayMs),
    max_bytes: 64 * mebibyte,
  },
  INSTRUMENTS: {
    ...forUse,
    name: 'INSTRUMENTS',
    description: 'the last definition of every instrument',
    subjects: ['data.v1.instrument.>'],
    max_msgs_per_subject: 1,
    max_age: 0,
    max_bytes: 64 * mebibyte,
  },
  RESEARCH: {
    ...forUse,
    name: 'RESEARCH',
    description: 'jobs of sweeps and their results, each taken once',
    subjects: ['research.v1.job', 'research.v1.result'],
    retention: RetentionPolicy.Workqueue,
    max_age: nanos(7 * dayMs),
    max_bytes: 256 * mebibyte,
  },
};

/** To make a stream is to write to the disk: one that is busy takes its time, and is not a server without streams. */
const answerMsMax = 30_000;

/** Creates what is missing and extends what is smaller; throws a UserError for a stream that it would have to cut down. */
export async function provisionStreams(options: Omit<ConnectionChoice, 'name'>): Promise<void> {
  const connection = await openConnection({ ...options, name: 'streams' });
  try {
    await provision(await managerOf(connection, options.url));
  } finally {
    await connection.close();
  }
}

async function managerOf(connection: NatsConnection, url: string): Promise<JetStreamManager> {
  try {
    return await connection.jetstreamManager({ timeout: answerMsMax });
  } catch (cause) {
    const isRefused = cause instanceof NatsError && cause.code === ErrorCode.PermissionsViolation;
    throw new UserError(
      isRefused ? exitCodes.configuration : exitCodes.unavailable,
      isRefused
        ? `The NATS server at ${url} lets only the user provision make streams: name the folder with its key by --keys or INTERLOCK_KEYS.`
        : `The NATS server at ${url} keeps no streams: start it with JetStream, "nats-server -js".`,
      { cause },
    );
  }
}

async function provision(manager: JetStreamManager): Promise<void> {
  for (const wanted of Object.values(streams)) {
    const present = await configOf(manager, wanted.name);
    if (present === undefined) {
      await manager.streams.add({ ...wanted, subjects: [...wanted.subjects] });
      continue;
    }
    const loss = lossBy(wanted, present);
    if (loss !== undefined) {
      throw new UserError(
        exitCodes.configuration,
        `The stream ${wanted.name} on this NATS server ${loss}: it belongs to something else or to a newer version, so name another server, or remove the stream yourself if nobody needs it.`,
      );
    }
    if (differs(wanted, present)) {
      await manager.streams.update(wanted.name, { ...wanted, subjects: [...wanted.subjects] });
    }
  }
}

/** What NATS answers for a stream that is not there. */
const streamNotFound = 10059;

async function configOf(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === streamNotFound) return undefined;
    throw error;
  }
}

/** Why the wanted stream would keep less than the present one; undefined when it keeps as much or more. */
function lossBy(wanted: Wanted, present: StreamConfig): string | undefined {
  const dropped = present.subjects.find((subject) => !wanted.subjects.includes(subject));
  if (dropped !== undefined) return `keeps ${dropped}, which it should not`;
  if (present.storage !== wanted.storage)
    return `is stored as ${present.storage} instead of ${wanted.storage}`;
  if (present.retention !== wanted.retention) {
    return `retains by ${present.retention} instead of ${wanted.retention}`;
  }
  if (present.deny_delete !== wanted.deny_delete || present.deny_purge !== wanted.deny_purge) {
    return 'lets messages be taken out, or protects them, other than it should';
  }
  const shrunk = limits.find((limit) => unlimited(wanted[limit]) < unlimited(present[limit]));
  return shrunk === undefined ? undefined : `has ${shrunk} ${present[shrunk]}, more than ${wanted[shrunk]}`;
}

const limits = ['max_age', 'max_bytes', 'max_msgs_per_subject'] as const;

/** NATS writes "no limit" as 0 or -1. */
function unlimited(limit: number): number {
  return limit <= 0 ? Number.POSITIVE_INFINITY : limit;
}

function differs(wanted: Wanted, present: StreamConfig): boolean {
  return (
    wanted.subjects.length !== present.subjects.length ||
    wanted.description !== present.description ||
    wanted.duplicate_window !== present.duplicate_window ||
    wanted.discard !== present.discard ||
    wanted.no_ack !== (present.no_ack ?? false) ||
    limits.some((limit) => unlimited(wanted[limit]) !== unlimited(present[limit]))
  );
}
