import { AuthorityEvent, type KeyringChanged, type OperatorKey } from '../../protos/gen/authority.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { Sequence, TimestampUs } from '../kernel/codec/brand.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';
import type { ProjectionStore } from '../kernel/projection/projection-store.ts';
import { timeFields } from './plain-fields.ts';

/** Of risk's rows; older ones are in its journal only. */
const riskRowsKeptMax = 1_000;

interface AuthorityRow {
  readonly event: AuthorityEvent;
  readonly sequence: Sequence;
  readonly time: TimestampUs;
}

interface KnownKey {
  readonly name: string;
  readonly standing: 'enrolled' | 'retired';
  /** Market time of its last change; undefined for one that is trusted from the start. */
  readonly since: TimestampUs | undefined;
  /** Who signed the change. */
  readonly by: string;
  readonly reason: string;
}

/** What risk and execution made of all that claims a person's authority, and whose keys those are. */
export class AuthorityBook {
  readonly #store: ProjectionStore;
  readonly #trusted: readonly OperatorKey[];
  /** Oldest first; execution's are in the store. */
  #risk: AuthorityRow[] = [];

  constructor(options: { readonly store: ProjectionStore; readonly trustedKeys: readonly OperatorKey[] }) {
    this.#store = options.store;
    this.#trusted = options.trustedKeys;
  }

  /** A row of risk's journal. */
  take(row: AuthorityRow): void {
    this.#risk.push(row);
    if (this.#risk.length > riskRowsKeptMax) this.#risk.shift();
  }

  /** Risk's journal is read anew. */
  forget(): void {
    this.#risk = [];
  }

  /** Newest first, by market time. */
  view(limit: number): readonly JsonObject[] {
    const keys = this.#keys();
    const execution = this.#store.authorityRows(limit).map(({ payload, ...place }) => ({
      ...place,
      service: 'execution',
      event: AuthorityEvent.decode(payload),
    }));
    const risk = this.#risk.toReversed().map((row) => ({ ...row, service: 'risk' }));
    return [...execution, ...risk]
      .sort((one, other) => other.time - one.time)
      .slice(0, limit)
      .map(({ service, event, sequence, time }) => ({
        ...timeFields(time),
        service,
        sequence,
        ...outcomeOf(event.body),
        keyId: event.keyId,
        name: keys.get(event.keyId)?.name ?? null,
        type: event.type.split('.').at(-1) ?? '',
        subject: event.subject,
      }));
  }

  /** Who may sign and who no longer may, as execution keeps it. */
  keyring(): readonly JsonObject[] {
    const keys = this.#keys();
    return [...keys].map(([keyId, { since, by, ...key }]) => ({
      keyId,
      ...key,
      since: since === undefined ? 'the start' : timeFields(since).time,
      by: keys.get(by)?.name ?? by,
    }));
  }

  /** Whose key it is; the id itself when nobody has said it. */
  nameOf(keyId: string): string {
    return this.#keys().get(keyId)?.name ?? keyId;
  }

  #keys(): ReadonlyMap<string, KnownKey> {
    const keys = new Map<string, KnownKey>(
      this.#trusted.map(({ keyId, name }) => [
        keyId,
        { name, standing: 'enrolled', since: undefined, by: '', reason: '' },
      ]),
    );
    for (const { payload, time } of this.#store.keyringRows()) {
      const { body, keyId: by } = AuthorityEvent.decode(payload);
      if (body.case === 'keyringChanged') change(keys, body.value, { since: time, by });
    }
    return keys;
  }
}

function change(
  keys: Map<string, KnownKey>,
  { body }: KeyringChanged,
  place: { readonly since: TimestampUs; readonly by: string },
): void {
  switch (body.case) {
    case 'enrolled':
      keys.set(body.value.keyId, { name: body.value.name, standing: 'enrolled', reason: '', ...place });
      return;
    case 'retired': {
      const { keyId, reason } = body.value;
      keys.set(keyId, { name: keys.get(keyId)?.name ?? '', standing: 'retired', reason, ...place });
      return;
    }
    default:
      assertNever(body);
  }
}

function outcomeOf(body: AuthorityEvent['body']): JsonObject {
  switch (body.case) {
    case 'accepted':
      return { outcome: 'accepted' };
    case 'refused': {
      const { code, detail, leftOut } = body.value;
      return { outcome: 'refused', code, detail, leftOut };
    }
    case 'keyringChanged':
      return { outcome: 'keyringChanged', change: body.value.body.case, of: body.value.body.value.keyId };
    default:
      return assertNever(body);
  }
}
