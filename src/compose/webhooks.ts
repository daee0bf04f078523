import type { Database } from '../adapters/database/database.ts';
import { createDeliveryLog } from '../adapters/database/delivery-log.ts';
import { createEventSender } from '../adapters/notifiers/event-webhook.ts';
import type { Guard } from '../adapters/notifiers/guard.ts';
import type { ChangeListener } from '../fleet/fleet.ts';
import type { Alert } from '../protocol/alerts.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { alertChanged, commandEnded, DeviceChanges, screenshotStored } from '../webhooks/events.ts';
import { Webhooks, type WebhooksDeps } from '../webhooks/webhooks.ts';

interface Deps extends Omit<WebhooksDeps, 'send' | 'history'> {
  database: Pick<Database, 'db'>;
  guard: Guard;
  document(deviceId: string): DeviceDocument | undefined;
}

/** The webhooks, and their events: of the devices that this instance owns, and of what it decides. */
export async function openWebhooks(deps: Deps) {
  const webhooks = new Webhooks({
    ...deps,
    send: createEventSender(deps.clock, undefined, deps.guard),
    history: createDeliveryLog(deps.database),
  });
  await webhooks.load();
  const changes = new DeviceChanges();
  return {
    webhooks,
    changed: (...change: Parameters<ChangeListener>) => {
      for (const event of changes.of(...change)) webhooks.enqueue(event);
    },
    commandEnded: (record: CommandRecord) => webhooks.enqueue(commandEnded(record, deps.document(record.deviceId))),
    alertChanged: (alert: Alert) => webhooks.enqueue(alertChanged(alert)),
    pictured(deviceId: string, snapshot: Snapshot): void {
      const document = deps.document(deviceId);
      if (document) webhooks.enqueue(screenshotStored(snapshot, document));
    },
  };
}
