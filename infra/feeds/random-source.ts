/**
 * A small seeded generator (xoshiro128**, Blackman and Vigna 2018, seeded by a 32-bit FNV-1a hash through splitmix32).
 * It and all that is made of it use only exact integer operations, + - * / and square roots, which IEEE 754 fixes to
 * the last bit: a seed gives the same market on every machine.
 */
export interface RandomSource {
  /** In [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** Mean 0, variance 1, within ±3.5: the sum of four uniforms, close enough to a bell for a market. */
  bell(): number;
}

/** Independent streams for different keys. */
export function createRandomSource(...keys: readonly (string | number)[]): RandomSource {
  let seed = hash(keys.join('/'));
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];

  function splitmix(): number {
    seed = (seed + 0x9e3779b9) | 0;
    let mixed = seed ^ (seed >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  }

  function uniform(): number {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled / 4_294_967_296;
  }

  // Four uniforms have variance 4/12.
  const bell = (): number => (uniform() + uniform() + uniform() + uniform() - 2) * bellScale;
  return { uniform, bell };
}

const bellScale = Math.sqrt(3);

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return state;
}
