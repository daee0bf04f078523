import { Counter, Gauge, type Registry } from 'prom-client';
import type { Census, Gauges } from '../ports/metrics.ts';

/** Maximum number of values of a label with external input. */
const MAX_VALUES = 50;
const OTHER = '(other)';
const NONE = '(none)';

/** Gauges that are evaluated at each scrape. */
export function registerGauges(registry: Registry, gauges: Gauges, version: string): void {
  const registers = [registry];
  const fleet = oncePerScrape(() => gauges.fleet());
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

  by('status', 'devices', 'Devices by connection status.', () => ({ ...fleet().devices }));
  by('status', 'device_reports', 'Devices by freshness of their reports.', () => ({ ...fleet().reports }));
  by('status', 'devices_on_air', 'Devices by on-air status.', () => ({ ...fleet().onAir }));
  single(
    'devices_never_seen',
    'Provisioned devices that never connected; they count as offline.',
    () => fleet().neverSeen,
  );
  single('devices_silent', 'Online devices that send no state.', () => fleet().silent);
  new Gauge({
    name: 'vigia_group_devices',
    help: `Devices by group and status; the ${MAX_VALUES} largest groups, the others as ${OTHER}.`,
    labelNames: ['group', 'status'],
    registers,
    collect() {
      // Removes the values of groups that no longer exist.
      this.reset();
      const size = (counts: object) => Object.values(counts).reduce((sum, count) => sum + count, 0);
      for (const [group, counts] of largest(fleet().groups, size)) {
        for (const [status, count] of Object.entries(counts)) this.inc({ group, status }, count);
      }
    },
  });
  new Gauge({
    name: 'vigia_app_versions',
    help: `Devices by player version; the ${MAX_VALUES} most frequent, the others as ${OTHER}.`,
    labelNames: ['version'],
    registers,
    collect() {
      this.reset();
      for (const [version, count] of largest(fleet().appVersions, (it) => it)) this.inc({ version }, count);
    },
  });
  new Gauge({
    name: 'vigia_dependency_up',
    help: 'Whether a dependency is available (1) or not (0). Redis only in a cluster.',
    labelNames: ['dependency'],
    registers,
    collect() {
      for (const [dependency, isUp] of Object.entries(gauges.dependencies())) this.set({ dependency }, isUp ? 1 : 0);
    },
  });
  by('alert', 'alerts_open', 'Open alerts that this instance evaluates.', () => gauges.openAlerts());
  single('actors', 'Device actors in this process, including those at rest.', () => fleet().actors);
  single('commands_pending', 'Commands that have not ended yet.', () => gauges.pendingCommands());
  single('admins', 'Admin sockets.', () => gauges.admins());
  single('players', 'Player sockets.', () => gauges.players());
  by('of', 'store_backlog', 'Records waiting to be written to the database, by kind.', () =>
    Object.fromEntries(Object.entries(gauges.records()).map(([of, { backlog }]) => [of, backlog])),
  );
  new Counter({
    name: 'vigia_records_lost_total',
    help: 'Records that were dropped, by kind: the backlog was full, or the database rejected them.',
    labelNames: ['of'],
    registers,
    collect() {
      this.reset();
      for (const [of, { dropped }] of Object.entries(gauges.records())) this.inc({ of }, dropped);
    },
  });
  single('disk_free_bytes', 'Free space of the file system with DATA_DIR.', () => gauges.disk().freeBytes);
  single('disk_size_bytes', 'Size of the file system with DATA_DIR.', () => gauges.disk().sizeBytes);
  single('instances', 'Live instances of the cluster as seen by this one, including itself.', () => gauges.instances());
  new Gauge({
    name: 'vigia_build_info',
    help: 'Always 1; the labels hold the versions of vigia and Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);
}

/** A scrape evaluates all gauges in the same turn. */
function oncePerScrape(count: () => Census): () => Census {
  let counted: Census | undefined;
  return () => {
    if (!counted) {
      counted = count();
      queueMicrotask(() => {
        counted = undefined;
      });
    }
    return counted;
  };
}

/** The largest entries, `none` for an empty name, and the rest summed up. */
function* largest<T>(all: ReadonlyMap<string, T>, sizeOf: (value: T) => number): Generator<[name: string, value: T]> {
  const sorted = [...all].sort(([, one], [, other]) => sizeOf(other) - sizeOf(one));
  for (const [i, [name, value]] of sorted.entries()) yield [i >= MAX_VALUES ? OTHER : name || NONE, value];
}
