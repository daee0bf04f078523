import type { ActRecord } from '../protocol/alert-acts.ts';
import type { AlertNotification } from '../protocol/alert-notifications.ts';
import type { Alert } from '../protocol/alerts.ts';

export interface AlertQuery {
  open: boolean;
  /** Only those of this device, site, instance or fleet. */
  about?: string | undefined;
  /** Only those that were open at some time in from ≤ t < to, in milliseconds since the epoch. */
  from?: number | undefined;
  to?: number | undefined;
  /** Only those that opened at or after this time. */
  openedFrom?: number | undefined;
  /** Only those with a smaller id. */
  before?: string | undefined;
  limit: number;
}

/** All stored alerts, including those of other instances; newest first. */
export interface AlertLog {
  list(query: AlertQuery): Promise<Alert[]>;
  /** What people did about these alerts, by alert id, oldest first. */
  acts(alertIds: readonly string[]): Promise<Map<string, ActRecord[]>>;
  /** Who was notified of the alert, in the order of the first attempts. */
  notifications(alertId: string): Promise<AlertNotification[]>;
}
