import type { WebhookDelivery } from '../protocol/webhooks.ts';

export interface EventMessage {
  /** The same for each attempt. */
  id: string;
  body: string;
}

/**
 * Signs and sends one message. Rejects where it did not arrive: with a `RefusedError` if the other side does not want this
 * one. Takes no longer than some seconds.
 */
export type EventSender = (to: { url: string; secret: string }, message: EventMessage) => Promise<void>;

/** All deliveries that are remembered, those of other instances included. */
export interface DeliveryLog {
  /** Newest first; `before`: only those with a smaller id. */
  list(query: {
    webhookId: string;
    status?: WebhookDelivery['status'] | undefined;
    before?: string | undefined;
    limit: number;
  }): Promise<WebhookDelivery[]>;
}
