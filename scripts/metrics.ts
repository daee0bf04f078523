import { createMetrics } from '../src/adapters/prometheus.ts';
import { registerGauges } from '../src/adapters/prometheus-gauges.ts';
import type { Gauges } from '../src/ports/metrics.ts';

export interface MetricDescription {
  name: string;
  help: string;
  type: string;
  labels: string[];
}

/** Nobody is asked for what they would say: only names, kinds and helps are looked at. */
const nobody = {} as Gauges;

/** All that `/metrics` tells, as the registry describes it. */
export function describeMetrics(): MetricDescription[] {
  const { registry } = createMetrics();
  registerGauges(registry, nobody, '');
  return registry
    .getMetricsAsArray()
    .map((metric) => {
      // Declared by prom-client's classes, but not by the type of its list.
      const { labelNames = [] } = metric as unknown as { labelNames?: readonly string[] };
      return {
        name: metric.name,
        help: metric.help,
        type: String(metric.type),
        labels: [...labelNames],
      };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function metricTable(isIncluded: (name: string) => boolean): string {
  const rows = describeMetrics()
    .filter(({ name }) => isIncluded(name))
    .map(
      ({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((it) => `\`${it}\``).join(' ')} | ${help.replaceAll('|', '\\|')} |`,
    );
  return ['| name | type | labels | description |', '|---|---|---|---|', ...rows].join('\n');
}
