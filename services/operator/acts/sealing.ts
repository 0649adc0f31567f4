import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Client } from '../../../infra/client/open-client.ts';
import { parseDuration } from '../../../infra/config/units.ts';
import { badOption, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { Seal } from '../../../protos/gen/authority.ts';
import type { TradingState } from '../../../protos/gen/risk.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { LedgerId, TimestampUs } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import type { MessageType } from '../../kernel/codec/message-type.ts';
import { validityUsMax } from '../../kernel/signing/authority.ts';
import type { Signer } from '../../kernel/signing/operator-key.ts';
import {
  nonceBytes,
  type Sealed,
  type SealPlace,
  type SealTerms,
  signSealed,
} from '../../kernel/signing/seal.ts';
import { expectWithin } from '../expectation.ts';
import type { Given } from '../verb.ts';
import { signerOf } from './operator-key.ts';

const toldWithinUs = 10_000_000;
const validUsDefault = 600_000_000;

/** What a signature is bound to, as risk tells it each second. */
export interface Circumstances {
  readonly environment: TradingState['environment'];
  readonly ledgerId: LedgerId;
  /** Market time. */
  readonly now: TimestampUs;
}

/** Signs messages of one person for one system. */
export interface Sealer {
  readonly signer: Signer;
  readonly circumstances: Circumstances;
  seal<T extends Sealed>(type: MessageType<T>, build: (seal: Seal) => T, place?: SealPlace): T;
}

/** Throws a UserError when there is no key, or the system does not tell what it is. */
export async function sealerOf(
  client: Client,
  given: Given,
  signer: Signer = signerOf(given),
): Promise<Sealer> {
  const validUs = validityOf(given);
  const circumstances = await learnCircumstances(client);
  const { environment, ledgerId } = circumstances;
  return {
    signer,
    circumstances,
    seal: (type, build, place) => {
      const terms: SealTerms = {
        environment,
        ledgerId,
        expiry: brandOf.timestampUs(client.clock.wallUs() + validUs),
        nonce: new Uint8Array(randomBytes(nonceBytes)),
      };
      return signSealed(type, build, { signer, terms, place });
    },
  };
}

/** Who types, for people to read: what counts is the key. */
export function typist(): string {
  return userInfo().username;
}

function validityOf(given: Given): number {
  const text = given.text('valid');
  if (text === undefined) return validUsDefault;
  const duration = parseDuration(text);
  if (duration === undefined || duration <= 0 || duration > validityUsMax) {
    throw badOption('valid', "a duration up to a day, such as '10m'", text);
  }
  return duration;
}

export async function learnCircumstances({ bus, clock }: Client): Promise<Circumstances> {
  const told = expectWithin<Circumstances>(clock, toldWithinUs);
  let last: TradingState | undefined;
  const subscription = bus.subscribe(subjects.tradingState.matching({}), ({ message, header }) => {
    last = message;
    const { environment, ledgerId } = message;
    if (ledgerId !== undefined) told.meet({ environment, ledgerId, now: header.eventTime });
  });
  const circumstances = await told.outcome;
  subscription.unsubscribe();
  if (circumstances !== undefined) return circumstances;
  throw new UserError(
    exitCodes.unavailable,
    last === undefined
      ? `risk does not tell the trading state within ${toldWithinUs / 1e6} s: see "npx --no interlock status".`
      : 'risk has not heard of execution yet, so there is nothing to sign for: try again when both are ready.',
  );
}
