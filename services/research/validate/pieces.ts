import { valueAt } from '../../../infra/config/describe-issues.ts';
import type { PartStore } from '../../../infra/run-store/part-store.ts';
import { sizesTried } from './capacity.ts';

/** Fills as modelled, halfway, and the worst that the data allow. */
export const pessimismTried = [0, 0.5, 1] as const;

/** One run of a validation, kept when it is done: killed at any moment, the next start goes on behind it. */
export interface Piece {
  /** The name that it is kept by. */
  readonly part: string;
  /** For people. */
  readonly what: string;
}

export const costPiece = (pessimism: number): Piece => ({
  part: `costs-${pessimism}`,
  what: `costs at pessimism ${pessimism}`,
});
export const sizePiece = (times: number): Piece => ({
  part: `size-${times}`,
  what: `${times} times the money`,
});
/** All runs of the check for look-ahead, shared out among so many pieces. */
export const cutShares = 4;

export const cutPiece = (number: number): Piece => ({
  part: `look-ahead-${number}`,
  what: `look-ahead, ${number} of ${cutShares}`,
});

/** In the order of their making. Of the larger sizes, some may turn out to tell nothing more. */
export const allPieces: readonly Piece[] = [
  ...pessimismTried.map(costPiece),
  ...sizesTried.slice(1).map(sizePiece),
  ...Array.from({ length: cutShares }, (_, place) => cutPiece(place + 1)),
];

/** What is there of a validation, in a folder of the data folder. */
export class KeptPieces {
  readonly #store: PartStore;
  readonly #done = new Set<string>();

  constructor(store: PartStore) {
    this.#store = store;
    for (const { part } of allPieces) if (store.load(part) !== undefined) this.#done.add(part);
  }

  get folder(): string {
    return this.#store.folder;
  }

  get done(): number {
    return this.#done.size;
  }

  /** Of those that were not made. */
  get missing(): readonly Piece[] {
    return allPieces.filter(({ part }) => !this.#done.has(part));
  }

  /** As an earlier start has kept it, or as it is made and kept now; undefined when it was given up. */
  async once<Made>(
    { part }: Piece,
    isMade: (value: unknown) => value is Made,
    make: () => Promise<Made | undefined>,
  ): Promise<Made | undefined> {
    const kept = this.#done.has(part) ? this.#store.load(part) : undefined;
    if (isMade(kept)) return kept;
    this.#done.delete(part);
    const made = await make();
    if (made === undefined) return undefined;
    this.#store.save(part, made);
    this.#done.add(part);
    return made;
  }
}

/** Of what was read back: it carries a digest, and its plan names the build that wrote it. */
export function hasKey<Made>(key: keyof Made & string): (value: unknown) => value is Made {
  return (value): value is Made => valueAt(value, [key]) !== undefined;
}
