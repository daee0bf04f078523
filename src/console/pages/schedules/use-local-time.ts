import { useMemo } from 'react';
import { usePreferences } from '../../core/preferences.tsx';

/** Formats a local time without converting it: `Sun, 29 Mar 2026, 02:30`. */
export function useLocalTime(): (local: string) => string {
  const { language } = usePreferences();
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(language, {
      timeZone: 'UTC',
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    return (local) => format.format(Date.parse(`${local}Z`));
  }, [language]);
}

/** Weekday names; 0 is Monday. */
export function useDayName(): (index: number) => string {
  const { language } = usePreferences();
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(language, { timeZone: 'UTC', weekday: 'short' });
    // 2024-01-01 is a Monday.
    return (index) => format.format(Date.UTC(2024, 0, 1 + index));
  }, [language]);
}
