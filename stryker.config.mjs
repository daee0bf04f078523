// Mutation tests: `npm run mutation` (scripts/mutation.mjs), which chooses what to mutate.
// vitest.mutation.config.ts says which tests are run against each mutant.
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: ['machines/**/*.ts'],
  // Texts are for people, and a type is no behaviour.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  timeoutMS: 15_000,
  dryRunTimeoutMinutes: 20,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { logTests: false, reportTests: false, reportScoreTable: false },
  jsonReporter: { fileName: 'reports/mutation.json' },
  // Stryker would rewrite tsconfig.json with TypeScript's API, which version 7 does not have; nothing here needs that.
  tsconfigFile: 'none',
  tempDirName: '.stryker',
  ignorePatterns: ['dist', 'data', 'reports'],
  allowEmpty: false,
};
