import type { AuthorityEvent, Seal } from '../../../protos/gen/authority.ts';
import type { Environment } from '../../../protos/gen/system.ts';
import type { LedgerId, TimestampUs } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import { hexOf } from '../codec/hex.ts';
import type { MessageType } from '../codec/message-type.ts';
import { sha256 } from './digest.ts';
import type { Keyring } from './keyring.ts';
import { isSealedBy, nonceBytes, type Sealed, type SealPlace } from './seal.ts';

/** Why a message that claims authority is not obeyed. The text is for docs/generated/authority.md. */
export const authorityCodes = {
  UNKNOWN_KEY: 'the key was never enrolled',
  RETIRED_KEY: 'the key was retired',
  BAD_SIGNATURE: 'the signature is not of this message, or not of this key',
  EXPIRED: 'the seal is older than it allows itself to be',
  WRONG_ENVIRONMENT: 'it was signed for another environment, such as paper for live',
  WRONG_LEDGER: 'it was signed for another system, or for the one before its journal was lost',
  TOO_LARGE: 'an honest one is smaller',
  NONCE_MALFORMED: 'a nonce has 16 bytes',
  NONCE_REUSED: 'the nonce was used for another message',
  SECOND_KEY_MISSING: 'it takes the seals of two different keys',
  SUBJECT_MISMATCH: 'it is about something else than its subject names',
  NOT_AUTHENTIC: 'the code is not of whoever holds the key of risk and execution',
  STALE_EPOCH: 'it is of an earlier start of risk',
  UNSIGNED: 'nobody but the strategy that placed an order may do this without a signature',
  WRONG_ACCOUNT: 'it is for another account, or another venue',
  OTHER_ORDER: 'the digest is not that of the order that waits',
  OTHER_LIMITS: 'it was signed under other limits than the order was decided under',
  TRIPPED_AGAIN: 'the switch was tripped again after the signature was used',
  OTHER_HISTORY: 'it speaks of rows that this journal does not have: the journal was set back',
  UNKNOWN_SWITCH: 'there is no kill switch of that name',
  NOT_WAITING: 'nothing waits for it: it came too late, or twice',
  NOTHING_TO_ACCEPT: 'the books and the venue do not differ',
  OTHER_DIFFERENCES: 'the venue was read again, and the differences are not those that were signed',
  NOT_BOOKABLE: 'what differs cannot be taken over: it has to be put right at the venue',
  NO_PRICE: 'a position that differs has no price at which it could be booked',
  KEY_MALFORMED: 'a key has 32 bytes and the name that they give it',
  KEY_KNOWN: 'the key is enrolled already, or was retired',
  KEY_UNKNOWN: 'the key is not enrolled',
  LAST_KEY: 'without the last key nobody could ever sign again',
  OWN_KEY: 'a key is retired by another one, which proves that somebody can sign after it',
} as const;
export type AuthorityCode = keyof typeof authorityCodes;

/** A signed message as it came in. */
export interface SignedAct<T extends Sealed> {
  readonly subject: string;
  readonly type: MessageType<T>;
  readonly message: T;
  /** Its bytes as sent. */
  readonly payload: Uint8Array;
  /** Takes the seals of two different keys. */
  readonly needsTwoKeys?: boolean;
  /** The other service took it in time, and may have been heard long after: its age was judged there. */
  readonly isFollowed?: boolean;
  /** What else speaks against it, asked once the seals hold; a refused act has not used its nonce up. */
  readonly objection?: () => AuthorityCode | undefined;
}

export type ActVerdict =
  /** To be obeyed, with this row in the same commit. */
  | { readonly kind: 'accepted'; readonly row: AuthorityEvent }
  /** The very same message was accepted before: answer it once more, and do nothing. */
  | { readonly kind: 'repeated' }
  /** To be alerted; the row is to be journaled, and absent when there are too many. */
  | {
      readonly kind: 'refused';
      readonly code: AuthorityCode;
      readonly detail: string;
      readonly row: AuthorityEvent | undefined;
    };

/** Bytes of a message that are kept as evidence: any honest one, whole. */
const evidenceBytesMax = 16 * 1024;
/** As long as those of any honest seal; what a forged one says instead is in the evidence. */
const keyIdCharactersMax = 32;
/** Anybody may forge, so a flood of forgeries must not fill the disk. */
export const refusalsJournaledMax = 5;
export const refusalWindowUs = 1_000_000;
/** And a flood that goes on for days must not either: each row may hold the whole of `evidenceBytesMax`. */
export const refusalsJournaledAnHourMax = 1_000;
const hourUs = 60 * 60 * 1_000_000;
/** How long a seal may be valid. */
export const validityUsMax = 24 * 60 * 60 * 1_000_000;
const noTime = brandOf.timestampUs(0);
const nothing = new Uint8Array(0);

/** How many were journaled since it began; a wall clock that steps begins it anew. */
class RefusalWindow {
  readonly #lengthUs: number;
  readonly #max: number;
  #sinceUs = Number.NEGATIVE_INFINITY;
  #counted = 0;

  constructor({ lengthUs, max }: { readonly lengthUs: number; readonly max: number }) {
    this.#lengthUs = lengthUs;
    this.#max = max;
  }

  isFull(nowUs: number): boolean {
    if (Math.abs(nowUs - this.#sinceUs) >= this.#lengthUs) {
      this.#sinceUs = nowUs;
      this.#counted = 0;
    }
    return this.#counted >= this.#max;
  }

  count(): void {
    this.#counted += 1;
  }
}

/**
 * Checks what claims a person's authority, and remembers what was used. Risk and execution have one each: neither
 * believes what the other says of a signature.
 */
export class Authority {
  readonly keyring: Keyring;
  readonly #environment: Environment;
  readonly #ledgerId: () => LedgerId | undefined;
  readonly #wallUs: () => TimestampUs;
  /**
   * SHA-256 of the message that used a nonce, both in hexadecimal. None is ever forgotten: what is followed counts at
   * any age, and a wall clock may step back. There is a row of the journal for each, and a person's signature in it.
   */
  readonly #used = new Map<string, string>();
  readonly #refusals = [
    new RefusalWindow({ lengthUs: refusalWindowUs, max: refusalsJournaledMax }),
    new RefusalWindow({ lengthUs: hourUs, max: refusalsJournaledAnHourMax }),
  ];
  #leftOut = 0;

  constructor(options: {
    readonly keyring: Keyring;
    readonly environment: Environment;
    /** Of execution's journal; undefined while not known, and then nothing is accepted. */
    readonly ledgerId: () => LedgerId | undefined;
    /** A person's signature ages in the person's time: the one place where wall time decides. */
    readonly wallUs: () => TimestampUs;
  }) {
    this.keyring = options.keyring;
    this.#environment = options.environment;
    this.#ledgerId = options.ledgerId;
    this.#wallUs = options.wallUs;
  }

  /** A row of the own journal, after a start. */
  restore(event: AuthorityEvent): void {
    const { body, nonce, evidence } = event;
    if (body.case === 'refused') return;
    if (body.case === 'keyringChanged') this.keyring.apply(body.value);
    if (nonce.length > 0) this.#used.set(hexOf(nonce), hexOf(sha256(evidence)));
  }

  check<T extends Sealed>(act: SignedAct<T>): ActVerdict {
    const { seal } = act.message;
    const digest = hexOf(sha256(act.payload));
    const used = this.#used.get(hexOf(seal.nonce));
    if (used !== undefined) {
      // Only whoever has the signed message can send these bytes, and they act no more.
      return used === digest ? { kind: 'repeated' } : this.#refuse(act, 'NONCE_REUSED', seal);
    }
    const code = this.#faultOfAct(act);
    if (code !== undefined) return this.#refuse(act, code, seal);
    this.#used.set(hexOf(seal.nonce), digest);
    return { kind: 'accepted', row: rowOf(act, { case: 'accepted', value: {} }, seal) };
  }

  /** Whether `check` would accept it, as things stand. Nothing is used up: for what has to be found out before. */
  wouldAccept<T extends Sealed>(act: SignedAct<T>): boolean {
    return !this.#used.has(hexOf(act.message.seal.nonce)) && this.#faultOfAct(act) === undefined;
  }

  /** A refusal that is not about the seal: the act is signed and still cannot be obeyed, or is not signed at all. */
  refuse(
    origin: {
      readonly subject: string;
      readonly type: { readonly name: string };
      readonly payload: Uint8Array;
    },
    code: AuthorityCode,
    detail?: string,
  ): Extract<ActVerdict, { kind: 'refused' }> {
    return this.#refuse(origin, code, undefined, detail);
  }

  #faultOfAct<T extends Sealed>(act: SignedAct<T>): AuthorityCode | undefined {
    const { seal } = act.message;
    return (
      formFault(act) ?? this.#faultOf(act, 'seal', seal) ?? this.#faultOfSecond(act) ?? act.objection?.()
    );
  }

  #faultOf<T extends Sealed>({ type, message, isFollowed }: SignedAct<T>, place: SealPlace, seal: Seal) {
    const nowUs = this.#wallUs();
    if (seal.nonce.length !== nonceBytes) return 'NONCE_MALFORMED';
    const standing = this.keyring.standing(seal.keyId);
    const key = this.keyring.enrolled(seal.keyId);
    if (key === undefined) return standing === 'retired' ? 'RETIRED_KEY' : 'UNKNOWN_KEY';
    // Before anything that the message says of itself.
    if (!isSealedBy(type, message, { publicKey: key.publicKey, place })) return 'BAD_SIGNATURE';
    if (seal.environment !== this.#environment) return 'WRONG_ENVIRONMENT';
    if (seal.ledgerId !== this.#ledgerId()) return 'WRONG_LEDGER';
    if (isFollowed === true) return undefined;
    if (seal.expiry < nowUs || seal.expiry > nowUs + validityUsMax) return 'EXPIRED';
    return undefined;
  }

  #faultOfSecond<T extends Sealed>(act: SignedAct<T>): AuthorityCode | undefined {
    const { seal, secondSeal } = act.message;
    // The first seal does not cover a second one, which anybody could add where nobody looks at it.
    if (act.needsTwoKeys !== true && secondSeal === undefined) return undefined;
    if (secondSeal === undefined || secondSeal.keyId === seal.keyId) return 'SECOND_KEY_MISSING';
    return this.#faultOf(act, 'secondSeal', secondSeal);
  }

  #refuse(
    origin: {
      readonly subject: string;
      readonly type: { readonly name: string };
      readonly payload: Uint8Array;
    },
    code: AuthorityCode,
    seal: Seal | undefined,
    detail: string = authorityCodes[code],
  ): Extract<ActVerdict, { kind: 'refused' }> {
    const leftOut = this.#admitRefusal();
    const row =
      leftOut === undefined
        ? undefined
        : rowOf(origin, { case: 'refused', value: { code, detail, leftOut } }, seal);
    return { kind: 'refused', code, detail, row };
  }

  /** How many were left out since the last that was journaled; undefined: this one is left out too. */
  #admitRefusal(): number | undefined {
    const nowUs = this.#wallUs();
    if (this.#refusals.some((window) => window.isFull(nowUs))) {
      this.#leftOut += 1;
      return undefined;
    }
    for (const window of this.#refusals) window.count();
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}

/** Other bytes of the same meaning would be the same signature with another digest. */
function formFault<T extends Sealed>({ type, message, payload }: SignedAct<T>): AuthorityCode | undefined {
  if (payload.length > evidenceBytesMax) return 'TOO_LARGE';
  return hexOf(type.encode(message)) === hexOf(payload) ? undefined : 'BAD_SIGNATURE';
}

function rowOf(
  origin: {
    readonly subject: string;
    readonly type: { readonly name: string };
    readonly payload: Uint8Array;
  },
  body: AuthorityEvent['body'],
  seal: Seal | undefined,
): AuthorityEvent {
  return {
    subject: origin.subject,
    type: origin.type.name,
    keyId: seal?.keyId.slice(0, keyIdCharactersMax) ?? '',
    nonce: seal?.nonce.slice(0, nonceBytes) ?? nothing,
    expiry: seal?.expiry ?? noTime,
    evidence: origin.payload.slice(0, evidenceBytesMax),
    body,
  };
}
