import type { Alert } from '../protocol/alerts.ts';

/** Sends alerts to one channel. */
export interface Notifier {
  readonly channel: Channel;
  /** Maximum number of alerts in one message. */
  readonly batch: number;
  /** Interval for repeating open alerts, in ms, if the receiver forgets them; undefined: no repetition. */
  readonly repeatMs?: number;
  /**
   * Sends alerts in their current state. Resolves once delivered; rejects otherwise, with a `RefusedError` if a retry
   * is useless. Takes a few seconds at most.
   */
  send(alerts: readonly Alert[]): Promise<void>;
}

export const channels = ['alertmanager', 'webhook'] as const;
export type Channel = (typeof channels)[number];

/** The receiver rejected the message permanently. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  /** The HTTP status of its response. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}
