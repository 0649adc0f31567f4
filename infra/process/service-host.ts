import type { OperatorKey } from '../../protos/gen/authority.ts';
import type { Bus } from '../../services/kernel/bus/bus.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { Epoch } from '../../services/kernel/codec/brand.ts';
import type { Journal } from '../../services/kernel/journal/journal.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import type { LoadedProfile } from '../config/load-profile.ts';
import type { JournalOwner } from '../journal/journal-path.ts';
import type { LocalTrip } from './local-trip.ts';

/** What an adapter is made of: the world itself. What it tells its service passes the port. */
export interface Outside {
  readonly bus: Bus;
  readonly clock: Clock;
}

/** Something that listens for people or programs, such as a read API. */
export interface Front {
  close(): Promise<void>;
}

/**
 * What a `main.ts` composes its service from. All that a service hears of the world and tells it goes through here,
 * so that it can be recorded, and replayed without the world: an adapter is made inside the function that is handed
 * over, never beside it.
 */
export interface ServiceHost {
  readonly loaded: LoadedProfile;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: Epoch;
  readonly dataFolder: string;
  readonly buildHash: string;
  randomBytes(count: number): Uint8Array;
  /** Of risk and execution; nobody else is given the file. Throws a UserError. */
  decisionKey(): Uint8Array;
  /** Public keys of people, trusted from the start. Throws a UserError. */
  trustedKeys(): readonly OperatorKey[];
  /** The kill file and SIGUSR2; watched once a handler is there. */
  onLocalTrip(handler: LocalTrip): void;
  /** The service's own journal, born when it is not there. Throws a UserError for what only a person can mend. */
  openJournal(owner: JournalOwner): Journal;
  /** An adapter of a port whose arguments and results are plain values and callbacks: a feed, a store, a venue. */
  readonly port: <T extends object>(name: string, open: (outside: Outside) => T) => T;
  /** What a front asks the service. Its answers belong to what the service says. */
  asked<T extends object>(name: string, face: T): T;
  front(open: () => Promise<Front>): Promise<Front>;
  /** Tells other local programs what they cannot know, such as a port: `run/<service>.json` in the data folder. */
  announce(fields: Readonly<Record<string, unknown>>): void;
}
