import { z } from 'zod';
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

/** `over`: the condition no longer holds. `removed`: the device was removed. `gone`: the instance is gone. */
export const alertEndings = ['over', 'removed', 'gone'] as const;
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
  /** For a site incident and the fleet: the devices that are still lost. They have no alerts of their own meanwhile. */
  devices?: string[];
}

export const stateOf = (alert: Alert): AlertState => (alert.resolvedAt === undefined ? 'open' : 'resolved');

/** The public form, the same in REST and in events. */
export function shownAlert(alert: Alert) {
  const { id, alert: name, about, group, summary, details, openedAt, resolvedAt, ending, resolution, devices } = alert;
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
    ...(devices && { devices }),
  };
}

/** The runbook in docs/runbooks: `DeviceOffline` for `device_offline`. */
export const runbookOf = (alert: AlertName): string =>
  alert
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** Is this time zone known to the runtime? */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:30');
const end = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 22:00, or 24:00');
const span = z.tuple([time, end]).refine(([from, to]) => from !== to, 'must not be empty: all day is 00:00 to 24:00');
const spans = z.array(span).max(10).optional();
const moment = z.iso.datetime({ offset: true, error: 'must be a moment such as 2026-03-01T12:00:00Z' });
/** At most one day. */
const duration = z.int().min(0).max(86_400_000);

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** Local times of day. One that ends before it begins extends to the next day. A missing day has no hours. */
export const Hours = z.strictObject({
  mon: spans,
  tue: spans,
  wed: spans,
  thu: spans,
  fri: spans,
  sat: spans,
  sun: spans,
});
export type Hours = z.output<typeof Hours>;

/**
 * When to alert about a device. For each field, the most specific of the default, group and device policies applies.
 */
export const Policy = z.strictObject({
  timeZone: z.string().min(1).max(64).refine(isTimeZone, 'must be a time zone such as Europe/Madrid').optional(),
  hours: Hours.optional(),
  maintenance: z
    .array(
      z
        .strictObject({ from: moment, to: moment, note: z.string().max(256).optional() })
        .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ['to'], message: 'must be after from' }),
    )
    .max(50)
    .optional(),
  offlineAfterMs: duration.optional(),
  notOnAirAfterMs: duration.optional(),
  /** How long the condition must be gone before the alert is resolved. */
  recoverAfterMs: duration.optional(),
});
export type Policy = z.output<typeof Policy>;
