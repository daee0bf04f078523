import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const GRAFANA = fileURLToPath(new URL('../../grafana', import.meta.url));

/** A message of Alertmanager's webhook. */
export interface Notification {
  status: 'firing' | 'resolved';
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}

export interface Monitoring {
  prometheus: string;
  alertmanager: string;
  notifications: Notification[];
  /**
   * Evaluates an expression and returns its series.
   * @throws Prometheus's error message for an invalid expression
   */
  query(expression: string): Promise<{ metric: Record<string, string> }[]>;
  /** The query behind Grafana's `label_values(metric, label)`. */
  labelValues(metric: string, label: string): Promise<string[]>;
}

/**
 * The repository's own configuration in a real Prometheus and a real Alertmanager. Only addresses differ, and all
 * delays are one second.
 */
export async function startMonitoring(target: string, metricsToken: string): Promise<Monitoring> {
  const home = await temporaryDirectory();
  cpSync(GRAFANA, home, { recursive: true });
  const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
  const { url: webhook, notifications } = await startWebhook();

  writeFileSync(join(home, 'token'), metricsToken);
  edit(join(home, 'prometheus/prometheus.yml'), [
    [/(scrape|evaluation)_interval: 15s/g, '$1_interval: 1s'],
    ['/run/secrets/metrics_token', join(home, 'token')],
    ['n1:3001, n2:3001, n3:3001', target],
    [/alertmanager:9093/g, `127.0.0.1:${alertmanagerPort}`],
    ['localhost:9090', `127.0.0.1:${prometheusPort}`],
  ]);
  edit(join(home, 'prometheus/rules/alerts.yml'), [[/for: \d+m/g, 'for: 1s']]);
  edit(join(home, 'alertmanager/alertmanager.yml'), [
    [/group_(wait|interval): \w+/g, 'group_$1: 1s'],
    ['  - name: operators\n\n', `  - name: operators\n    webhook_configs:\n      - url: ${webhook}\n\n`],
  ]);

  run('prometheus-alertmanager', [
    `--config.file=${home}/alertmanager/alertmanager.yml`,
    `--storage.path=${home}/alertmanager-data`,
    `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
    '--cluster.listen-address=',
  ]);
  run('prometheus', [
    `--config.file=${home}/prometheus/prometheus.yml`,
    `--storage.tsdb.path=${home}/prometheus-data`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
  ]);
  const prometheus = `http://127.0.0.1:${prometheusPort}`;
  const alertmanager = `http://127.0.0.1:${alertmanagerPort}`;
  await until(async () => (await fetch(`${prometheus}/-/ready`)).ok && (await fetch(`${alertmanager}/-/ready`)).ok);

  return {
    prometheus,
    alertmanager,
    notifications,
    async query(expression) {
      const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { status, error, data } = (await answer.json()) as {
        status: string;
        error?: string;
        data: { result: { metric: Record<string, string> }[] };
      };
      if (status !== 'success') throw new Error(`${expression}: ${error}`);
      return data.result;
    },
    async labelValues(metric, label) {
      const answer = await fetch(`${prometheus}/api/v1/label/${label}/values?match[]=${encodeURIComponent(metric)}`);
      return ((await answer.json()) as { data: string[] }).data;
    },
  };
}

/** Polls until the condition is true; an exception counts as false. */
export async function until(isSo: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; ; await delay(200)) {
    const answer = await Promise.resolve()
      .then(isSo)
      .catch((error: Error) => error);
    if (answer === true) return;
    if (Date.now() > end) throw new Error(`condition not met within ${withinMs} ms`, { cause: answer });
  }
}

/** Replaces each text; throws if a text is missing. */
function edit(path: string, changes: [from: string | RegExp, to: string][]): void {
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${path} does not contain ${from}`);
    text = changed;
  }
  writeFileSync(path, text);
}

function run(program: string, args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  });
  return child;
}

async function startWebhook(): Promise<{ url: string; notifications: Notification[] }> {
  const notifications: Notification[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    notifications.push(JSON.parse(body));
    response.end();
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${port}/`, notifications };
}
