import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect, ErrorCode, type NatsConnection, NatsError } from 'nats';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { NatsIdentity } from '../keys/nats-key.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { guestUser, inboxOf } from './nats-users.ts';

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

export interface ConnectionChoice {
  readonly url: string;
  readonly name: string;
  /** Absent: as a guest, where the server lets them in. */
  readonly identity?: NatsIdentity | undefined;
  readonly clock: Clock;
  readonly connectWithinUs?: number | undefined;
}

/** Connects, and from then on reconnects for ever. Rejects with a UserError. */
export async function openConnection(options: ConnectionChoice): Promise<NatsConnection> {
  const { identity } = options;
  const settings: ConnectionOptions = {
    servers: options.url,
    name: options.name,
    inboxPrefix: inboxOf(identity?.user ?? guestUser),
    ...(identity === undefined ? {} : { authenticator: identity.authenticator }),
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
      if (isRefused(error)) throw notLetIn(options, error);
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
    // A machine that is busy starting may be late for the server's challenge.
    (error.code === ErrorCode.ConnectionRefused ||
      error.code === ErrorCode.Timeout ||
      error.code === ErrorCode.AuthenticationTimeout)
  );
}

function isRefused(error: unknown): boolean {
  return error instanceof NatsError && error.code === ErrorCode.AuthorizationViolation;
}

function notLetIn({ url, identity }: ConnectionChoice, cause: unknown): UserError {
  return new UserError(
    exitCodes.configuration,
    identity === undefined
      ? `The NATS server at ${url} lets nobody in without a key: name the folder with yours by --keys or INTERLOCK_KEYS.`
      : `The NATS server at ${url} does not know ${identity.user} by the key ${identity.publicKey}: give the server the users of these keys ("interlock keys init" writes them), or this program the keys of that server.`,
    { cause },
  );
}

function retryMs(): number {
  return retryMsMin + Math.random() * (retryMsMax - retryMsMin);
}
