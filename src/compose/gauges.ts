import type { Registry } from 'prom-client';
import { registerGauges } from '../adapters/prometheus-gauges.ts';
import type { Alerts } from '../alerts/alerts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { census } from '../fleet/census.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { FleetPart } from './fleet.ts';
import type { Sockets } from './sockets.ts';
import type { Storage } from './storage.ts';

interface Deps {
  version: string;
  registry: Registry;
  storage: Storage;
  sockets: Sockets;
  fleet: FleetPart;
  cluster: Cluster | undefined;
  alerts: Alerts;
  webhooks: Pick<Webhooks, 'records'>;
  nodes(): readonly string[];
}

/** Registers the gauges that `/metrics` reads from the parts. */
export function readGauges({
  version,
  registry,
  storage,
  sockets,
  fleet,
  cluster,
  alerts,
  webhooks,
  nodes,
}: Deps): void {
  const { store, journal, audit, periods, space } = storage;
  const gauges = {
    fleet: () => census(fleet.fleet),
    dependencies: () => ({ database: store.healthy, ...(cluster && { redis: cluster.isReachable }) }),
    pendingCommands: () => fleet.ledger.pendingCount,
    admins: () => sockets.admins.sockets.size,
    players: () => sockets.players.sockets.size,
    records: () => ({ records: store, changes: journal, audit, periods, events: webhooks.records }),
    disk: () => space,
    instances: () => nodes().length,
    openAlerts: () => alerts.open,
  };
  registerGauges(registry, gauges, version);
}
