import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Pace } from '../../protos/gen/system.ts';
import type { Bus, Outgoing, Received } from '../../services/kernel/bus/bus.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

/** One adapter, as the contract drives it: real parts, and hands on what can go wrong. */
export interface BusWorld {
  connect(producer: string): Promise<Bus>;
  /** Any bytes from a client that knows nothing of Interlock. */
  inject(subject: string, bytes: Uint8Array): Promise<void>;
  /** Until `restore`, nobody is connected. */
  breakConnections(): Promise<void>;
  restoreConnections(): Promise<void>;
  /** Lets this time pass for the bus; returns at once where it passes by itself. */
  elapse(us: number): void;
  end(): Promise<void>;
}

/** In memory all has happened after so few turns of the event loop; who waits for a process leaves it the machine. */
const turnsMax = 100;

/** A turn of the event loop or more until it holds; the runner's own limit ends a test that waits in vain. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns += 1) await (turns < turnsMax ? nextTurn() : delay(1));
}

/** Keeps what arrives, so that a test can wait for it. */
export function collect<T>(bus: Bus, pattern: Pattern<T>): Received<T>[] {
  const received: Received<T>[] = [];
  bus.subscribe(pattern, (message) => received.push(message));
  return received;
}

/** Resolves once all that this client asked of the bus before is in force: its own message came back. */
export async function settled(bus: Bus): Promise<void> {
  let returned = false;
  const stage = `settled-${probes}`;
  probes += 1;
  const subscription = bus.subscribe(subjects.pace.of({ stage }), () => {
    returned = true;
  });
  bus.publish(mark(stage, 0));
  await until(() => returned);
  subscription.unsubscribe();
}

let probes = 0;

export const marketTime = brandOf.timestampUs(1_700_000_000_000_000);

/** A small message with a number in it. */
export function mark(stage: string, number: number): Outgoing<Pace> {
  return {
    subject: subjects.pace.of({ stage }),
    message: {
      number: brandOf.sequence(number),
      feedEpoch: brandOf.epoch(1),
      marketTime,
      last: false,
    },
    eventTime: marketTime,
  };
}
