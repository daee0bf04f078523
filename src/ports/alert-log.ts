import type { Alert } from '../protocol/alerts.ts';

/** All stored alerts, including those of other instances. */
export interface AlertLog {
  /** Newest first. `before`: only alerts with a smaller id. */
  list(query: { open: boolean; before?: string | undefined; limit: number }): Promise<Alert[]>;
}
