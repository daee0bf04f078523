import type { AlertWork } from './alert-work.ts';
import type { ErrorCode } from './errors.ts';
import type { Tried } from './tried.ts';

/** All alerts, with their subject and severity. */
export const alerts = {
  device_offline: { about: 'device', severity: 'critical' },
  device_not_on_air: { about: 'device', severity: 'critical' },
  /** The device exceeds its limits and has to pause. */
  device_restricted: { about: 'device', severity: 'warning' },
  /** The device is lost repeatedly, and returns each time. */
  device_unstable: { about: 'device', severity: 'warning' },
  device_conflict: { about: 'device', severity: 'warning' },
  device_clock_off: { about: 'device', severity: 'warning' },
  device_disk_full: { about: 'device', severity: 'warning' },
  /** The device's reports are refused. */
  device_state_refused: { about: 'device', severity: 'warning' },
  /** The device does not reach its desired state, despite attempts. */
  device_not_as_desired: { about: 'device', severity: 'critical' },
  /** The device's actor failed too often. */
  device_actor_failed: { about: 'device', severity: 'critical' },
  /** Many devices of one group, or one address, were lost at about the same time. */
  site_incident: { about: 'site', severity: 'critical' },
  /** After the server was down for long, these players have stopped reconnecting. */
  fleet_not_returned: { about: 'fleet', severity: 'critical' },
  server_database_lost: { about: 'server', severity: 'critical' },
  server_disk_full: { about: 'server', severity: 'critical' },
  /** New devices are refused. */
  fleet_full: { about: 'server', severity: 'warning' },
} as const satisfies Record<
  string,
  { about: 'device' | 'site' | 'fleet' | 'server'; severity: 'critical' | 'warning' }
>;

export type AlertName = keyof typeof alerts;
export type AlertState = 'open' | 'resolved';

/** What was found when the alert opened; the fields depend on the kind. */
export interface AlertDetails {
  /** Since when the device is not connected or not on air, ISO 8601. */
  since?: string;
  /** The value of `connection.reason` or `onAir.why`. */
  reason?: string;
  /** The machines that use the id: address, hardware addresses and host name of each, as far as known. */
  places?: string[];
  skewMs?: number;
  /** Used share of the fullest disk, 0 to 1. */
  fullness?: number;
  /** The counts that led to the restriction. */
  evidence?: string;
  /** Losses in the last hour, and the share of it that the device was connected. */
  losses?: number;
  availability?: number;
  /**
   * The desired state, and the attempts as English text (`play 6 times: no answer`); `attempts` holds the same as data.
   */
  desired?: string;
  tried?: string[];
  attempts?: Tried[];
  /** Why the device's states are refused. */
  code?: ErrorCode;
  /** How many devices were lost together, or did not return. */
  lost?: number;
}

/**
 * `over`: the condition no longer holds. `removed`: the device was removed. `gone`: the instance is gone. `closed`: a
 * person closed it.
 */
export const alertEndings = ['over', 'removed', 'gone', 'closed'] as const;
export type AlertEnding = (typeof alertEndings)[number];

/** One alert. Times are milliseconds since the epoch. */
export interface Alert {
  /** Grows with time and is unique: receivers use it to drop duplicates. */
  id: string;
  alert: AlertName;
  /** The id of the device, `group NAME` or `address IP`, `fleet`, or the name of the instance. */
  about: string;
  /** The device's group when the alert opened. */
  group?: string | null;
  /** The `details` as an English sentence. */
  summary: string;
  details?: AlertDetails;
  openedAt: number;
  resolvedAt?: number;
  ending?: AlertEnding;
  /** How the alert ended, as an English sentence. */
  resolution?: string;
  /** Who closed it, if the ending is `closed`. */
  closedBy?: string;
  /** For a site incident and the fleet: the devices that are still lost. They have no alerts of their own meanwhile. */
  devices?: string[];
}

export const stateOf = (alert: Alert): AlertState => (alert.resolvedAt === undefined ? 'open' : 'resolved');

/** The public form, the same in REST, in the stream and in events. */
export function shownAlert(alert: Alert, work: AlertWork = {}) {
  const { id, alert: name, about, group, summary, details, openedAt, resolvedAt, devices } = alert;
  const { ending, resolution, closedBy } = alert;
  return {
    id,
    alert: name,
    severity: alerts[name].severity,
    state: stateOf(alert),
    about,
    ...(group && { group }),
    summary,
    ...(details && { details }),
    openedAt: new Date(openedAt).toISOString(),
    ...(resolvedAt !== undefined && { resolvedAt: new Date(resolvedAt).toISOString(), ending, resolution }),
    ...(closedBy !== undefined && { closedBy }),
    ...(devices && { devices }),
    ...work,
  };
}
export type ShownAlert = ReturnType<typeof shownAlert>;

/** The runbook in docs/runbooks: `DeviceOffline` for `device_offline`. */
export const runbookOf = (alert: AlertName): string =>
  alert
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
