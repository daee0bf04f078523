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
  'test/integration/fielded-players.test.ts',
  'test/integration/vigia-cli.test.ts',
  'test/integration/rollouts.test.ts',
  'test/integration/process.test.ts',
  'test/integration/schedules.test.ts',
  'test/integration/backup.test.ts',
  'test/integration/cluster-chaos.test.ts',
  'test/integration/webhooks.test.ts',
  'test/integration/waiting-room.test.ts',
  'test/e2e/browser-player.test.ts',
  'test/integration/presence.test.ts',
  'test/integration/base-path.test.ts',
  'test/integration/client-admin.test.ts',
  'test/integration/start-failures.test.ts',
  'test/contract/state-store.test.ts',
  'test/integration/cluster-admin.test.ts',
  'test/e2e/console-operator.test.ts',
  'test/e2e/console-views.test.ts',
  'test/integration/alerts.test.ts',
  'test/integration/alert-work.test.ts',
  'test/integration/stall.test.ts',
  'test/integration/cluster-rivals.test.ts',
  'test/integration/install-page.test.ts',
  'test/integration/server-kill.test.ts',
  'test/integration/access.test.ts',
  'test/e2e/console-care.test.ts',
  'test/integration/installation.test.ts',
  'test/integration/desired.test.ts',
  'test/integration/versions.test.ts',
  'test/integration/client-why.test.ts',
  'test/integration/release.test.ts',
  'test/integration/database-kill.test.ts',
  'test/integration/history.test.ts',
  'test/integration/database-outage.test.ts',
  'test/integration/upgrade.test.ts',
  'test/integration/monitoring.test.ts',
  'test/integration/demo.test.ts',
  'test/e2e/console-wall.test.ts',
  'test/integration/client-player.test.ts',
  'test/integration/late-reports.test.ts',
  'test/integration/commands.test.ts',
  'test/integration/packages.test.ts',
  'test/property/desired.test.ts',
  'test/unit/simulator.test.ts',
  'test/property/hours.test.ts',
  'test/property/commands.test.ts',
  'test/property/field-commands.test.ts',
  'test/property/ticking.test.ts',
  'test/unit/http/routes.test.ts',
  'test/property/cluster.test.ts',
  'test/unit/alerts/delivery.test.ts',
  'test/unit/schedules/runs.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(project.config.root, moduleId));
      // Files that share processes come last and together: Vitest ends a process when the next file needs one of its own.
      return (project.config.isolate ? 0 : LONGEST.length + 1) + (at === -1 ? LONGEST.length : at);
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
