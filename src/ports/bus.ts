/**
 * Messages between the instances of a cluster. Delivery is ordered but not reliable: receivers that need every message
 * must number them.
 */
export interface Bus {
  /** Sends to one instance. */
  send(instance: string, message: object): void;
  /** Messages published to all instances, including this one: see `Registry.write`. */
  onPublished(listener: (message: Buffer) => void): void;
  /** Messages sent to this instance. */
  onMessage(listener: (message: unknown) => void): void;
  /** The subscription works again after a connection loss: messages may have been missed. */
  onReconnected(listener: () => void): void;
}
