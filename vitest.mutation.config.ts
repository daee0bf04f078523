import { statSync } from 'node:fs';
import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import unit from './vitest.unit.config.ts';

/** Most mutants are killed by a small unit test: property tests take seconds. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      statSync(moduleId).size * (moduleId.includes('/test/unit/') ? 1 : 1000);
    return [...files].sort((a, b) => rank(a) - rank(b));
  }
}

/** The tests of vitest.unit.config.ts, as scripts/mutation.mjs runs them. */
export default mergeConfig(
  unit,
  defineConfig({
    test: {
      // Those that read the sources find no mutant by what it does.
      exclude: [...configDefaults.exclude, '**/architecture*.test.ts'],
      // They are loaded once: to load them for each file would take longer than to run them.
      isolate: false,
      setupFiles: ['test/support/fewer-runs.ts'],
      sequence: { sequencer: QuickestFirst },
    },
  }),
);
