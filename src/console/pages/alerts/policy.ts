import type { Hours, Policy, Weekday } from '../../../protocol/alerts.ts';
import type { Zone } from '../../core/zone.ts';

export const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const limits = ['offlineAfterMs', 'notOnAirAfterMs', 'recoverAfterMs'] as const;
export type Limit = (typeof limits)[number];

/** The defaults if no policy sets a limit (SPEC, Alerts). */
export const builtIn: Readonly<Record<Limit, number>> = {
  offlineAfterMs: 300_000,
  notOnAirAfterMs: 300_000,
  recoverAfterMs: 60_000,
};

export type Scope = 'default' | `group:${string}` | `device:${string}`;

export const isScope = (text: string): text is Scope => text === 'default' || /^(group|device):./.test(text);

export function pathOf(scope: Scope): string {
  const name = encodeURIComponent(scope.slice(scope.indexOf(':') + 1));
  if (scope === 'default') return '/policies/default';
  return scope.startsWith('group:') ? `/policies/groups/${name}` : `/policies/devices/${name}`;
}

export type Span = readonly [string, string];
export type Week = Readonly<Record<Weekday, readonly Span[]>>;
export interface Window {
  from: string;
  to: string;
  note: string;
}

/** A policy as form values: minutes and local times as text; undefined or empty: inherited. */
export interface Draft {
  timeZone: string;
  limits: Readonly<Record<Limit, string>>;
  hours: Week | undefined;
  maintenance: readonly Window[] | undefined;
}

const MINUTE = 60_000;

export function draftOf(policy: Policy, zone: Zone): Draft {
  const minutes = (ms: number | undefined) => (ms === undefined ? '' : String(Number((ms / MINUTE).toFixed(5))));
  return {
    timeZone: policy.timeZone ?? '',
    limits: {
      offlineAfterMs: minutes(policy.offlineAfterMs),
      notOnAirAfterMs: minutes(policy.notOnAirAfterMs),
      recoverAfterMs: minutes(policy.recoverAfterMs),
    },
    hours: policy.hours && weekOf(policy.hours),
    maintenance: policy.maintenance?.map(({ from, to, note = '' }) => ({
      from: zone.toInput(from),
      to: zone.toInput(to),
      note,
    })),
  };
}

/** The request. Invalid inputs are sent unchanged, because the server validates them. */
export function policyOf({ timeZone, limits: given, hours, maintenance }: Draft, zone: Zone): object {
  const told = limits.filter((it) => given[it].trim() !== '');
  return {
    ...(timeZone.trim() && { timeZone: timeZone.trim() }),
    ...Object.fromEntries(told.map((it) => [it, msOf(given[it])])),
    ...(hours && { hours: Object.fromEntries(Object.entries(hours).filter(([, spans]) => spans.length > 0)) }),
    ...(maintenance && {
      maintenance: maintenance.map(({ from, to, note }) => ({
        from: zone.fromInput(from),
        to: zone.fromInput(to),
        ...(note.trim() && { note: note.trim() }),
      })),
    }),
  };
}

function msOf(minutes: string): number | string {
  const ms = Math.round(Number(minutes.replace(',', '.')) * MINUTE);
  return Number.isNaN(ms) ? minutes : ms;
}

export function weekOf(hours: Hours): Week {
  return Object.fromEntries(weekdays.map((day) => [day, hours[day] ?? []])) as unknown as Week;
}

/** All paths at which the server may report a fault. */
export function fieldsOf({ hours, maintenance }: Draft): string[] {
  const spans = weekdays.flatMap((day) =>
    (hours?.[day] ?? []).flatMap((_, i) => [`hours.${day}.${i}`, `hours.${day}.${i}.0`, `hours.${day}.${i}.1`]),
  );
  const windows = (maintenance ?? []).flatMap((_, i) => ['from', 'to', 'note'].map((key) => `maintenance.${i}.${key}`));
  return ['timeZone', ...limits, ...spans, ...windows];
}

/** Groups consecutive days with equal hours. */
export function runsOf(hours: Week): { from: Weekday; to: Weekday; spans: readonly Span[] }[] {
  const runs: { from: Weekday; to: Weekday; spans: readonly Span[] }[] = [];
  for (const day of weekdays) {
    const last = runs.at(-1);
    if (last && JSON.stringify(last.spans) === JSON.stringify(hours[day])) last.to = day;
    else runs.push({ from: day, to: day, spans: hours[day] });
  }
  return runs;
}
