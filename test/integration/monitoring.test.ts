import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { defaultOptions } from '../../src/cli/simulator/options.ts';
import { startSimulator } from '../../src/cli/simulator/simulator.ts';
import { admin } from '../support/clients.ts';
import { filledIn, panelQueries, variableQueries } from '../support/dashboards.ts';
import { ownPostgres } from '../support/databases.ts';
import { makeGrafanaRole } from '../support/grafana-role.ts';
import { startMonitoring, until } from '../support/monitoring.ts';
import { startServer } from '../support/server.ts';

const METRICS_TOKEN = 'test-metrics-token';
const DEVICE = 'sim-0001';

const asked = (expression: string) =>
  expression
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$__range', '1m')
    .replaceAll(/\$(instance|group)/g, '.*');

test('M2 every query of the dashboards finds data: a real Prometheus and PostgreSQL, a server with simulated players', async () => {
  const databaseUrl = await (await ownPostgres()).createDatabase();
  const server = await startServer({ DATABASE_URL: databaseUrl, METRICS_TOKEN });
  const { query, labelValues } = await startMonitoring(`127.0.0.1:${server.port}`, METRICS_TOKEN);
  const simulator = startSimulator({
    ...defaultOptions,
    url: server.url,
    token: server.playerToken,
    devices: 12,
    rate: 12,
    groups: ['lobby', 'canteen'],
    // The device on the dashboard sends screenshots, and carries commands out at once.
    without: ['kept-pictures', 'busy-vlc'],
  });
  onTestFinished(() => simulator.stop());
  const socket = admin(server);
  await socket.emitWithAck('fleet:subscribe', { scope: { all: true }, encoding: 'deflate' });
  await until(() => simulator.stats().connected === 12);

  // Repeated occasional events, because rates cover only the last seconds.
  const work = setInterval(() => {
    for (const command of ['vlc:play', 'vlc:snapshot']) socket.emit('command:send', { all: true, command }, () => {});
    // Delayed ones may outlive the server.
    server.fetch('/api/v1/devices', { token: 'wrong' }).catch(() => {});
    server.call(`/devices/${DEVICE}/commands`, { command: 'vlc:explode' }).catch(() => {});
  }, 1000);
  onTestFinished(() => clearInterval(work));

  const waiting = new Map(panelQueries('expr').map((it) => [`${it.where}\n  ${it.text}`, asked(it.text)]));
  expect(waiting.size).toBeGreaterThan(50);
  const missing = async () => {
    for (const [name, expression] of waiting) if ((await query(expression)).length > 0) waiting.delete(name);
    return [...waiting.keys()];
  };
  await until(async () => (await missing()).length === 0).catch(async (error) => {
    // An invalid expression gives an error; one without data is listed.
    expect(await missing()).toEqual([]);
    throw error;
  });
  clearInterval(work);

  // The values of the variables, queried as Grafana does.
  const choices: Record<string, string[]> = {};
  for (const { where, text } of variableQueries('prometheus')) {
    const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(text) ?? [];
    choices[where] = await labelValues(metric, label);
  }
  // The label has no port.
  const [instances, groups] = [['127.0.0.1'], ['canteen', 'lobby']];
  expect(choices).toMatchObject({
    'grafana/dashboards/fleet.json: $instance': instances,
    'grafana/dashboards/fleet.json: $group': groups,
    'grafana/dashboards/server.json: $instance': instances,
  });
  for (const [where, values] of Object.entries(choices)) expect(values, where).not.toEqual([]);

  // The end of a connection belongs to a device's timeline, too.
  await simulator.stop();
  const client = new pg.Client({ connectionString: await makeGrafanaRole(databaseUrl) });
  await client.connect();
  onTestFinished(() => client.end());
  const shown: [number, number] = [Date.now() - 3_600_000, Date.now() + 60_000];
  const rows = async (sql: string) => (await client.query(filledIn(sql, DEVICE, shown))).rows;
  const empty: string[] = [];
  const look = async () => {
    empty.length = 0;
    for (const { where, text } of panelQueries('rawSql')) {
      const [first] = await rows(text);
      if (!first || Object.values(first).some((value) => value === null && /Online|On air$/.test(where)))
        empty.push(where);
    }
    return empty.length === 0;
  };
  await until(look).catch((error) => {
    expect(empty).toEqual([]);
    throw error;
  });
  const devices = Array.from({ length: 12 }, (_, i) => ({ id: `sim-${String(i + 1).padStart(4, '0')}` }));
  expect(variableQueries('postgres')).toHaveLength(1);
  for (const { text } of variableQueries('postgres')) expect(await rows(text)).toEqual(devices);
}, 180_000);

test('M3 the loss and the return of a killed instance are each reported once: Prometheus → Alertmanager → webhook', async () => {
  const server = await startServer({ METRICS_TOKEN });
  const monitoring = await startMonitoring(`127.0.0.1:${server.port}`, METRICS_TOKEN);
  const active = async () => {
    const alerts = await (await fetch(`${monitoring.alertmanager}/api/v2/alerts`)).json();
    return (alerts as { labels: { alertname: string } }[]).map(({ labels }) => labels.alertname);
  };
  // With all delays at one second, a busy machine raises other alerts, too.
  const told = () =>
    monitoring.notifications.filter(({ alerts }) => alerts.some(({ labels }) => labels.alertname === 'InstanceDown'));
  await until(async () => (await monitoring.query('up{job="vigia"} == 1')).length === 1);
  expect(await active()).not.toContain('InstanceDown');
  expect(told()).toEqual([]);

  await server.stop('SIGKILL');
  await until(async () => (await active()).includes('InstanceDown'));
  await until(() => told().length > 0);
  expect(told()).toHaveLength(1);
  const [first] = told();
  expect(first?.status).toBe('firing');
  expect(first?.alerts).toHaveLength(1);
  const [alert] = first?.alerts ?? [];
  // `docs` is only for the link, and no label of the alert.
  expect(alert?.labels).toEqual({
    alertname: 'InstanceDown',
    instance: '127.0.0.1',
    job: 'vigia',
    severity: 'critical',
  });
  expect(alert?.annotations.runbook_url).toBe('docs/runbooks/InstanceDown.md');

  await server.restart();
  await until(async () => !(await active()).includes('InstanceDown'));
  await until(() => told().length > 1);
  expect(told().map(({ status }) => status)).toEqual(['firing', 'resolved']);
});
