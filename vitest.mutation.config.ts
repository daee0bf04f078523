import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import unit from './vitest.unit.config.ts';

/** Most mutants are killed by the unit tests of their own file or room. Property tests take seconds. */
class LikeliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Stryker names the file that it mutates.
    const [mutated = ''] = (this.ctx.config as { related?: string[] }).related ?? [];
    const [file, room] = [`/${basename(mutated, '.ts')}.test.ts`, `/${basename(dirname(mutated))}/`];
    const rank = ({ moduleId }: TestSpecification) => {
      const isNear = moduleId.endsWith(file) ? 0 : moduleId.includes(room) ? 1 : 2;
      return (isNear + (moduleId.includes('/test/unit/') ? 0 : 3)) * 1e6 + statSync(moduleId).size;
    };
    return [...files].sort((a, b) => rank(a) - rank(b));
  }
}

/**
 * The unit and property tests of the rooms that decide, as scripts/mutation.mjs runs them. All others use these rooms,
 * too, and take ten times as long.
 */
export default defineConfig({
  test: {
    ...unit.test,
    include: [
      'test/unit/{machines,fleet,cluster,stream,desired,clock}/**/*.test.ts',
      'test/unit/{budgets,field-state,player-machine}.test.ts',
      'test/property/**/*.test.ts',
    ],
    // As other tests, with many players.
    exclude: ['test/property/desired-fleet.test.ts'],
    // They are loaded once: to load them for each file would take longer than to run them.
    // Where a mutant leaves a test waiting forever: the slowest of them takes two seconds.
    testTimeout: 30_000,
    setupFiles: ['test/support/fewer-runs.ts'],
    sequence: { sequencer: LikeliestFirst },
  },
});
