import { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import type { Tried } from './tried.ts';

/** Every alert there is: what it is about, and how urgent. */
export const alerts = {
  device_offline: { about: 'device', severity: 'critical' },
  device_not_on_air: { about: 'device', severity: 'critical' },
  /** It does too much, and has to pause. */
  device_restricted: { about: 'device', severity: 'warning' },
  /** It is lost again and again, and comes back each time. */
  device_unstable: { about: 'device', severity: 'warning' },
  device_conflict: { about: 'device', severity: 'warning' },
  device_clock_off: { about: 'device', severity: 'warning' },
  device_disk_full: { about: 'device', severity: 'warning' },
  /** What it reports is refused. */
  device_state_refused: { about: 'device', severity: 'warning' },
  /** It does not become as it is wanted, whatever was tried. */
  device_not_as_desired: { about: 'device', severity: 'critical' },
  /** Its actor failed too often. */
  device_actor_failed: { about: 'device', severity: 'critical' },
  /** Many devices of one group, or one address, were lost at about the same time. */
  site_incident: { about: 'site', severity: 'critical' },
  /** The server was away for so long that these players gave up. */
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

/** What was found when an alert opened: of each kind what is its own. */
export interface AlertDetails {
  /** Not connected, not on air: since when, ISO 8601. */
  since?: string;
  /** Why, as `connection.reason` and `onAir.why` say it. */
  reason?: string;
  /** The machines that use one id: address, hardware addresses, host name of each, as far as they are known. */
  places?: string[];
  skewMs?: number;
  /** Of the fullest disk, 0 to 1. */
  fullness?: number;
  /** What was counted of a device that is restricted. */
  evidence?: string;
  /** How often it was lost in the last hour, and the share of it that it was connected. */
  losses?: number;
  availability?: number;
  /** What it was to be like, and what was tried, in English: `play 6 times: no answer`; for whoever says it otherwise, the facts. */
  desired?: string;
  tried?: string[];
  attempts?: Tried[];
  /** Why its states are refused. */
  code?: ErrorCode;
  /** How many were lost together, or did not return. */
  lost?: number;
}

/** `over`: what it told of holds no more. `removed`, `gone`: the device, the instance is not there any more. */
export const alertEndings = ['over', 'removed', 'gone'] as const;
export type AlertEnding = (typeof alertEndings)[number];

/** One alert from its opening to its end. Times are milliseconds since the epoch. */
export interface Alert {
  /** Grows with time; of this alert alone: whoever is told twice knows it by that. */
  id: string;
  alert: AlertName;
  /** The id of the device, `group NAME` or `address IP`, `fleet`, or the name of the instance. */
  about: string;
  /** Of the device, when the alert opened. */
  group?: string | null;
  /** A sentence of `details`, in English. */
  summary: string;
  details?: AlertDetails;
  openedAt: number;
  resolvedAt?: number;
  ending?: AlertEnding;
  /** How it ended, in a sentence. */
  resolution?: string;
  /** Of a site incident and the fleet: who is still lost. Their own alerts are silent for so long. */
  devices?: string[];
}

export const stateOf = (alert: Alert): AlertState => (alert.resolvedAt === undefined ? 'open' : 'resolved');

/** As it is told outside: the same in REST and in events. */
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

/** Its page in docs/runbooks: `DeviceOffline` for `device_offline`. */
export const runbookOf = (alert: AlertName): string =>
  alert
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** Is the zone known here? */
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
/** A day. */
const duration = z.int().min(0).max(86_400_000);

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** Local times of day; one that ends before it begins goes on until the next day. A day without any is closed. */
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

/** When a device is to be told of. Of `default`, the group's and the device's own, the most specific wins field by field. */
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
  /** So long all must be well again before that is told. */
  recoverAfterMs: duration.optional(),
});
export type Policy = z.output<typeof Policy>;
