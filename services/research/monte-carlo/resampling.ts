import type { RandomSource } from '../../../infra/feeds/random-source.ts';

/**
 * The stationary bootstrap (Politis and Romano 1994): draws positions of a record of `length` periods, going on with
 * the next one (from the last to the first) and beginning anew anywhere with probability 1/meanBlockLength. A mean of
 * 1 draws each by itself, as trades are drawn; longer ones keep what days owe to the days before them.
 */
export function createResampling(
  record: { readonly length: number; readonly meanBlockLength: number },
  random: Pick<RandomSource, 'uniform'>,
): () => number {
  const { length, meanBlockLength } = record;
  const anywhere = (): number => Math.floor(random.uniform() * length);
  if (meanBlockLength <= 1) return anywhere;
  const restart = 1 / meanBlockLength;
  let position = anywhere();
  return () => {
    const drawn = position;
    if (random.uniform() < restart) position = anywhere();
    else position = position + 1 === length ? 0 : position + 1;
    return drawn;
  };
}
