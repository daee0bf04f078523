import { dashboardFiles } from '../../scripts/dashboards/all.ts';

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: {
    defaults: {
      unit?: string;
      links?: { url: string }[];
      thresholds?: { steps: { color: string; value: number | null }[] };
    };
  };
  links?: { title: string; url: string }[];
  targets?: { expr?: string; rawSql?: string; legendFormat?: string }[];
}

export interface Variable {
  name: string;
  type: string;
  label?: string;
  datasource?: { type: string; uid: string };
  query: string | { query: string };
  current?: { value: string };
}

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  schemaVersion: number;
  links: { type: string; url?: string; tags?: string[] }[];
  templating: { list: Variable[] };
  panels: Panel[];
}

export const dashboards = dashboardFiles().map(({ file, text }) => ({ file, text, it: JSON.parse(text) as Dashboard }));

interface Query {
  where: string;
  text: string;
}

/** All queries of all panels. */
export function panelQueries(kind: 'expr' | 'rawSql'): Query[] {
  return dashboards.flatMap(({ file, it }) =>
    it.panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap((target) => (target[kind] ? [{ where: `${file}: ${title}`, text: target[kind] }] : [])),
    ),
  );
}

/** All queries for variables. */
export function variableQueries(from: 'prometheus' | 'postgres'): Query[] {
  return dashboards.flatMap(({ file, it }) =>
    it.templating.list
      .filter(({ type, datasource }) => type === 'query' && datasource?.uid === `\${${from}}`)
      .map(({ name, query }) => ({
        where: `${file}: $${name}`,
        text: typeof query === 'string' ? query : query.query,
      })),
  );
}

/** Replaces Grafana's placeholders: the device, and the visible time range. */
export function filledIn(sql: string, device: string, [from, to]: [from: number, to: number]): string {
  const values: Record<string, string> = { 'device:sqlstring': `'${device}'`, __from: `${from}`, __to: `${to}` };
  return sql.replace(/\$\{([\w:]+)\}/g, (whole, name) => values[name] ?? whole);
}
