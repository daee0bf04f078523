import type { Alert } from '../protocol/alerts.ts';
import type { Channel, ChannelSettings } from '../protocol/channels.ts';

/** Sends alerts to one channel. */
export interface Notifier {
  /** Its id. */
  readonly channel: string;
  readonly kind: Channel['kind'];
  /** Maximum number of alerts in one message. */
  readonly batch: number;
  /** Interval for repeating open alerts, in ms, if the receiver forgets them; undefined: no repetition. */
  readonly repeatMs?: number;
  /**
   * Sends alerts in their current state. Resolves once delivered, with the receiver's answer; rejects otherwise, with a
   * `RefusedError` if a retry is useless. Takes a few seconds at most. Neither answers nor errors contain a secret.
   */
  send(alerts: readonly Alert[]): Promise<string>;
  /** Sends a message that says that it is a test. Undefined if the receiver knows only alerts. */
  test?(): Promise<string>;
}

/** A notifier that the environment defines. */
export type EnvironmentNotifier = Notifier & Pick<Required<Channel>, 'variable' | 'target'>;

/** @param id of the channel */
export type NotifierFactory = (id: string, settings: ChannelSettings) => Notifier;

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
