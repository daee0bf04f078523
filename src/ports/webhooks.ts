import type { WebhookDelivery } from '../protocol/webhooks.ts';

export interface EventMessage {
  /** The same for every attempt. */
  id: string;
  body: string;
}

/**
 * Signs a message with each of the secrets, and sends it. Rejects if it was not delivered, with a `RefusedError` if the receiver rejects it
 * permanently. Takes a few seconds at most.
 */
export type EventSender = (to: { url: string; secrets: readonly string[] }, message: EventMessage) => Promise<void>;

/** All stored deliveries, including those of other instances. */
export interface DeliveryLog {
  /** Newest first. `before`: only deliveries with a smaller id. */
  list(query: {
    webhookId: string;
    status?: WebhookDelivery['status'] | undefined;
    before?: string | undefined;
    limit: number;
  }): Promise<WebhookDelivery[]>;
}
