import { Counter, Gauge, type Registry } from 'prom-client';
import type { Gauges } from '../ports/metrics.ts';

/** How many values a label from outside may have. */
const MAX_VALUES = 50;
const OTHER = '(other)';
const NONE = '(none)';

/** Figures that are read when Prometheus asks. */
export function registerGauges(registry: Registry, gauges: Gauges, version: string): void {
  const registers = [registry];
  const single = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `vigia_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const by = (label: string, name: string, help: string, read: () => Record<string, number>) =>
    new Gauge({
      name: `vigia_${name}`,
      help,
      labelNames: [label],
      registers,
      collect() {
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count);
      },
    });

  by('status', 'devices', 'Devices by the status of their connection.', () => ({ ...gauges.devices() }));
  by('status', 'device_reports', 'Devices by the freshness of their state.', () => ({ ...gauges.reports() }));
  by('status', 'devices_on_air', 'Devices by whether they are on air.', () => ({ ...gauges.onAir() }));
  single('devices_never_seen', 'Devices that were provisioned, and never came; they count as offline.', () =>
    gauges.neverSeen(),
  );
  single('devices_silent', 'Devices that are online, and yet send no state.', () => gauges.silent());
  new Gauge({
    name: 'vigia_group_devices',
    help: `Devices by group and status; the ${MAX_VALUES} largest groups, the others as ${OTHER}.`,
    labelNames: ['group', 'status'],
    registers,
    collect() {
      // A group that is gone is to leave no last value behind.
      this.reset();
      const size = (counts: object) => Object.values(counts).reduce((sum, count) => sum + count, 0);
      for (const [group, counts] of largest(gauges.groups(), size)) {
        for (const [status, count] of Object.entries(counts)) this.inc({ group, status }, count);
      }
    },
  });
  new Gauge({
    name: 'vigia_app_versions',
    help: `Devices by the version of their player; the ${MAX_VALUES} most frequent, the others as ${OTHER}.`,
    labelNames: ['version'],
    registers,
    collect() {
      this.reset();
      for (const [version, count] of largest(gauges.appVersions(), (it) => it)) this.inc({ version }, count);
    },
  });
  new Gauge({
    name: 'vigia_dependency_up',
    help: 'Whether the instance can use what it needs: 1, or 0 when it is away. Redis only in a cluster.',
    labelNames: ['dependency'],
    registers,
    collect() {
      for (const [dependency, isUp] of Object.entries(gauges.dependencies())) this.set({ dependency }, isUp ? 1 : 0);
    },
  });
  by('alert', 'alerts_open', 'Open alerts that this instance decides on.', () => gauges.openAlerts());
  single('actors', 'Device actors in this process.', () => gauges.actors());
  single('commands_pending', 'Commands that have not ended yet.', () => gauges.pendingCommands());
  single('admins', 'Admin sockets.', () => gauges.admins());
  single('players', 'Player sockets.', () => gauges.players());
  by('of', 'store_backlog', 'What waits to be written to the database, by what it is.', () =>
    Object.fromEntries(Object.entries(gauges.records()).map(([of, { backlog }]) => [of, backlog])),
  );
  new Counter({
    name: 'vigia_records_lost_total',
    help: 'What was given up instead of written, by what it is: too much waited, or the database refuses it.',
    labelNames: ['of'],
    registers,
    collect() {
      this.reset();
      for (const [of, { dropped }] of Object.entries(gauges.records())) this.inc({ of }, dropped);
    },
  });
  single('disk_free_bytes', 'What is free on the disk with DATA_DIR.', () => gauges.disk().freeBytes);
  single('disk_size_bytes', 'The size of the disk with DATA_DIR.', () => gauges.disk().sizeBytes);
  single('instances', 'Instances of the cluster that live, as this one sees it; itself included.', () =>
    gauges.instances(),
  );
  new Gauge({
    name: 'vigia_build_info',
    help: 'Always 1; the labels say what runs: the version of vigia, and of Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);
}

/** Under names that come from outside: the most important ones, `none` for no name, and the rest together. */
function* largest<T>(all: ReadonlyMap<string, T>, sizeOf: (value: T) => number): Generator<[name: string, value: T]> {
  const sorted = [...all].sort(([, one], [, other]) => sizeOf(other) - sizeOf(one));
  for (const [i, [name, value]] of sorted.entries()) yield [i >= MAX_VALUES ? OTHER : name || NONE, value];
}
