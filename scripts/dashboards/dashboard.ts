import type * as grafana from '@grafana/schema';
import type { Link } from './links.ts';
import type { Panel } from './panels.ts';

export interface Dashboard {
  /** Part of its URL in Grafana. Never change it, since people keep links. */
  uid: string;
  title: string;
  description: string;
  /** Template variables. */
  variables: readonly Variable[];
  rows: readonly Row[];
  /** Initial start of the time range. */
  from?: string;
}

export interface Row {
  title: string;
  /** Links of each of its panels. */
  links: readonly Link[];
  panels: readonly Panel[];
}

export interface Variable {
  name: string;
  label: string;
  datasource: 'prometheus' | 'postgres';
  query: string;
  /** False: exactly one value. */
  multiple: boolean;
}

export const instance: Variable = {
  name: 'instance',
  label: 'Instance',
  datasource: 'prometheus',
  query: 'label_values(vigia_devices, instance)',
  multiple: true,
};

export const group: Variable = {
  name: 'group',
  label: 'Group',
  datasource: 'prometheus',
  query: 'label_values(vigia_group_devices, group)',
  multiple: true,
};

const SOURCES = { prometheus: 'prometheus', postgres: 'grafana-postgresql-datasource' } as const;
const COLUMNS = 24;

/** Defaults of a link. */
const LINK = {
  tags: [] as string[],
  icon: '',
  tooltip: '',
  asDropdown: false,
  includeVars: false,
  keepTime: false,
  targetBlank: false,
};

/** Renders the JSON of Grafana 11. */
export function render({ uid, title, description, variables, rows, from = 'now-6h' }: Dashboard): grafana.Dashboard {
  const used = new Set([
    ...variables.map((it) => it.datasource),
    ...rows.flatMap((row) => row.panels.map((it) => it.datasource)),
  ]);
  return {
    uid,
    title: `vigia · ${title}`,
    description,
    tags: ['vigia'],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from, to: 'now' },
    timezone: 'browser',
    links: [
      { ...LINK, type: 'dashboards', title: 'vigia', tags: ['vigia'], keepTime: true, includeVars: true },
      { ...LINK, type: 'link', title: 'Console', url: '$' + '{console}', targetBlank: true, icon: 'external link' },
    ],
    annotations: { list: [] },
    templating: {
      list: [
        ...[...used].map((name) => ({
          type: 'datasource' as const,
          name,
          label: name === 'prometheus' ? 'Metrics' : 'Database',
          query: SOURCES[name],
          // The uid in grafana/provisioning/datasources.
          current: { text: name, value: name },
          hide: 2,
        })),
        ...variables.map(renderVariable),
        { type: 'textbox', name: 'console', label: 'Console', query: 'http://localhost:3001', hide: 0 },
      ],
    },
    panels: layOut(rows),
  };
}

function renderVariable({ name, label, datasource, query, multiple }: Variable): grafana.VariableModel {
  return {
    type: 'query',
    name,
    label,
    datasource: reference(datasource),
    query: datasource === 'prometheus' ? { query, refId: name } : query,
    refresh: 2,
    sort: 1,
    multi: multiple,
    includeAll: multiple,
    ...(multiple && { allValue: '.*', current: { text: 'All', value: '$__all' } }),
  };
}

/** Places the panels in rows, from left to right. */
function layOut(rows: Dashboard['rows']): grafana.Dashboard['panels'] {
  const panels: NonNullable<grafana.Dashboard['panels']> = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { width, height, datasource, targets, ...panel } of row.panels) {
      if (x + width > COLUMNS) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      panels.push({
        id: panels.length + 1,
        ...panel,
        // Grafana's type requires properties of dashboard links that panel links do not have.
        links: [...row.links] as unknown as grafana.DashboardLink[],
        datasource: reference(datasource),
        gridPos: { x, y, w: width, h: height },
        targets: targets.map((target, i) => ({
          refId: String.fromCharCode(65 + i),
          datasource: reference(datasource),
          ...target,
        })),
      });
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  return panels;
}

const reference = (name: Variable['datasource']) => ({ type: SOURCES[name], uid: `\${${name}}` });
