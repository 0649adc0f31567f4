import type { LoadedProfile } from '../../../infra/config/load-profile.ts';
import type { Clock } from '../../kernel/clock/clock.ts';
import type { Interrupts } from '../supervision/interrupts.ts';
import type { Terminal } from '../terminal.ts';

/** What one `up` was asked for. */
export interface Run {
  readonly loaded: LoadedProfile;
  /** Monotonic time after which it stops by itself; absent: when it is told to. */
  readonly forUs: number | undefined;
  /** Absolute, so that services find it whatever their working folder. */
  readonly dataFolder: string;
  /** Absolute. It has every key: the processes of one machine and one user have no secrets from each other. */
  readonly keyFolder: string;
  /** Absolute; absent: nothing is recorded. */
  readonly recordFolder: string | undefined;
  /** Of a server that somebody else runs; absent: one is started. */
  readonly natsUrl: string | undefined;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
}
