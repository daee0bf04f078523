import type { WebhookDesk } from '../../src/http/webhooks.ts';
import type { Webhook } from '../../src/protocol/webhooks.ts';
import { AT } from './http-harness.ts';

/** Webhooks that receive no events. */
export function fakeWebhooks(): WebhookDesk {
  const known = new Map<string, Webhook>();
  return {
    list: () => [...known.values()],
    get: (id) => known.get(id),
    create: async (wanted) => {
      const { url, events } = wanted;
      const webhook: Webhook = { id: `wh-${known.size + 1}`, url, createdAt: AT, ...(events && { events }) };
      known.set(webhook.id, webhook);
      return { ...webhook, secret: 'whsec_c2VjcmV0' };
    },
    edit: async (id) => known.get(id),
    rotate: async (id) => {
      const webhook = known.get(id);
      return webhook && { ...webhook, secret: 'whsec_bmV3' };
    },
    remove: async (id) => known.delete(id),
    test: async (id) => (known.has(id) ? { delivered: true, durationMs: 1 } : undefined),
    deliveries: async ({ webhookId }) => [
      { id: '0'.repeat(29), webhookId, type: 'device.online', status: 'pending', attempts: 0, createdAt: AT },
    ],
  };
}
