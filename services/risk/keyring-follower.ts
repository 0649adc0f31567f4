import { type AuthorityEvent, KeyringChange } from '../../protos/gen/authority.ts';
import type { Environment } from '../../protos/gen/system.ts';
import type { LedgerId } from '../kernel/codec/brand.ts';
import { CodecError } from '../kernel/codec/codec-error.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import type { ActVerdict, Authority, AuthorityCode } from '../kernel/signing/authority.ts';
import { keyringChangedBy } from '../kernel/signing/keyring.ts';
import { isSealedBy } from '../kernel/signing/seal.ts';
import type { SwitchBoard } from './switch-board.ts';

export interface KeyringFollowerOptions {
  readonly authority: Authority;
  readonly board: SwitchBoard;
  readonly onRefused: (
    verdict: Extract<ActVerdict, { kind: 'refused' }>,
    origin: { readonly subject: string; readonly type: string },
  ) => void;
  readonly environment: Environment;
  readonly ledgerId: () => LedgerId | undefined;
}

/**
 * Execution keeps the keyring, and risk takes over its changes: what a change says is read from the signed message,
 * whose signature is checked here once more. Its age is not: it counted when execution took it.
 */
export class KeyringFollower {
  readonly #options: KeyringFollowerOptions;
  /** Nonces of the changes that were taken over. */
  readonly #taken = new Set<string>();

  constructor(options: KeyringFollowerOptions) {
    this.#options = options;
  }

  /** A row of risk's own journal, after a start. */
  restore({ body, nonce }: AuthorityEvent): void {
    if (body.case === 'keyringChanged') this.#taken.add(hexOf(nonce));
  }

  /** A row of execution's journal. */
  takeRow(event: AuthorityEvent): void {
    if (event.body.case !== 'keyringChanged' || this.#taken.has(hexOf(event.nonce))) return;
    const { authority, board, onRefused } = this.#options;
    const { subject, evidence: payload } = event;
    const change = this.#read(payload);
    const code = change === undefined ? 'BAD_SIGNATURE' : this.#fault(change);
    if (change === undefined || code !== undefined) {
      const type = KeyringChange;
      onRefused(authority.refuse({ subject, type, payload }, code ?? 'BAD_SIGNATURE'), {
        subject,
        type: type.name,
      });
      return;
    }
    const { keyId, nonce, expiry } = change.seal;
    const changed = keyringChangedBy(change);
    authority.keyring.apply(changed);
    this.#taken.add(hexOf(nonce));
    board.journalAuthority({
      ...event,
      keyId,
      nonce,
      expiry,
      body: { case: 'keyringChanged', value: changed },
    });
  }

  #read(payload: Uint8Array): KeyringChange | undefined {
    try {
      const change = KeyringChange.decode(payload);
      // Encoding is canonical: other bytes of the same meaning were signed by nobody.
      return hexOf(KeyringChange.encode(change)) === hexOf(payload) ? change : undefined;
    } catch (error) {
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }

  #fault(change: KeyringChange): AuthorityCode | undefined {
    const { authority, environment, ledgerId } = this.#options;
    const { keyring } = authority;
    const { seal } = change;
    const key = keyring.enrolled(seal.keyId);
    if (key === undefined) return keyring.standing(seal.keyId) === 'retired' ? 'RETIRED_KEY' : 'UNKNOWN_KEY';
    if (!isSealedBy(KeyringChange, change, { publicKey: key.publicKey, place: 'seal' }))
      return 'BAD_SIGNATURE';
    if (seal.environment !== environment) return 'WRONG_ENVIRONMENT';
    if (seal.ledgerId !== ledgerId()) return 'WRONG_LEDGER';
    return keyring.refusal(keyringChangedBy(change));
  }
}
