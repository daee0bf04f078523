import type { DeliveryLog } from '../../ports/webhooks.ts';
import type { WebhookDelivery } from '../../protocol/webhooks.ts';
import type { Database } from './database.ts';

/** Reads the `webhook_deliveries` table. The state store writes it, as a collection. */
export function createDeliveryLog({ db }: Pick<Database, 'db'>): DeliveryLog {
  return {
    async list({ webhookId, status, before, limit }) {
      let query = db
        .selectFrom('webhook_deliveries')
        .select('record')
        .where('webhook_id', '=', webhookId)
        .orderBy('id', 'desc')
        .limit(limit);
      if (status !== undefined) query = query.where('status', '=', status);
      if (before !== undefined) query = query.where('id', '<', before);
      const rows = await query.execute();
      return rows.map(({ record }) => (JSON.parse(record) as { delivery: WebhookDelivery }).delivery);
    },
  };
}
