/**
 * Messages between the instances of a cluster. Delivery is ordered but not reliable: receivers that need every message
 * must number them.
 */
export interface Bus {
  /** Sends to one instance. */
  send(instance: string, message: object): void;
  /** Begins to receive. What was sent before is lost. */
  receive(receiver: BusReceiver): void;
}

export interface BusReceiver {
  /** A message published to all instances, including this one: see `Registry.write`. */
  published(message: Buffer): void;
  /** A message sent to this instance. */
  message(message: unknown): void;
  /** The subscription works again after a connection loss: messages may have been missed. */
  reconnected(): void;
}
