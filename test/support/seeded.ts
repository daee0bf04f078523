/** Deterministic pseudo-random numbers below a limit. */
export function seeded(seed: number): (limit: number) => number {
  let random = seed >>> 0;
  return (limit) => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return (random >>> 16) % limit;
  };
}
