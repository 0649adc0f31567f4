import type { Bus } from '../../services/kernel/bus/bus.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { createSystemClock } from '../clock/system-clock.ts';
import type { NatsIdentity } from '../keys/nats-key.ts';
import { connectNats } from '../nats/nats-bus.ts';

/** A connection of a tool, not of a service: nothing of the system waits for it. */
export interface Client {
  readonly bus: Bus;
  readonly clock: Clock;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly url: string;
  readonly name: string;
  /** Absent: as a guest, where the server lets them in. */
  readonly identity?: NatsIdentity | undefined;
  /** How long to try before giving up. */
  readonly connectWithinUs?: number;
}

const connectWithinUs = 2_000_000;

/** A tool keeps no log: what matters to it reaches its handlers and results. */
const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export async function openClient(options: ClientOptions): Promise<Client> {
  const clock = createSystemClock();
  const bus = await connectNats({
    url: options.url,
    identity: options.identity,
    producer: options.name,
    epoch: brandOf.epoch(clock.wallUs()),
    clock,
    log: silent,
    connectWithinUs: options.connectWithinUs ?? connectWithinUs,
  });
  // A handler that throws is the tool's own defect: it ends the tool as any uncaught error does. Thrown from here it
  // would end nothing but the NATS client's reading.
  bus.onFailure((error) =>
    queueMicrotask(() => {
      throw error;
    }),
  );
  return { bus, clock, close: () => bus.close() };
}
