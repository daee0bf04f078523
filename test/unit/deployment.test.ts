import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DCLinter } from 'dclint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const compose = read('docker-compose.yml');
const all = (pattern: RegExp) => [...compose.matchAll(pattern)].map((it) => it[1] as string);

interface Service {
  image: string;
  build?: string;
  restart: string;
  healthcheck?: { test: string[] };
  depends_on?: string[] | Record<string, { condition: string }>;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
}
const { services, volumes } = parse(compose, { merge: true }) as Compose;

test.each(['docker-compose.yml', 'docker-compose.single.yml'])(
  'M5 %s conforms to the Compose specification',
  (file) => {
    const [result] = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] }).lintFiles(
      [join(root, file)],
      false,
    );
    // Its style rules on order and quotes do not apply here.
    const faults = result?.messages.filter(({ rule }: { rule: string }) =>
      /^(invalid|no-duplicate|no-version)/.test(rule),
    );
    expect(faults).toEqual([]);
  },
);

describe.each(Object.entries(services))('M5 compose: %s', (_, service) => {
  test('its image is ours or of one exact version', () => {
    // PostgreSQL's versions have two numbers.
    const pinned = /^postgres:\d+\.\d+(-|$)|:v?\d+\.\d+\.\d+(-|$)/;
    if (service.build === undefined) expect(service.image).toMatch(pinned);
    else expect(service.image).toBe('vigia');
  });

  test('it restarts, and has a health check', () => {
    // A one-time service.
    if (service.restart === 'on-failure') return expect(service.volumes).toHaveLength(1);
    expect(service.restart).toBe('unless-stopped');
    if (service.build === undefined) expect(service.healthcheck?.test[0]).toBe('CMD');
    else expect(read('Dockerfile')).toContain('\nHEALTHCHECK ');
  });

  test('its mounts exist, and files of the repository are read-only', () => {
    for (const volume of service.volumes ?? []) {
      const [from = '', , mode] = volume.split(':');
      if (from.startsWith('./')) {
        expect(existsSync(join(root, from)), volume).toBe(true);
        expect(mode, volume).toBe('ro');
      } else expect(Object.keys(volumes)).toContain(from);
    }
  });

  test('the services it depends on exist, and have a health check', () => {
    const { depends_on: waits = [] } = service;
    for (const name of Array.isArray(waits) ? waits : Object.keys(waits)) expect(services).toHaveProperty(name);
    if (Array.isArray(waits)) return;
    for (const [name, { condition }] of Object.entries(waits)) {
      expect(condition).toBe('service_healthy');
      expect(services[name]?.healthcheck ?? services[name]?.build).toBeDefined();
    }
  });
});

test('M5 compose: the three instances differ only in name and volume, and all references use these names', () => {
  const instances = Object.entries(services).filter(([, { build }]) => build !== undefined);
  expect(instances.map(([name]) => name)).toEqual(['n1', 'n2', 'n3']);
  const alike = instances.map(([name, { volumes: home, environment, ...rest }]) => {
    expect(home).toEqual([`${name}:/data`]);
    expect(environment?.NODE_ID).toBe(name);
    return { ...rest, environment: { ...environment, NODE_ID: '' } };
  });
  for (const it of alike) expect(it).toEqual(alike[0]);
  expect(Object.values(services.haproxy?.environment ?? {})).toEqual(['*:3001', 'n1:3001', 'n2:3001', 'n3:3001']);
  expect(read('grafana/prometheus/prometheus.yml')).toContain('targets: [n1:3001, n2:3001, n3:3001]');
});

test('M5 compose: services without a password can be reached only from this machine', () => {
  const open = Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
  expect(open).toEqual([
    'haproxy 3001:3001',
    'prometheus 127.0.0.1:9090:9090',
    'alertmanager 127.0.0.1:9093:9093',
    'grafana 127.0.0.1:3000:3000',
  ]);
});

test('M5 compose: no password and no token has a default, and make-env generates each of them, once', async () => {
  const secrets = [...new Set(all(/\$\{(\w*(?:PASSWORD|TOKEN))/g))];
  for (const name of secrets) expect(compose).not.toMatch(new RegExp(`\\$\\{${name}(?!:\\?)`));
  const file = join(await temporaryDirectory(), '.env');
  execFileSync(join(root, 'scripts/make-env.sh'), [file]);
  const written = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('='));
  expect(written.map(([name]) => name).sort()).toEqual(secrets.sort());
  expect(new Set(written.map(([, value]) => value)).size).toBe(written.length);
  for (const [name, value] of written) expect(value, name).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(spawnSync(join(root, 'scripts/make-env.sh'), [file]).status).toBe(1);
  expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toContain('.env');
});

test('operations: every linked page exists', () => {
  const text = readFileSync(join(root, 'docs/OPERATIONS.md'), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)]+)\)/g)].map((it) =>
    join(root, 'docs', (it[1] as string).split('#')[0] as string),
  );
  expect(targets.filter((path) => !existsSync(path))).toEqual([]);
});

test('the image contains what the build needs, runs without privileges, and has a health check', () => {
  const dockerfile = read('Dockerfile');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((it) => (it[1] as string).split(' '));
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const needed of scripts.build?.match(/[\w./-]+\.(json|mjs)/g) ?? []) {
    expect(
      copied.some((it) => needed === it || needed.startsWith(`${it}/`)),
      needed,
    ).toBe(true);
  }
  const ignored = read('.dockerignore').split('\n');
  expect(ignored[0]).toBe('*');
  for (const path of copied) {
    expect(existsSync(join(root, path)), path).toBe(true);
    expect(ignored, path).toContain(`!${path}`);
  }
  const [, last = ''] = dockerfile.split(/(?=\nFROM [^\n]+\nENV)/);
  expect(last).toMatch(/\nUSER node\n[\s\S]*\nHEALTHCHECK [\s\S]*\nCMD \["node", "dist\/src\/main.js"\]/);
});

test('PM2: the file starts the built server, in one process with enough time to stop', () => {
  const file = join(root, 'deploy/ecosystem.config.cjs');
  const { apps } = createRequire(file)(file) as { apps: Record<string, unknown>[] };
  expect(apps).toHaveLength(1);
  const [app = {}] = apps;
  expect(join(app.cwd as string, '/')).toBe(root);
  expect(app).toMatchObject({ script: 'dist/src/main.js', exec_mode: 'fork', instances: 1 });
  expect(app.kill_timeout).toBeGreaterThan(10_000);
});
