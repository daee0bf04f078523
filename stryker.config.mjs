// Mutation tests: `npm run mutation`, or of some files `npm run mutation -- --mutate machines/keeper.ts`.
// Unit, property and contract tests alone are run against each mutant.
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.unit.config.ts' },
  mutate: ['machines/**/*.ts'],
  // Texts are for people, and a type is no behaviour.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 20,
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: 'reports/mutation.json' },
  // Stryker would rewrite tsconfig.json with TypeScript's API, which version 7 does not have; nothing here needs that.
  tsconfigFile: 'none',
  tempDirName: '.stryker',
  ignorePatterns: ['dist', 'data', 'reports'],
  allowEmpty: false,
};
