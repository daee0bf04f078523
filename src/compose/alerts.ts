import type { Logger } from 'pino';
import { createAlertLog } from '../adapters/database/alert-log.ts';
import type { Guard } from '../adapters/notifiers/guard.ts';
import { channelNotifiers, createNotifiers } from '../adapters/notifiers/notifiers.ts';
import { Alerts, type AlertsDeps, type Share } from '../alerts/alerts.ts';
import { DeviceEvents } from '../alerts/device-events.ts';
import type { Config } from '../config.ts';
import type { ChangeListener } from '../fleet/fleet.ts';
import type { Guards } from '../gateway/guards.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Alert } from '../protocol/alerts.ts';
import type { Storage } from './storage.ts';

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  storage: Storage;
  devices: AlertsDeps['devices'];
  guards: Guards;
  /** Where nothing may be sent. */
  guard: Guard;
  share: Share;
  alertChanged(alert: Alert): void;
}

/** The alerts and their notifications. */
export function alertsPart({ config, clock, log, metrics, storage, devices, guards, guard, share, ...deps }: Deps) {
  const { store, space, database } = storage;
  const changedDevices = new Set<string>();
  const events = new DeviceEvents({ clock, evidenceOf: (id) => guards.budgets.restrictionOf(id)?.evidence });
  const alerts = new Alerts({
    devices,
    changed: changedDevices,
    events,
    share,
    node: config.nodeId,
    faults: () => ({ server_database_lost: !store.healthy, server_disk_full: space.isLow, ...guards.faults() }),
    store,
    graceMs: config.offlineGraceMs,
    history: createAlertLog(database),
    notifiers: createNotifiers(config, clock),
    notifierOf: channelNotifiers(guard),
    alertChanged: deps.alertChanged,
    clock,
    log,
    metrics,
  });
  const changed: ChangeListener = ({ deviceId }, after, before) => {
    changedDevices.add(deviceId);
    events.changed(deviceId, after, before);
    const isNew = (kind: 'restricted' | 'conflict') => after?.connection[kind] && !before?.connection[kind];
    if (after && (isNew('restricted') || isNew('conflict'))) alerts.urgent(after);
  };
  return {
    alerts,
    changed,
    actorGaveUp: (deviceId: string) => alerts.actorGaveUp(deviceId),
    start: () => alerts.start(),
    stop: () => alerts.stop(),
  };
}
