import fc from 'fast-check';

/** For mutation tests: property tests run as often as RUNS says, always with the same examples. */
fc.configureGlobal({ numRuns: Number(process.env.RUNS ?? 100), seed: 1 });
