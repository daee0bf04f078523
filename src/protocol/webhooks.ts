import { z } from 'zod';
import type { Time } from './document.ts';
import { GroupName } from './group-name.ts';

/** All event types. */
export const eventTypes = [
  'device.online',
  'device.offline',
  'device.on_air',
  'device.screenshot',
  'command.ended',
  'alert.opened',
  'alert.resolved',
  'rollout.stopped',
  'rollout.ended',
] as const;
export type EventType = (typeof eventTypes)[number];

const MAX_URL = 2048;
const GRACE_MS = 86_400_000;
const MAX_GRACE_MS = 30 * 86_400_000;

const url = z
  .string()
  .max(MAX_URL)
  .refine((it) => URL.canParse(it) && /^https?:$/.test(new URL(it).protocol), 'must be an http or https address');

const editable = {
  url,
  name: z.string().trim().min(1).max(256).optional(),
  events: z.array(z.enum(eventTypes)).min(1).max(eventTypes.length).optional(),
  groups: z.array(GroupName).min(1).max(256).optional(),
};

export const NewWebhook = z.strictObject(editable).meta({
  id: 'NewWebhook',
  description:
    '`events` and `groups` left out: all. Of a webhook for groups, what concerns no device or group is left out.',
  example: { url: 'https://example.org/vigia', events: ['device.offline', 'alert.opened'], groups: ['lobby'] },
});
export const WebhookEdit = z
  .strictObject({
    url: url.optional(),
    name: editable.name.nullable(),
    events: editable.events.nullable(),
    groups: editable.groups.nullable(),
    enabled: z.boolean().optional(),
  })
  .meta({
    id: 'WebhookEdit',
    description: 'What is not named stays; null clears. `enabled: true` ends what disabled it.',
  });
export const SecretRotation = z.strictObject({ graceMs: z.int().min(0).max(MAX_GRACE_MS).default(GRACE_MS) }).meta({
  id: 'SecretRotation',
  description: 'For so long messages are signed with the secret before, too: a day, if not named.',
});
export type NewWebhook = z.output<typeof NewWebhook>;
export type WebhookEdit = z.output<typeof WebhookEdit>;

export const disabledReasons = ['by an admin', 'gone', 'failing'] as const;
/** `gone`: the receiver answered 410. `failing`: all attempts failed for three days. */
export type DisabledReason = (typeof disabledReasons)[number];

/** As shown to admins. The secret is shown only on creation. */
export interface Webhook {
  id: string;
  url: string;
  name?: string;
  /** Undefined: all. */
  events?: EventType[];
  groups?: string[];
  createdAt: Time;
  /** Until then messages are signed with the previous secret, too. */
  previousSecretUntil?: Time;
  /** Since when all attempts have failed. */
  failingSince?: Time;
  disabled?: { since: Time; why: DisabledReason };
}

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** One message to one webhook. All attempts have the same id, which is the `webhook-id`. */
export interface WebhookDelivery {
  id: string;
  webhookId: string;
  type: EventType;
  status: DeliveryStatus;
  attempts: number;
  createdAt: Time;
  /** Time of the last attempt. */
  attemptedAt?: Time;
  /** Earliest time of the next attempt, while pending. */
  nextAttemptAt?: Time;
  endedAt?: Time;
  /** Why the last attempt failed, or why the message was given up. */
  error?: string;
}
