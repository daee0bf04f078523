import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The slowest test files, slowest first: if one of them started last, it would run alone at the end. The others follow
 * by size.
 */
const LONGEST = [
  'test/integration/cluster-failure.test.ts',
  'test/integration/alerts-server.test.ts',
  'test/integration/cluster-rolling.test.ts',
  'test/integration/process.test.ts',
  'test/integration/fielded-players.test.ts',
  'test/integration/database-kill.test.ts',
  'test/integration/cluster-rivals.test.ts',
  'test/integration/presence.test.ts',
  'test/e2e/console-care.test.ts',
  'test/integration/stream.test.ts',
  'test/integration/client-admin.test.ts',
  'test/integration/waiting-room.test.ts',
  'test/integration/server-kill.test.ts',
  'test/integration/cluster-admin.test.ts',
  'test/integration/alerts.test.ts',
  'test/integration/monitoring.test.ts',
  'test/integration/cluster-chaos.test.ts',
  'test/integration/client-player.test.ts',
  'test/e2e/console-wall.test.ts',
  'test/integration/demo.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(project.config.root, moduleId));
      return at === -1 ? LONGEST.length : at;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
