import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RiskDecision } from '../../protos/gen/risk.ts';
import {
  authenticate,
  authenticationKeyBytes,
  isAuthentic,
} from '../../services/kernel/signing/authentication.ts';

const timesPerBlock = 200;
/** Between two: in a loop all of it would stay in the processor's caches, which it does in no service. */
const pauseMs = 1;

export interface AuthenticationClock {
  /** Of the message that is authenticated. */
  readonly bytes: number;
  /** Microseconds to make and check one, of each in a block. */
  block(): Promise<readonly number[]>;
}

/** Does to a decision what risk does before it is sent, and what execution does when it has come. */
export function timeAuthentication(decision: Uint8Array): AuthenticationClock {
  const authenticated = { type: RiskDecision, field: 16 } as const;
  const key = new Uint8Array(randomBytes(authenticationKeyBytes));
  const { authentication } = RiskDecision.decode(decision);
  // The code is the message's end, behind three bytes that announce it.
  const payload = decision.slice(0, -(authentication.length + 3));
  const once = (): number => {
    const begin = process.hrtime.bigint();
    const made = authenticate(authenticated, { key, payload });
    const holds = isAuthentic(authenticated, { key, payload: made.payload });
    const end = process.hrtime.bigint();
    if (!holds || made.payload.length !== decision.length) throw new Error('this is no decision of risk');
    return Number(end - begin) / 1_000;
  };
  return {
    bytes: payload.length,
    async block() {
      const times: number[] = [];
      while (times.length < timesPerBlock) {
        await delay(pauseMs);
        times.push(once());
      }
      return times;
    },
  };
}
