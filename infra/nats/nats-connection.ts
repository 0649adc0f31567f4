import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect, ErrorCode, type NatsConnection, NatsError } from 'nats';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import { exitCodes, UserError } from '../process/user-error.ts';

/** How long a start waits for the server, unless told otherwise: containers start in any order. */
const connectWithinUs = 30_000_000;
/** A try that has no answer by then is given up. */
const handshakeMsMax = 5_000;
// Between two tries; drawn at random so that the services do not come back all at once.
const retryMsMin = 50;
const retryMsMax = 250;
/** A server that hangs without closing the connection is noticed after this many unanswered pings. */
const pingIntervalMs = 2_000;
const pingsUnansweredMax = 4;

/** Connects, and from then on reconnects for ever. */
export async function openConnection(options: {
  readonly url: string;
  readonly name: string;
  readonly clock: Clock;
  readonly connectWithinUs?: number | undefined;
}): Promise<NatsConnection> {
  const settings: ConnectionOptions = {
    servers: options.url,
    name: options.name,
    timeout: handshakeMsMax,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: retryMs,
    ignoreAuthErrorAbort: true,
    pingInterval: pingIntervalMs,
    maxPingOut: pingsUnansweredMax,
    noAsyncTraces: true,
    // The system resolves the name at each try: a container's address changes when it restarts.
    resolve: false,
  };
  const giveUpUs = options.clock.monotonicUs() + (options.connectWithinUs ?? connectWithinUs);
  for (;;) {
    try {
      return await connect(settings);
    } catch (error) {
      if (!isWorthAnotherTry(error) || options.clock.monotonicUs() >= giveUpUs) {
        throw new UserError(
          exitCodes.unavailable,
          `No NATS server answers at ${options.url} (${error instanceof Error ? error.message : String(error)}): start one, or name the right one.`,
          { cause: error },
        );
      }
      await delay(retryMs());
    }
  }
}

function isWorthAnotherTry(error: unknown): boolean {
  return (
    error instanceof NatsError &&
    (error.code === ErrorCode.ConnectionRefused || error.code === ErrorCode.Timeout)
  );
}

function retryMs(): number {
  return retryMsMin + Math.random() * (retryMsMax - retryMsMin);
}
