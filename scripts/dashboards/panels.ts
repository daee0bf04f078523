import {
  FieldColorModeId,
  type Panel as GrafanaPanel,
  MappingType,
  type Threshold,
  ThresholdsMode,
} from '@grafana/schema';
import type { Link } from './links.ts';

/** A panel without its position and id. */
export interface Panel {
  type: string;
  title: string;
  description: string;
  datasource: 'prometheus' | 'postgres';
  width: number;
  height: number;
  targets: readonly Record<string, unknown>[];
  fieldConfig: GrafanaPanel['fieldConfig'];
  options: Record<string, unknown>;
}

type Queries = Record<string, string>;
/** Thresholds for orange and red. `worse: 'below'`: values below them are bad. */
interface Limits {
  orange: number;
  red: number;
  worse?: 'below';
}
interface PanelOptions {
  /** Target of a click. */
  opens?: Link;
  unit: string;
  /** Out of 24 columns. */
  width?: number;
  limits?: Limits;
  stacked?: boolean;
  min?: number;
  max?: number;
}

/** A time series. `queries` by legend, which may contain labels: `{{instance}}`. */
export function lines(title: string, description: string, queries: Queries, options: PanelOptions): Panel {
  return {
    type: 'timeseries',
    title,
    description,
    datasource: 'prometheus',
    width: options.width ?? 12,
    height: 8,
    targets: Object.entries(queries).map(([legendFormat, expr]) => ({ expr, legendFormat, range: true })),
    fieldConfig: fields(options, {
      lineWidth: 1,
      fillOpacity: options.stacked ? 40 : 8,
      showPoints: 'never',
      stacking: { mode: options.stacked ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: options.limits ? 'dashed' : 'off' },
    }),
    options: {
      legend: { displayMode: 'table', placement: 'right', calcs: ['lastNotNull', 'max'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** The current value. */
export function number(title: string, description: string, expr: string, options: PanelOptions): Panel {
  return {
    type: 'stat',
    title,
    description,
    datasource: 'prometheus',
    width: options.width ?? 4,
    height: 4,
    targets: [{ expr, legendFormat: title, instant: true }],
    fieldConfig: fields(options),
    options: {
      reduceOptions: { calcs: ['lastNotNull'] },
      colorMode: options.limits ? 'value' : 'none',
      graphMode: 'none',
    },
  };
}

/** A bar for the current value of each label. */
export function bars(title: string, description: string, queries: Queries, options: PanelOptions): Panel {
  return {
    type: 'bargauge',
    title,
    description,
    datasource: 'prometheus',
    width: options.width ?? 12,
    height: 8,
    targets: Object.entries(queries).map(([legendFormat, expr]) => ({ expr, legendFormat, instant: true })),
    fieldConfig: fields(options),
    options: { orientation: 'horizontal', displayMode: 'basic', reduceOptions: { calcs: ['lastNotNull'] } },
  };
}

/** The buckets of a histogram over time. */
export function heatmap(title: string, description: string, expr: string, options: PanelOptions): Panel {
  return {
    type: 'heatmap',
    title,
    description,
    datasource: 'prometheus',
    width: options.width ?? 12,
    height: 8,
    targets: [{ expr, legendFormat: '{{le}}', format: 'heatmap', range: true }],
    fieldConfig: fields(options),
    options: { calculate: false, yAxis: { unit: options.unit }, color: { scheme: 'Oranges', mode: 'scheme' } },
  };
}

/** A state timeline. The SQL selects `time` and a text. */
export function bands(title: string, description: string, rawSql: string, colors: Record<string, string> = {}): Panel {
  return {
    ...fromDatabase(title, description, rawSql, 'state-timeline'),
    height: 5,
    fieldConfig: {
      defaults: {
        unit: 'string',
        custom: { fillOpacity: 80, lineWidth: 0 },
        mappings: [
          {
            type: MappingType.ValueToText,
            options: Object.fromEntries(Object.entries(colors).map(([text, color]) => [text, { text, color }])),
          },
        ],
      },
      overrides: [],
    },
    options: {
      showValue: 'auto',
      mergeValues: true,
      rowHeight: 0.9,
      legend: { displayMode: 'list', placement: 'bottom' },
    },
  };
}

/** A table of database rows; `units` by column. */
export function table(title: string, description: string, rawSql: string, units: Record<string, string> = {}): Panel {
  return {
    ...fromDatabase(title, description, rawSql, 'table'),
    fieldConfig: {
      defaults: { unit: 'none', custom: { align: 'auto' } },
      overrides: Object.entries(units).map(([name, unit]) => ({
        matcher: { id: 'byName', options: name },
        properties: [{ id: 'unit', value: unit }],
      })),
    },
    options: { showHeader: true, cellHeight: 'sm' },
  };
}

/** A single value from the database. */
export function databaseNumber(title: string, description: string, rawSql: string, options: PanelOptions): Panel {
  return {
    ...fromDatabase(title, description, rawSql, 'stat'),
    width: options.width ?? 6,
    height: 4,
    fieldConfig: fields(options),
    options: {
      reduceOptions: { calcs: ['lastNotNull'] },
      colorMode: options.limits ? 'value' : 'none',
      graphMode: 'none',
    },
  };
}

function fromDatabase(title: string, description: string, rawSql: string, type: string) {
  const targets = [{ rawSql, format: 'table', rawQuery: true, editorMode: 'code' }];
  return { type, title, description, datasource: 'postgres' as const, width: 24, height: 8, targets };
}

function fields(
  { unit, limits, min, max, opens }: PanelOptions,
  custom: Record<string, unknown> = {},
): GrafanaPanel['fieldConfig'] {
  // Time series keep their own colors; their thresholds are dashed lines.
  const isColored = limits !== undefined && Object.keys(custom).length === 0;
  const defaults = {
    unit,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    color: { mode: isColored ? FieldColorModeId.Thresholds : FieldColorModeId.PaletteClassic },
    thresholds: { mode: ThresholdsMode.Absolute, steps: steps(limits) },
    ...(opens && { links: [opens] }),
    custom,
  };
  return { defaults, overrides: [] };
}

function steps(limits: Limits | undefined): Threshold[] {
  if (!limits) return [{ color: 'green', value: null }];
  const { orange, red, worse } = limits;
  if (worse === 'below') {
    return [
      { color: 'red', value: null },
      { color: 'orange', value: red },
      { color: 'green', value: orange },
    ];
  }
  return [
    { color: 'green', value: null },
    { color: 'orange', value: orange },
    { color: 'red', value: red },
  ];
}
