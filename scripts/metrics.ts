import { createMetrics } from '../src/adapters/prometheus.ts';
import { registerGauges } from '../src/adapters/prometheus-gauges.ts';
import type { Gauges } from '../src/ports/metrics.ts';

export interface MetricDescription {
  name: string;
  help: string;
  type: string;
  labels: string[];
}

/** Never called: only names, types and descriptions are read. */
const noGauges = {} as Gauges;

/** The metrics of `/metrics`, as the registry describes them. */
export function describeMetrics(): MetricDescription[] {
  const { registry } = createMetrics();
  registerGauges(registry, noGauges, '');
  return registry
    .getMetricsAsArray()
    .map((metric) => {
      // prom-client's metrics have label names, but the type of its list does not include them.
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
