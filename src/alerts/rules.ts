import { fullestDisk } from '../../machines/reading.ts';
import type { AlertDetails, AlertName, Policy } from '../protocol/alerts.ts';
import { isLostByServerStop } from '../protocol/connection.ts';
import type { ShownDesired } from '../protocol/desired.ts';
import type { DeviceDocument, JsonObject } from '../protocol/document.ts';
import { type ErrorCode, errors } from '../protocol/errors.ts';
import { triedText } from '../protocol/tried.ts';

/** The result of a rule at one moment. `holds` undefined: unknown, so nothing opens and nothing resolves. */
export interface Finding {
  alert: AlertName;
  /** The device id or the instance name. */
  about: string;
  holds: boolean | undefined;
  /**
   * How long the condition must hold before the alert opens; `recoverMs`: how long it must be gone before the alert
   * resolves.
   */
  forMs: number;
  recoverMs: number;
}

export type Limits = Required<Pick<Policy, 'offlineAfterMs' | 'notOnAirAfterMs' | 'recoverAfterMs'>>;

const defaultLimits: Limits = { offlineAfterMs: 300_000, notOnAirAfterMs: 300_000, recoverAfterMs: 60_000 };

export const limitsOf = (policy: Policy): Limits => ({
  offlineAfterMs: policy.offlineAfterMs ?? defaultLimits.offlineAfterMs,
  notOnAirAfterMs: policy.notOnAirAfterMs ?? defaultLimits.notOnAirAfterMs,
  recoverAfterMs: policy.recoverAfterMs ?? defaultLimits.recoverAfterMs,
});

/** Opens above `high`, resolves below `low`; values in between change nothing. */
const CLOCK_MS = { high: 120_000, low: 60_000 };
const DISK = { high: 0.95, low: 0.9 };
const STEADY_MS = 300_000;
/** The conflict may pause: both machines reconnect in turns. */
const CONFLICT_OVER_MS = 600_000;
/** The restriction may return after a pause. */
const RESTRICTED_OVER_MS = 300_000;

/** False if the device never connected: it is not missing. */
export const isActivated = ({ connection }: DeviceDocument): boolean => connection.lastSeenAt !== null;

/**
 * Evaluates the rules for one device. Outside its hours (`isServing` false) the rules for operators' alerts (SPEC W1)
 * do not hold; the others always apply.
 */
export function judge(document: DeviceDocument, limits: Limits, isServing: boolean): Finding[] {
  const { id, connection, onAir, report, state, blocked, desired } = document;
  const isOnline = connection.status === 'online';
  // No object spread: it costs fifty times as much, and this runs for each device that changes.
  const rule = (
    alert: AlertName,
    holds: boolean | undefined,
    forMs = STEADY_MS,
    recoverMs = limits.recoverAfterMs,
  ): Finding => ({ alert, about: id, holds, forMs, recoverMs });
  const whileOnline = (holds: boolean | undefined) => (isOnline ? holds : undefined);
  // `fleet_not_returned` reports devices that the server's own stop disconnected.
  const isAway = isOnline ? false : (isServing && !blocked && !isLostByServerStop(connection)) || undefined;
  const isDark = onAir.status === 'yes' ? false : (onAir.status === 'no' && isServing) || undefined;
  return [
    rule('device_offline', isAway, limits.offlineAfterMs),
    rule('device_not_on_air', isDark, limits.notOnAirAfterMs),
    rule('device_restricted', connection.restricted !== undefined, 0, RESTRICTED_OVER_MS),
    rule('device_not_as_desired', isFailing(desired), 0),
    rule('device_conflict', connection.conflict !== undefined, 0, CONFLICT_OVER_MS),
    // Unknown while the device is offline.
    rule('device_clock_off', whileOnline(between(skewOf(connection.clockSkewMs), CLOCK_MS))),
    rule('device_disk_full', whileOnline(between(fullness(state), DISK))),
    rule('device_state_refused', whileOnline(report.refused !== undefined)),
  ];
}

/** True if no rule holds at any hour, and the device returned after the last server stop. */
export const isWell = (document: DeviceDocument): boolean =>
  !isLostByServerStop(document.connection) && judge(document, defaultLimits, true).every(({ holds }) => !holds);

/** Details for a new alert. */
export function detailsOf(
  { connection, onAir, report, state, desired }: DeviceDocument,
  alert: AlertName,
): AlertDetails {
  switch (alert) {
    case 'device_offline':
      return { since: connection.since, ...(connection.reason && { reason: connection.reason }) };
    case 'device_not_on_air':
      return { since: onAir.since, reason: onAir.why };
    case 'device_restricted':
      return connection.restricted ? { since: connection.restricted.since, reason: connection.restricted.why } : {};
    case 'device_conflict':
      return { places: connection.conflict?.places ?? [] };
    case 'device_clock_off':
      return { skewMs: connection.clockSkewMs ?? 0 };
    case 'device_disk_full':
      return { fullness: fullness(state) ?? 0 };
    case 'device_not_as_desired':
      return desired ? { since: desired.since, desired: textOf(desired), ...triedOf(desired) } : {};
    case 'device_state_refused':
      return report.refused ? { code: report.refused.code } : {};
    default:
      return {};
  }
}

export function summaryOf({ id, name }: DeviceDocument, alert: AlertName, details: AlertDetails): string {
  const device = name === null || name === id ? id : `${name} (${id})`;
  const { since, reason, places = [], skewMs = 0, fullness = 0, code, evidence, losses, availability = 0 } = details;
  switch (alert) {
    case 'device_offline':
      return `${device} is not connected, since ${since}${reason ? `: ${reason}` : ''}`;
    case 'device_not_on_air':
      return `${device} is not on air, since ${since}: ${reason}`;
    case 'device_restricted':
      return `${device} is restricted (${reason})${evidence ? `: ${evidence}` : ''}`;
    case 'device_unstable':
      return `${device} was lost ${losses} times within an hour, and was connected for ${Math.round(availability * 100)} % of it`;
    case 'device_conflict':
      return `two machines use the id of ${device}: ${places.join(' and ')}`;
    case 'device_clock_off':
      return `the clock of ${device} is off by ${Math.round(skewMs / 1000)} s`;
    case 'device_disk_full':
      return `the disk of ${device} is full to ${Math.round(fullness * 100)} %`;
    case 'device_not_as_desired':
      return `${device} is wanted ${details.desired}, and is not, since ${since}; tried: ${details.tried?.join(', ')}`;
    case 'device_state_refused':
      return `the states of ${device} are refused${code ? ` with ${code}: ${refusalOf(code)}` : ''}`;
    default:
      return `the actor of ${device} fails again and again`;
  }
}

/** Undefined while attempts are under way or the device is offline. */
function isFailing(desired: ShownDesired | undefined): boolean | undefined {
  const status = desired?.status;
  return status === 'failing' ? true : status === 'converging' || status === 'unknown' ? undefined : false;
}

const textOf = ({ playback, fullscreen }: ShownDesired): string =>
  fullscreen === undefined ? playback : `${playback}, ${fullscreen ? 'fullscreen' : 'not fullscreen'}`;

function triedOf({ tried = [] }: ShownDesired): Required<Pick<AlertDetails, 'tried' | 'attempts'>> {
  return { tried: tried.map(triedText), attempts: tried.map(({ lastAt: _, ...attempt }) => attempt) };
}

function between(value: number | undefined, { high, low }: { high: number; low: number }): boolean | undefined {
  if (value === undefined) return undefined;
  if (value >= high) return true;
  return value < low ? false : undefined;
}

const skewOf = (skew: number | null): number | undefined => (skew === null ? undefined : Math.abs(skew));

/** Used share of the fullest disk, 0 to 1; undefined if the device reports none. */
function fullness(state: JsonObject): number | undefined {
  const disk = fullestDisk(state);
  return disk ? disk.usedBytes / disk.totalBytes : undefined;
}

/** The meaning of the code, and the remedy if there is one. */
const refusalOf = (code: ErrorCode): string => `${errors[code].meaning}${remedies[code] ?? ''}`;

const remedies: Partial<Record<ErrorCode, string>> = {
  payload_too_large: ' Raise MAX_STATE_BYTES, or have the player send less.',
};

/** Texts of resolved alerts. */
export const recoveries: Record<AlertName, string> = {
  device_offline: 'it is connected again',
  device_not_on_air: 'it is on air again',
  device_restricted: 'it is not restricted any more',
  device_unstable: 'its connection is steady again',
  device_conflict: 'one machine uses the id again',
  device_clock_off: 'the clock is right again',
  device_disk_full: 'the disk has room again',
  device_not_as_desired: 'it is as wanted again, or nothing is wanted of it now',
  device_state_refused: 'its states are taken again',
  device_actor_failed: 'the actor works again',
  site_incident: 'they are back',
  fleet_not_returned: 'all are back',
  server_database_lost: 'the database can be written again',
  server_disk_full: 'the disk has room again',
  fleet_full: 'no new device was refused for five minutes',
};
