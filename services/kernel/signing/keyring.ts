import type { KeyringChange, KeyringChanged, OperatorKey } from '../../../protos/gen/authority.ts';
import { assertNever } from '../assert-never.ts';
import { keyIdOf, publicKeyBytes } from './operator-key.ts';

export type KeyStanding = 'enrolled' | 'retired' | 'unknown';

/**
 * Who may sign. It begins with the keys that the installation trusts and changes by signed messages alone. A key that
 * was once retired never comes back, whatever the installation's file says.
 */
export class Keyring {
  readonly #enrolled = new Map<string, OperatorKey>();
  readonly #retired = new Set<string>();

  /** Throws when a key does not have the name that its bytes give it: the file was edited by hand. */
  constructor(trusted: readonly OperatorKey[]) {
    for (const key of trusted) {
      if (keyIdOf(key.publicKey) !== key.keyId)
        throw new Error(`the keyring's key ${key.keyId} is another one`);
      this.#enrolled.set(key.keyId, key);
    }
  }

  /** The key, if it may sign now. */
  enrolled(keyId: string): OperatorKey | undefined {
    return this.#enrolled.get(keyId);
  }

  get keys(): readonly OperatorKey[] {
    return [...this.#enrolled.values()];
  }

  standing(keyId: string): KeyStanding {
    if (this.#retired.has(keyId)) return 'retired';
    return this.#enrolled.has(keyId) ? 'enrolled' : 'unknown';
  }

  /** Why a change cannot be made, whoever signs it; undefined when it can. */
  refusal({ body }: KeyringChanged): 'KEY_MALFORMED' | 'KEY_KNOWN' | 'KEY_UNKNOWN' | 'LAST_KEY' | undefined {
    switch (body.case) {
      case 'enrolled': {
        const { keyId, publicKey } = body.value;
        if (publicKey.length !== publicKeyBytes || keyIdOf(publicKey) !== keyId) return 'KEY_MALFORMED';
        return this.standing(keyId) === 'unknown' ? undefined : 'KEY_KNOWN';
      }
      case 'retired':
        if (this.standing(body.value.keyId) !== 'enrolled') return 'KEY_UNKNOWN';
        // Nobody could ever sign again.
        return this.#enrolled.size === 1 ? 'LAST_KEY' : undefined;
      default:
        return assertNever(body);
    }
  }

  apply({ body }: KeyringChanged): void {
    switch (body.case) {
      case 'enrolled':
        if (!this.#retired.has(body.value.keyId)) this.#enrolled.set(body.value.keyId, body.value);
        return;
      case 'retired':
        this.#enrolled.delete(body.value.keyId);
        this.#retired.add(body.value.keyId);
        return;
      default:
        assertNever(body);
    }
  }
}

/** What the keyring becomes by a change that is asked for. */
export function keyringChangedBy({ body }: KeyringChange): KeyringChanged {
  switch (body.case) {
    case 'enroll':
      return { body: { case: 'enrolled', value: body.value } };
    case 'retire':
      return { body: { case: 'retired', value: body.value } };
    default:
      return assertNever(body);
  }
}
