import { AuthorityEvent, KeyringChange } from '../../protos/gen/authority.ts';
import type { Bus, Received } from '../kernel/bus/bus.ts';
import type { Sequence, TimestampUs } from '../kernel/codec/brand.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import { type AuthenticatedType, isAuthentic } from '../kernel/signing/authentication.ts';
import type { ActVerdict, Authority, AuthorityCode, SignedAct } from '../kernel/signing/authority.ts';
import { keyringChangedBy } from '../kernel/signing/keyring.ts';
import type { Sealed } from '../kernel/signing/seal.ts';
import type { Alerts } from './alerts.ts';
import { limits } from './execution-options.ts';
import { publishAgain } from './publication.ts';
import type { Turn } from './turn.ts';

export interface AuthorityKeeperPorts {
  readonly authority: Authority;
  readonly decisionKey: Uint8Array;
  readonly turn: Turn;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly alerts: Alerts;
  readonly marketTime: () => TimestampUs;
}

/** A message that claims authority, as it came in. */
export interface Claim {
  readonly subject: string;
  payload(): Uint8Array;
}

/** What follows from a signed act, in the turn that journals it, behind its own row. */
export interface ActEffects {
  readonly onAccepted: (keyId: string) => void;
  /** The same bytes once more: what was said of them is said again. */
  readonly onRepeated?: () => void;
  /** What the row of an accepted act says beside that it was accepted. */
  readonly body?: AuthorityEvent['body'];
}

/**
 * Everything that claims authority passes here. What is obeyed is journaled before its effect, in the same commit;
 * what is refused is journaled as well, and told to people.
 */
export class AuthorityKeeper {
  readonly #ports: AuthorityKeeperPorts;
  /** Rows of the newest accepted acts, by nonce. */
  readonly #rows = new Map<string, Sequence>();

  constructor(ports: AuthorityKeeperPorts) {
    this.#ports = ports;
  }

  restore(event: AuthorityEvent, sequence: Sequence): void {
    this.#ports.authority.restore(event);
    if (event.body.case !== 'refused') this.#remember(event, sequence);
  }

  /** Whether risk sent these very bytes; refused when not. */
  isFromRisk<T>(authenticated: AuthenticatedType<T>, claim: Claim): boolean {
    const payload = claim.payload();
    if (isAuthentic(authenticated, { key: this.#ports.decisionKey, payload })) return true;
    this.refuse(claim, { type: authenticated.type, code: 'NOT_AUTHENTIC' });
    return false;
  }

  take<T extends Sealed>(act: SignedAct<T>, { onAccepted, onRepeated, body }: ActEffects): ActVerdict {
    const { authority, turn } = this.#ports;
    const verdict = authority.check(act);
    switch (verdict.kind) {
      case 'accepted':
        turn.run(() => {
          this.#record(body === undefined ? verdict.row : { ...verdict.row, body });
          onAccepted(verdict.row.keyId);
        });
        break;
      case 'repeated':
        this.#answerAgain(act.message.seal.nonce);
        onRepeated?.();
        break;
      case 'refused':
        this.#tellRefused(act.subject, verdict);
        break;
    }
    return verdict;
  }

  /** For what something has to be found out before it can be obeyed: refused or answered at once, else `goOn` does both. */
  takeLater<T extends Sealed>(act: SignedAct<T>, goOn: () => void): void {
    if (this.#ports.authority.wouldAccept(act)) {
      goOn();
      return;
    }
    // Between two looks at the clock a seal may come into force: nothing would follow from it here.
    const objection = (): AuthorityCode => act.objection?.() ?? 'EXPIRED';
    this.take({ ...act, objection }, { onAccepted: () => {} });
  }

  /** Signed by a key that is enrolled; risk follows the row. */
  changeKeyring(received: Received<KeyringChange>): void {
    const { authority, alerts } = this.#ports;
    const { subject, message } = received;
    const changed = keyringChangedBy(message);
    this.take(
      {
        ...{ subject, message, payload: received.payload() },
        type: KeyringChange,
        objection: () => authority.keyring.refusal(changed) ?? ownKeyFault(message),
      },
      {
        body: { case: 'keyringChanged', value: changed },
        onAccepted: (by) => {
          authority.keyring.apply(changed);
          const { keyId } = changed.body.value;
          const text = `Key ${keyId} was ${changed.body.case} by key ${by}.`;
          alerts.raise('warning', { code: 'KEYRING_CHANGED', text, about: keyId });
        },
      },
    );
  }

  refuse(
    claim: Claim,
    refusal: {
      readonly type: { readonly name: string };
      readonly code: AuthorityCode;
      readonly detail?: string;
    },
  ): void {
    const { type, code, detail } = refusal;
    const { subject } = claim;
    const origin = { subject, type, payload: claim.payload() };
    this.#tellRefused(subject, this.#ports.authority.refuse(origin, code, detail));
  }

  /** Too many to be journaled are too many to be read as well: the next one that is tells how many they were. */
  #tellRefused(subject: string, { row, code, detail }: Extract<ActVerdict, { kind: 'refused' }>): void {
    if (row === undefined) return;
    this.#ports.turn.run(() => this.#record(row));
    const leftOut = row.body.case === 'refused' ? row.body.value.leftOut : 0;
    const others = leftOut === 0 ? '' : ` (${leftOut} more before it)`;
    const key = row.keyId === '' ? '' : ` of key ${row.keyId}`;
    this.#ports.alerts.raise('critical', {
      code: 'AUTHORITY_REFUSED',
      text: `Refused ${code}: a message${key} on ${subject}: ${detail}${others}.`,
      about: subject,
    });
  }

  #record(row: AuthorityEvent): void {
    const { turn, marketTime } = this.#ports;
    const recorded = { aggregate: 'authority', type: AuthorityEvent, message: row, time: marketTime() };
    turn.record(recorded, ({ sequence }) => {
      if (row.body.case !== 'refused') this.#remember(row, sequence);
    });
  }

  #remember({ nonce }: AuthorityEvent, sequence: Sequence): void {
    this.#rows.set(hexOf(nonce), sequence);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > limits.actsAnsweredAgainMax && oldest !== undefined) this.#rows.delete(oldest);
  }

  #answerAgain(nonce: Uint8Array): void {
    const sequence = this.#rows.get(hexOf(nonce));
    if (sequence !== undefined) publishAgain(this.#ports, sequence);
  }
}

/** A key that was enrolled by mistake may be nobody's: whoever signs this is left, and can. */
function ownKeyFault({ body, seal }: KeyringChange): 'OWN_KEY' | undefined {
  return body.case === 'retire' && body.value.keyId === seal.keyId ? 'OWN_KEY' : undefined;
}
