import { createRandomSource } from '../../infra/feeds/random-source.ts';

/** Returns of nothing but chance: mean 0, deviation 1%. */
export function noise(length: number, ...keys: readonly (string | number)[]): Float64Array {
  const random = createRandomSource('noise', ...keys);
  return Float64Array.from({ length }, () => random.bell() / 100);
}
