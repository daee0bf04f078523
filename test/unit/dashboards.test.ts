import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeMetrics } from '../../scripts/metrics.ts';
import { dashboards } from '../support/dashboards.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe.each(dashboards)('$file', ({ it: dashboard, text }) => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test('M2 every panel has a description, a unit, and a data source', () => {
    for (const panel of panels) {
      expect(panel.description?.length, panel.title).toBeGreaterThan(15);
      expect(panel.fieldConfig?.defaults.unit, panel.title).toBeTruthy();
      // Selected by a variable, so that the dashboard works with any data source.
      expect(panel.datasource?.uid, panel.title).toMatch(/^\$\{(prometheus|postgres)\}$/);
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0);
    }
  });

  test('M2 thresholds increase, and at least one panel has some', () => {
    const limits = panels.map(({ title, fieldConfig }) => ({
      title,
      values: (fieldConfig?.defaults.thresholds?.steps ?? []).map(({ value }) => value),
    }));
    for (const { title, values } of limits) {
      // The first has no lower bound.
      if (values.length > 0) expect(values[0], title).toBeNull();
      const numbers = values.slice(1) as number[];
      expect(numbers, title).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(limits.some(({ values }) => values.length > 1)).toBe(true);
  });

  test('M2 ids are unique, and no panel overlaps another or leaves the page', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x}:${y}`), title).toBe(false);
          cells.add(`${x}:${y}`);
        }
      }
    }
  });

  test('M2 it links to the others and to the console, and declares every variable that it uses', () => {
    expect(dashboard.links.map(({ type, url, tags }) => url ?? `${type} ${tags}`)).toEqual([
      'dashboards vigia',
      '$' + '{console}',
    ]);
    const known = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = [...text.matchAll(/\$\{?([a-z]\w*)/g)].map((found) => found[1] as string);
    expect([...new Set(used)].filter((name) => !known.has(name))).toEqual([]);
  });
});

test('M2 every panel links on: to an existing dashboard, or to a page of the console', () => {
  const uids = dashboards.map(({ it }) => it.uid);
  const pages = readFileSync(`${root}/src/console/pages.ts`, 'utf8');
  for (const { it } of dashboards) {
    for (const { title, links = [], fieldConfig } of it.panels.filter(({ type }) => type !== 'row')) {
      expect(links.length, `${it.title}: ${title}`).toBeGreaterThan(0);
      for (const { url } of [...links, ...(fieldConfig?.defaults.links ?? [])]) {
        const [, uid, path] = /^(?:\/d\/([\w-]+)|\$\{console\}(\/[^?]*))/.exec(url) ?? [];
        if (uid) expect(uids, url).toContain(uid);
        else expect(pages, url).toContain(`path: '${path?.replace(/\$\{[^}]+\}/, ':id')}'`);
      }
    }
  }
});

test('M2 each dashboard has its own address and title, and there are no other files', () => {
  for (const key of ['uid', 'title'] as const) {
    expect(new Set(dashboards.map(({ it }) => it[key])).size).toBe(dashboards.length);
  }
  expect(readdirSync(`${root}/grafana/dashboards`).sort()).toEqual(
    dashboards.map(({ file }) => file.replace('grafana/dashboards/', '')).sort(),
  );
});

test('M2 dashboards use only exported metrics and recorded rules', () => {
  const rules = readFileSync(`${root}/grafana/prometheus/rules/recording.yml`, 'utf8');
  const recorded = new Set([...rules.matchAll(/- record: (\S+)/g)].map((it) => it[1]));
  const exported = new Set(describeMetrics().map(({ name }) => name));
  const expressions = dashboards.flatMap(({ it }) =>
    it.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr = '' }) => expr)),
  );
  const used = new Set(expressions.flatMap((expr) => expr.match(/\b(job|vigia_|nodejs_|process_)[\w:]*/g) ?? []));
  used.delete('job');
  expect(
    [...used].filter((name) => !recorded.has(name) && !exported.has(name.replace(/_(bucket|sum|count)$/, ''))),
  ).toEqual([]);
});

test('M1 every metric of vigia is on a dashboard or in a rule', () => {
  const rules = readFileSync(`${root}/grafana/prometheus/rules/recording.yml`, 'utf8');
  const shown = dashboards.map(({ text }) => text).join('') + rules;
  const own = describeMetrics()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('vigia_'));
  expect(own.filter((name) => !shown.includes(name))).toEqual([]);
});

test('M2 the data sources of the dashboards are provisioned', () => {
  const sources = readFileSync(`${root}/grafana/provisioning/datasources/vigia.yml`, 'utf8');
  for (const { it } of dashboards) {
    for (const { type, current } of it.templating.list) {
      if (type === 'datasource') expect(sources).toContain(`uid: ${current?.value}\n`);
    }
  }
});
