import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/**
 * prom-client's default of 10 ms wakes the process a hundred times a second, a sixth of the CPU time of an idle server.
 */
const RESOLUTION_MS = 100;
const figures = ['min', 'max', 'mean', 'p50', 'p90', 'p99'] as const;
const nameOf = (figure: string) => `nodejs_eventloop_lag_${figure}_seconds`;

/** Replaces prom-client's event loop lag metrics, under the same names, with values of a coarser monitor. */
export function replaceEventLoopLag(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const gauges = figures.map((figure) => {
    const help = registry.getSingleMetric(nameOf(figure)) as unknown as { help: string };
    registry.removeSingleMetric(nameOf(figure));
    return new Gauge({
      name: nameOf(figure),
      help: help.help,
      registers: [registry],
      ...(figure === 'min' && { collect }),
    });
  });
  registry.removeSingleMetric(nameOf('stddev'));

  function collect(): void {
    const nanoseconds = [delay.min, delay.max, delay.mean, ...[50, 90, 99].map((it) => delay.percentile(it))];
    // Without a measurement, the minimum would be the largest possible number.
    const isEmpty = delay.count === 0;
    gauges.forEach((gauge, i) => {
      const seconds = (nanoseconds[i] as number) / 1e9 - RESOLUTION_MS / 1000;
      gauge.set(isEmpty ? 0 : Math.max(0, seconds));
    });
    delay.reset();
  }
}
