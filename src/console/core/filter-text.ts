import { printFilter } from '../../protocol/filter/print.ts';

interface PageFilter {
  q: string;
  screenStatuses: readonly string[];
  group: string;
  label: string;
}

/** A page's filter in the filter language; undefined if that cannot express it (statuses of the console, exact labels). */
export function filterTextOf({ q, screenStatuses, group, label }: PageFilter): string | undefined {
  if (screenStatuses.length > 0 || label) return undefined;
  const inGroup = group && printFilter({ terms: [{ not: false, key: 'group', operator: '=', values: [group] }] });
  return [q.trim(), inGroup].filter(Boolean).join(' ');
}
