import type { Alert } from '../protocol/alerts.ts';

/** Somewhere that alerts are told. */
export interface Notifier {
  readonly channel: Channel;
  /** At most so many alerts in one message. */
  readonly batch: number;
  /** What is open is told again after this time, because the other side forgets it, ms; undefined: once is enough. */
  readonly repeatMs?: number;
  /**
   * Tells of alerts in the state that they have. Resolves once they have arrived, and rejects where they have not: with a
   * `RefusedError` if trying again is of no use. Takes no longer than some seconds.
   */
  send(alerts: readonly Alert[]): Promise<void>;
}

export const channels = ['alertmanager', 'webhook'] as const;
export type Channel = (typeof channels)[number];

/** The other side does not want this message, now or later. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  /** As it answered, in HTTP. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}
