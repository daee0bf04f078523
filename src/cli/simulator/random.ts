/** A random number in [0, 1). */
export type Random = () => number;

/** The mulberry32 generator: small, fast, and deterministic on all platforms. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A random integer from min to max, inclusive. */
export const between = (random: Random, min: number, max: number) => min + Math.floor(random() * (max - min + 1));

export const pick = <T>(random: Random, from: readonly [T, ...T[]]): T =>
  from[between(random, 0, from.length - 1)] as T;
