import type { Hours, Policy, Weekday } from '../../../protocol/alerts.ts';
import { useFormat } from '../../core/clock.tsx';
import { usePreferences } from '../../core/preferences.tsx';
import { useTexts } from '../../core/texts.ts';
import { type Limit, limits, runsOf, type Scope, weekdays, weekOf } from './policy.ts';
import { policyTexts } from './policy-texts.ts';

/** Allows line breaks only after the separator. */
const BETWEEN = '\u00a0· ';
const unbroken = (text: string) => text.replaceAll(' ', '\u00a0');

/** Weekday names in the user's language. */
export function useDays(width: 'short' | 'long'): (day: Weekday) => string {
  const { language } = usePreferences();
  const format = new Intl.DateTimeFormat(language, { weekday: width, timeZone: 'UTC' });
  // 2026-06-01 is a Monday.
  return (day) => format.format(Date.UTC(2026, 5, 1 + weekdays.indexOf(day)));
}

/** `Mon–Thu 08:00–22:00 · Fri 08:00–02:00 · Sat–Sun closed` */
export function useHoursText(): (hours: Hours | undefined) => string {
  const t = useTexts(policyTexts);
  const dayName = useDays('short');
  return (hours) => {
    if (!hours) return t.always;
    const runs = runsOf(weekOf(hours)).map(({ from, to, spans }) => {
      const days = from === to ? dayName(from) : `${dayName(from)}–${dayName(to)}`;
      return unbroken(`${days} ${spans.map((span) => span.join('–')).join(', ') || t.closed}`);
    });
    return runs.join(BETWEEN);
  };
}

export function useWhose(): (scope: Scope) => string {
  const t = useTexts(policyTexts);
  return (scope) => {
    if (scope === 'default') return t.everybody;
    const name = scope.slice(scope.indexOf(':') + 1);
    return scope.startsWith('group:') ? t.group(name) : t.device(name);
  };
}

/** `Offline 5 min · Recovery 1 min`: the limits that the policy sets. */
export function useLimitsText(): (policy: Policy) => string {
  const t = useTexts(policyTexts);
  const format = useFormat();
  const names: Record<Limit, string> = {
    offlineAfterMs: t.offlineAfter,
    notOnAirAfterMs: t.notOnAirAfter,
    recoverAfterMs: t.recoverAfter,
  };
  const told = (ms: number) => (ms === 0 ? t.atOnce : format.duration(ms));
  return (policy) =>
    limits
      .flatMap((it) => (policy[it] === undefined ? [] : [unbroken(`${names[it]} ${told(policy[it])}`)]))
      .join(BETWEEN);
}

/** The fault at a path in the user's language; unknown ones are returned unchanged. */
export function useFaultText(): (path: string, message: string | undefined) => string | undefined {
  const t = useTexts(policyTexts);
  return (path, message) => {
    if (message === undefined) return undefined;
    if (path === 'timeZone') return t.zoneFault;
    if (path.endsWith('Ms')) return t.durationFault;
    if (/^hours\.\w+\.\d+$/.test(path)) return t.spanFault;
    if (path.startsWith('hours.')) return t.timeFault;
    if (message.includes('after from')) return t.orderFault;
    return /\.(from|to)$/.test(path) ? t.momentFault : message;
  };
}
