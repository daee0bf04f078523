import type { Alert } from '../protocol/alerts.ts';

/** All alerts that are remembered, those of other instances included. */
export interface AlertLog {
  /** Newest first; `before`: only those with a smaller id. */
  list(query: { open: boolean; before?: string | undefined; limit: number }): Promise<Alert[]>;
}
