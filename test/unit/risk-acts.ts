import { type AuthorityEvent, KeyringChange, OperatorPresent } from '../../protos/gen/authority.ts';
import { type KillReset, KillResume } from '../../protos/gen/control.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Subject } from '../../services/kernel/bus/subject.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { CodecError } from '../../services/kernel/codec/codec-error.ts';
import type { MessageType } from '../../services/kernel/codec/message-type.ts';
import type { Signer } from '../../services/kernel/signing/operator-key.ts';
import { type SealTerms, signSealed } from '../../services/kernel/signing/seal.ts';
import { RiskHarness } from './risk-harness.ts';
import { startTime } from './risk-samples.ts';
import { ada, aSealedReset, termsOf } from './signing-samples.ts';

/** Seals of the harness's ledger, valid for an hour of its wall clock. */
export const here: Partial<SealTerms> = {
  ledgerId: brandOf.ledgerId('execution-ledger'),
  expiry: brandOf.timestampUs(startTime + 3_600_000_000),
};

export function aReset(
  signer: Signer,
  options: {
    readonly terms?: Partial<SealTerms>;
    readonly switchName?: string;
    readonly rebase?: boolean;
  } = {},
): KillReset {
  return aSealedReset(signer, { ...options, terms: { ...here, ...options.terms } });
}

export function aResume(
  signer: Signer,
  options: { readonly switchName?: string; readonly terms?: Partial<SealTerms> } = {},
): KillResume {
  return signSealed<KillResume>(
    KillResume,
    (seal) => ({
      switchName: brandOf.switchName(options.switchName ?? 'manual'),
      requestedBy: 'ada',
      reason: 'goes on',
      seal,
    }),
    { signer, terms: termsOf({ ...here, ...options.terms }) },
  );
}

export function aPresence(signer: Signer, terms: Partial<SealTerms> = {}): OperatorPresent {
  return signSealed<OperatorPresent>(OperatorPresent, (seal) => ({ requestedBy: 'ada', seal }), {
    signer,
    terms: termsOf({ ...here, ...terms }),
  });
}

export function aKeyringChange(
  signer: Signer,
  body: KeyringChange['body'],
  terms: Partial<SealTerms> = {},
): KeyringChange {
  return signSealed<KeyringChange>(KeyringChange, (seal) => ({ body, seal }), {
    signer,
    terms: termsOf({ ...here, ...terms }),
  });
}

/** A harness that trades, with an operator's connection and what risk says of authority. */
export class Acts {
  readonly harness: RiskHarness;
  readonly authority: AuthorityEvent[] = [];
  readonly #operator;

  constructor(harness: RiskHarness = RiskHarness.ready()) {
    this.harness = harness;
    this.#operator = harness.network.connect({ producer: 'operator', epoch: brandOf.epoch(1) });
    this.#operator.subscribe(subjects.authorityEvent.matching({ service: 'risk' }), ({ message, header }) => {
      if (header.producer === 'risk') this.authority.push(message);
    });
  }

  /** As execution journals a change of the keyring that it has accepted. */
  static keyringRow(change: KeyringChange, overrides: Partial<AuthorityEvent> = {}): AuthorityEvent {
    const { body } = change;
    return {
      subject: subjects.keyringChange.of({}).name,
      type: KeyringChange.name,
      keyId: change.seal.keyId,
      nonce: change.seal.nonce,
      expiry: change.seal.expiry,
      evidence: KeyringChange.encode(change),
      body: {
        case: 'keyringChanged',
        value: {
          body:
            body.case === 'enroll'
              ? { case: 'enrolled', value: body.value }
              : { case: 'retired', value: body.value },
        },
      },
      ...overrides,
    };
  }

  reset(message: KillReset, options: { readonly name?: string; readonly payload?: Uint8Array } = {}): void {
    const subject = subjects.killReset.of({ name: options.name ?? message.switchName });
    this.#send(subject, message, options.payload);
  }

  resume(message: KillResume, options: { readonly name?: string; readonly payload?: Uint8Array } = {}): void {
    const subject = subjects.killResume.of({ name: options.name ?? message.switchName });
    this.#send(subject, message, options.payload);
  }

  present(message: OperatorPresent, options: { readonly payload?: Uint8Array } = {}): void {
    this.#send(subjects.operatorPresent.of({}), message, options.payload);
  }

  /** Risk starts again on its disk, and hears of the market. */
  restart(): void {
    this.harness.restartRisk();
    this.harness.instrument();
    this.harness.quote('SPY', 99.99, 100.01);
    this.harness.shakeHands();
  }

  /** Trips the manual switch, with no word on why. */
  kill(): void {
    this.harness.trip(new Uint8Array(0));
  }

  /** Trips it, and signs it away. */
  killAndReset(): void {
    this.kill();
    this.reset(aReset(ada));
  }

  /** `accepted`, or the code of the refusal; empty when nothing was said. */
  get verdicts(): readonly string[] {
    return this.authority.map(({ body }) => (body.case === 'refused' ? body.value.code : body.case));
  }

  get last(): KillSwitchEvent | undefined {
    return this.harness.switchEvents.at(-1);
  }

  eventsOf(name: string): readonly string[] {
    return this.harness.switchEvents.filter((event) => event.name === name).map(({ body }) => body.case);
  }

  #send<T>(subject: Subject<T>, message: T, payload: Uint8Array | undefined): void {
    this.#operator.publish({ subject, message, payload, eventTime: this.harness.time });
    this.harness.settle();
  }
}

/** The message with one byte changed, for each of its bytes, as far as it can be read at all. */
export function flippedBytes<T>(type: MessageType<T>, message: T): readonly Altered<T>[] {
  const bytes = type.encode(message);
  return Array.from(bytes).flatMap((byte, index): readonly Altered<T>[] => {
    const payload = bytes.slice();
    payload[index] = byte ^ 1;
    try {
      return [{ payload, message: type.decode(payload) }];
    } catch (error) {
      // The bus would not hand it over.
      if (error instanceof CodecError) return [];
      throw error;
    }
  });
}

interface Altered<T> {
  readonly payload: Uint8Array;
  readonly message: T;
}
