import { at, type Series } from '../statistics/series.ts';

/**
 * Of a series of returns, all that a study of overfitting takes: what it came to in each of a number of blocks, which
 * lie one behind the other and are as equal as can be. Any split of the blocks in two halves adds up from these, so the
 * study is one of single periods, however few or many there are.
 */
export interface BlockSums {
  /** Periods of each block. */
  readonly counts: readonly number[];
  readonly sums: readonly number[];
  /** Of the squares. */
  readonly squares: readonly number[];
}

/** 16 blocks make 12,870 splits. */
export const studyBlocks = 16;

/** Where a block begins, and the one before it ends; block `blocks` begins where the series ends. */
export function blockBegin(
  block: number,
  { length, blocks = studyBlocks }: { readonly length: number; readonly blocks?: number },
): number {
  return Math.floor((block * length) / blocks);
}

/** @param returns NaN counts as 0: nothing was held. */
export function blockSumsOf(returns: Series, { blocks = studyBlocks } = {}): BlockSums {
  const counts: number[] = [];
  const sums: number[] = [];
  const squares: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const from = blockBegin(block, { length: returns.length, blocks });
    const to = blockBegin(block + 1, { length: returns.length, blocks });
    let sum = 0;
    let square = 0;
    for (let row = from; row < to; row += 1) {
      const value = at(returns, row);
      if (Number.isNaN(value)) continue;
      sum += value;
      square += value * value;
    }
    counts.push(to - from);
    sums.push(sum);
    squares.push(square);
  }
  return { counts, sums, squares };
}
