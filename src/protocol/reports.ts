import type { AlertName, alerts } from './alerts.ts';

type AlertSeverity = (typeof alerts)[AlertName]['severity'];

/** The alerts that opened in the span of a report. */
export interface Incidents {
  count: number;
  critical: number;
  /** There were more than are counted. */
  more: boolean;
  /** Most frequent first. `ms`: their total duration, up to the end of the span. */
  byAlert: { alert: AlertName; severity: AlertSeverity; count: number; ms: number }[];
  /** `name` is that of the device, if it is about one. */
  longest: {
    id: string;
    alert: AlertName;
    severity: AlertSeverity;
    about: string;
    name: string | null;
    group: string | null;
    openedAt: string;
    resolvedAt: string | null;
    ms: number;
  }[];
}

export const csvTables = ['devices', 'playback'] as const;
export type CsvTable = (typeof csvTables)[number];
