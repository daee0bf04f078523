/** The frequency choices of the form. */
export type Repeat = 'once' | 'daily' | 'weekly' | 'monthly' | 'rule';
export const repeats: readonly Repeat[] = ['once', 'daily', 'weekly', 'monthly', 'rule'];

export const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type Weekday = (typeof weekdays)[number];

export interface Timing {
  repeat: Repeat;
  days: readonly Weekday[];
  /** The RRULE, for `rule`. */
  rule: string;
}

/** Undefined for a single run. */
export function ruleOf({ repeat, days, rule }: Timing): string | undefined {
  if (repeat === 'once') return undefined;
  if (repeat === 'rule') return rule.trim();
  const byDay = weekdays.filter((it) => days.includes(it)).join(',');
  if (repeat === 'weekly' && byDay) return `FREQ=WEEKLY;BYDAY=${byDay}`;
  return `FREQ=${repeat.toUpperCase()}`;
}

/** The form values for a rule. */
export function timingOf(rrule: string | undefined): Timing {
  const plain = { days: [], rule: rrule ?? '' };
  if (rrule === undefined) return { ...plain, repeat: 'once' };
  if (rrule === 'FREQ=DAILY') return { ...plain, repeat: 'daily' };
  if (rrule === 'FREQ=MONTHLY') return { ...plain, repeat: 'monthly' };
  const [, byDay] = /^FREQ=WEEKLY(?:;BYDAY=((?:(?:MO|TU|WE|TH|FR|SA|SU),?)+))?$/.exec(rrule) ?? [];
  if (!rrule.startsWith('FREQ=WEEKLY') || (byDay === undefined && rrule !== 'FREQ=WEEKLY')) {
    return { ...plain, repeat: 'rule' };
  }
  return { ...plain, repeat: 'weekly', days: (byDay?.split(',') ?? []) as Weekday[] };
}
