import type { ClientOrderId } from '../kernel/codec/brand.ts';

export interface KnownOrdersOptions {
  /** Orders that are remembered; more only while they are open. */
  readonly knownMax: number;
  /** Orders that are looked at, with each new one, for some that are over. */
  readonly looksMax: number;
  /** What is still open must not be forgotten, however old. */
  readonly isOpen: (id: ClientOrderId) => boolean;
}

/** Digest of the intent of every order seen, of which the oldest are forgotten once they are over. */
export class KnownOrders {
  readonly #options: KnownOrdersOptions;
  readonly #digests = new Map<ClientOrderId, string>();
  /** Goes over them in their order and is kept, since a map that is begun anew goes over all that has left it, too. */
  #oldest = this.#digests.entries();

  constructor(options: KnownOrdersOptions) {
    this.#options = options;
  }

  digestOf(id: ClientOrderId): string | undefined {
    return this.#digests.get(id);
  }

  remember(id: ClientOrderId, digest: string): void {
    const { knownMax, looksMax, isOpen } = this.#options;
    this.#digests.set(id, digest);
    for (let looks = 0; this.#digests.size > knownMax && looks < looksMax; looks += 1) {
      const [oldest, itsDigest] = this.#oldest.next().value ?? [];
      if (oldest === undefined || itsDigest === undefined) {
        this.#oldest = this.#digests.entries();
        continue;
      }
      this.#digests.delete(oldest);
      // To the back: its turn comes again when all others have had theirs.
      if (oldest === id || isOpen(oldest)) this.#digests.set(oldest, itsDigest);
    }
  }
}
