import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as render } from '@evertdespiegeleer/go-template';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const chart = fileURLToPath(new URL('../../deploy/helm/vigia', import.meta.url));
const read = (path: string) => readFileSync(join(chart, path), 'utf8');
const kinds = { ConfigMap, Deployment, NetworkPolicy, PodDisruptionBudget, Service, StatefulSet };

// biome-ignore lint/suspicious/noExplicitAny: the assertions define its shape
type Resource = { kind: keyof typeof kinds; metadata: { name: string } } & Record<string, any>;

/** The chart as Helm renders it: it uses nothing but Go's own template functions. */
async function rendered(values: object = {}): Promise<Resource[]> {
  const { version, appVersion } = parse(read('Chart.yaml'));
  const context = {
    Values: { ...parse(read('values.yaml')), ...values },
    Release: { Name: 'signage', Namespace: 'screens' },
    Chart: { Version: version, AppVersion: appVersion },
  };
  const files = readdirSync(join(chart, 'templates')).filter((it) => it.endsWith('.yaml'));
  const texts = await Promise.all(files.map((it) => render(read(`templates/${it}`), context)));
  return texts.flatMap((text) => parseAllDocuments(text, { merge: true }).map((it) => it.toJS() as Resource));
}

const find = (all: readonly Resource[], kind: string, name: string) =>
  all.find((it) => it.kind === kind && it.metadata.name === name) as Resource;

test('M5 the Helm chart: every resource is valid in Kubernetes, and names are used once', async () => {
  const all = await rendered();
  // Throws if it does not match the schema of its kind.
  for (const it of all) new kinds[it.kind](it as never).validate();
  const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(names).toEqual([...new Set(names)]);
  expect(() =>
    new StatefulSet({ ...find(all, 'StatefulSet', 'signage'), spec: { replicas: '3' } } as never).validate(),
  ).toThrow();
});

test('M5 the Helm chart: three instances, checked, drained one at a time, and reached by HAProxy and Prometheus alone', async () => {
  const all = await rendered();
  const { spec } = find(all, 'StatefulSet', 'signage');
  const [container] = spec.template.spec.containers;
  expect(spec).toMatchObject({ replicas: 3, updateStrategy: { type: 'RollingUpdate' } });
  expect(container).toMatchObject({
    startupProbe: { httpGet: { path: '/readyz' } },
    livenessProbe: { httpGet: { path: '/healthz' } },
    readinessProbe: { httpGet: { path: '/readyz' } },
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
  });
  const env = new Map<string, string>(container.env.map((it: { name: string; value: string }) => [it.name, it.value]));
  expect(spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(Number(env.get('DRAIN_MS')));
  const { version } = JSON.parse(readFileSync(join(chart, '../../../package.json'), 'utf8'));
  expect(container.image).toMatch(new RegExp(`:${version}$`));
  for (const [kind, name, component] of [
    ['PodDisruptionBudget', 'signage', 'server'],
    ['PodDisruptionBudget', 'signage-haproxy', 'haproxy'],
  ] as const) {
    const labels = { 'app.kubernetes.io/component': component };
    expect(find(all, kind, name).spec).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: labels } });
  }
  const [{ from }] = find(all, 'NetworkPolicy', 'signage').spec.ingress;
  expect(from).toMatchObject([
    { podSelector: { matchLabels: { 'app.kubernetes.io/component': 'haproxy' } } },
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
  ]);
});

test('K8 the Helm chart: HAProxy is configured as deploy/haproxy.cfg, for any number of instances', async () => {
  const configured = async (instances: string[]): Promise<string> =>
    find(await rendered({ instances }), 'ConfigMap', 'signage-haproxy').data['haproxy.cfg'];
  const directives = (text: string) => text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const original = readFileSync(join(chart, '../../haproxy.cfg'), 'utf8');
  const address = (i: string) => `signage-${i}.signage-instances.screens.svc.cluster.local:3001`;
  const adapted = original
    .replace(/"\$\{VIGIA_BIND\}"/, ':3001')
    .replace(/"\$\{VIGIA_N(\d)\}"/g, (_, n) => address(String(n - 1)))
    .replace(/\bn([123])(?= |$)/gm, (_, n) => `signage-${n - 1}`);
  expect(directives(await configured(['0', '1', '2']))).toEqual(directives(adapted));
  expect((await configured(['0', '1', '2', '3', '4'])).match(/^ {2}server .*$/gm)).toHaveLength(10);
});
