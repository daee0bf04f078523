import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeMetrics } from '../../scripts/metrics.ts';
import { type AlertName, runbookOf, alerts as serverAlerts } from '../../src/protocol/alerts.ts';
import { startAlertmanager } from '../support/alertmanager.ts';
import { dashboards } from '../support/dashboards.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const prometheus = `${root}/grafana/prometheus`;
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((it) => it[1] as string);

const alerts = [...new Set(all(read('grafana/prometheus/rules/alerts.yml'), /- alert: (\w+)/g))];
/** One for each alert of Prometheus and of the server; some are shared. */
const pages = [...new Set([...alerts, ...(Object.keys(serverAlerts) as AlertName[]).map(runbookOf)])];
const testFiles = readdirSync(`${prometheus}/tests`);
const tests = testFiles.map((file) => read(`grafana/prometheus/tests/${file}`)).join('\n');

/** Throws an error with the tool's output. */
function run(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', cwd: `${prometheus}/tests`, stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
  }
}

test('M3 promtool accepts the configuration and the rules, amtool that of Alertmanager', () => {
  run('promtool', 'check', 'config', '--syntax-only', '../prometheus.yml');
  run('promtool', 'check', 'rules', '../rules/recording.yml', '../rules/alerts.yml');
  run('amtool', 'check-config', '../../alertmanager/alertmanager.yml');
});

test('M3 promtool’s tests of the rules pass', () => {
  const said = run('promtool', 'test', 'rules', ...testFiles);
  expect(said.match(/SUCCESS/g)).toHaveLength(testFiles.length);
  // Hours of samples take seconds to evaluate, and longer on a busy machine.
});

describe.each(alerts)('%s', (alert) => {
  test('M3 is tested with a case that fires and one that does not', () => {
    expect(tests).toMatch(new RegExp(`- name: '${alert} fires: `));
    expect(tests).toMatch(new RegExp(`- name: '${alert} does not fire: `));
  });

  test('M3 has a severity and a description, and links to a runbook in the repository', () => {
    const rules = read('grafana/prometheus/rules/alerts.yml').split(/(?=- alert: )/);
    for (const rule of rules.filter((it) => it.startsWith(`- alert: ${alert}\n`))) {
      expect(rule).toMatch(/severity: (critical|warning)/);
      for (const key of ['for', 'summary', 'description']) expect(rule).toMatch(new RegExp(`\\n +${key}: `));
      expect(rule).toContain(`runbook_url: '{{ $externalLabels.docs }}/runbooks/${alert}.md'`);
    }
    const page = read(`docs/runbooks/${alert}.md`);
    for (const title of [`# ${alert}`, '## What it means', '## What to check', '## What to do']) {
      expect(page).toContain(`${title}\n`);
    }
  });
});

test('M3 each of the server’s own alerts has a runbook, too, and all of them are listed', () => {
  const operations = read('docs/OPERATIONS.md');
  for (const name of pages) {
    for (const title of [`# ${name}`, '## What it means', '## What to check', '## What to do']) {
      expect(read(`docs/runbooks/${name}.md`)).toContain(`${title}\n`);
    }
    expect(operations).toContain(`(runbooks/${name}.md)`);
  }
});

test('M3 there are no runbooks of removed alerts and no broken links', () => {
  const files = readdirSync(`${root}/docs/runbooks`);
  expect(files.map((it) => it.replace('.md', '')).sort()).toEqual(pages.sort());
  for (const page of files) {
    for (const target of all(read(`docs/runbooks/${page}`), /\]\((\w+\.md)\)/g)) {
      expect(existsSync(`${root}/docs/runbooks/${target}`), `${page} → ${target}`).toBe(true);
    }
  }
});

test('M3 panels mentioned in a runbook are on that dashboard', () => {
  const titles = new Map(
    dashboards.map(({ it }) => [it.title.replace('vigia · ', ''), it.panels.map((it) => it.title)]),
  );
  const named = pages.flatMap((page) =>
    [...read(`docs/runbooks/${page}.md`).matchAll(/\*(\w+)\*(?: dashboard)?(?: of one of them)?, ?“([^”]+)”/g)].map(
      ([, dashboard = '', panel = '']) => ({ page, dashboard, panel }),
    ),
  );
  expect(named.length).toBeGreaterThan(15);
  for (const { page, dashboard, panel } of named) expect(titles.get(dashboard), page).toContain(panel);
});

test('M3 alerts implied by a worse one, or reported more precisely by the server, are suppressed', async () => {
  const alertmanager = await startAlertmanager(read('grafana/alertmanager/alertmanager.yml'));
  const raise = (...labels: object[]) =>
    fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(labels.map((it) => ({ labels: it }))),
    });
  const n1 = { instance: 'n1', job: 'vigia' };
  await raise(
    { alertname: 'VigiaDeviceOffline', device: 'a' },
    // In an otherwise healthy fleet.
    { alertname: 'DeviceOffline', job: 'quiet' },
    { alertname: 'VigiaDeviceConflict', device: 'a' },
    { alertname: 'DeviceConflict', job: 'vigia' },
    { alertname: 'VigiaServerDatabaseLost', instance: 'n1' },
    { alertname: 'DatabaseAway', ...n1 },
    { alertname: 'DatabaseAway', job: 'vigia', instance: 'n2' },
    { alertname: 'BacklogGrowing', ...n1 },
    { alertname: 'ManyDevicesLost', job: 'vigia' },
    { alertname: 'FleetOffline', job: 'vigia' },
    { alertname: 'FleetOffline', job: 'another fleet' },
    { alertname: 'CommandErrorBudgetBurn', severity: 'critical', job: 'third' },
    { alertname: 'CommandErrorBudgetBurn', severity: 'warning', job: 'third' },
  );
  const told = async () => {
    const known = (await alertmanager.alerts()).filter(({ status }) => status.state !== 'unprocessed');
    expect(known).toHaveLength(13);
    return known
      .filter(({ status }) => status.state === 'active')
      .map(({ labels: { alertname, severity, instance, job, device } }) =>
        [alertname, severity ?? instance ?? job ?? device].join(' '),
      )
      .sort();
  };
  await expect
    .poll(told)
    .toEqual([
      'CommandErrorBudgetBurn critical',
      'DatabaseAway n2',
      'FleetOffline another fleet',
      'ManyDevicesLost vigia',
      'VigiaDeviceConflict a',
      'VigiaDeviceOffline a',
      'VigiaServerDatabaseLost n1',
    ]);
});

test('M3 rules use only exported metrics', () => {
  const known = new Set(describeMetrics().map(({ name }) => name));
  const rules = read('grafana/prometheus/rules/recording.yml') + read('grafana/prometheus/rules/alerts.yml');
  const used = new Set(all(rules, /(?<![\w:])((?:vigia|nodejs|process)_\w+)/g));
  expect([...used].filter((name) => !known.has(name.replace(/_(bucket|sum|count)$/, '')))).toEqual([]);
  expect(used.size).toBeGreaterThan(10);
});
