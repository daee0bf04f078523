import { z } from '@hono/zod-openapi';
import type { DeliveryLog } from '../ports/webhooks.ts';
import {
  deliveryStatuses,
  disabledReasons,
  eventTypes,
  NewWebhook,
  SecretRotation,
  type Webhook,
  type WebhookDelivery,
  WebhookEdit,
  type NewWebhook as WebhookInput,
} from '../protocol/webhooks.ts';
import { done } from './audited.ts';
import { keyCursor } from './cursor.ts';
import { notFound } from './problem.ts';
import { json, ProblemSchema, problems, time } from './schemas.ts';
import { type Api, secured } from './secured.ts';

/** The webhooks for REST. */
export interface WebhookDesk {
  list(): readonly Webhook[];
  get(id: string): Webhook | undefined;
  /** @throws VigiaError `conflict` (too many), `unavailable` */
  create(input: WebhookInput): Promise<Webhook & { secret: string }>;
  /**
   * Undefined or false if the webhook does not exist.
   * @throws VigiaError `unavailable`
   */
  edit(id: string, edit: WebhookEdit): Promise<Webhook | undefined>;
  rotate(id: string, graceMs: number): Promise<(Webhook & { secret: string }) | undefined>;
  remove(id: string): Promise<boolean>;
  test(id: string): Promise<{ delivered: boolean; error?: string; durationMs: number } | undefined>;
  deliveries(query: Parameters<DeliveryLog['list']>[0]): Promise<WebhookDelivery[]>;
}

const tags = ['Webhooks'];
const marks = keyCursor('delivery', /^[0-9a-z]{20,40}$/);

const webhook = {
  id: z.string(),
  url: z.string(),
  name: z.string().optional(),
  events: z.array(z.enum(eventTypes)).optional().meta({ description: 'If missing: all' }),
  groups: z.array(z.string()).optional().meta({ description: 'If missing: all' }),
  createdAt: time,
  previousSecretUntil: time
    .optional()
    .meta({ description: 'Until then messages are signed with the previous secret, too' }),
  failingSince: time.optional().meta({ description: 'Since when all attempts have failed' }),
  disabled: z
    .object({ since: time, why: z.enum(disabledReasons) })
    .optional()
    .meta({ description: '`gone`: the receiver answered 410. `failing`: all attempts failed for three days' }),
};
const WebhookShown = z.object(webhook).openapi('Webhook');
const WebhookList = z.object({ webhooks: z.array(WebhookShown) }).openapi('Webhooks');
const CreatedWebhook = z
  .object({
    ...webhook,
    secret: z.string().meta({ description: 'The signing secret (Standard Webhooks), which is shown only once' }),
  })
  .openapi('CreatedWebhook');
const TestResult = z
  .object({ delivered: z.boolean(), error: z.string().optional(), durationMs: z.number() })
  .openapi('WebhookTest');
const DeliveryPage = z
  .object({
    deliveries: z.array(
      z
        .object({
          id: z.string().meta({ description: 'The `webhook-id` of each attempt' }),
          webhookId: z.string(),
          type: z.enum(eventTypes),
          status: z.enum(deliveryStatuses),
          attempts: z.int(),
          createdAt: time,
          attemptedAt: time.optional(),
          nextAttemptAt: time.optional(),
          endedAt: time.optional(),
          error: z.string().optional(),
        })
        .openapi('WebhookDelivery'),
    ),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('DeliveryPage');

const params = z.object({ id: z.string().min(1).max(128).meta({ example: 'wh-0f3c5a7b9d1e2f40' }) });
const unknown = {
  404: {
    description: 'There is no such webhook',
    content: { 'application/problem+json': { schema: ProblemSchema } },
  },
};
/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('There is no such webhook.') as never;

export function webhookRoutes(api: Api, webhooks: WebhookDesk): void {
  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/webhooks',
      audit: 'webhook.created',
      reach: 'fleet',
      tags,
      summary: 'Create a webhook',
      description:
        'Each event is posted as `{ type, timestamp, data }`, signed according to Standard Webhooks ' +
        '(`webhook-id`, `webhook-timestamp`, `webhook-signature`), and retried for a day until the receiver answers 2xx.',
      request: { body: { required: true, ...json(NewWebhook) } },
      responses: {
        201: { description: 'The webhook with its secret, which is shown only once', ...json(CreatedWebhook) },
        ...problems('conflict', 'unavailable'),
      },
    }),
    async (c) => {
      const created = await webhooks.create(c.req.valid('json'));
      done(c, { details: factsOf(created) });
      return c.json(created, 201, { Location: `/api/v1/webhooks/${created.id}` });
    },
  );

  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/webhooks',
      reach: 'fleet',
      tags,
      summary: 'List the webhooks, oldest first',
      responses: { 200: { description: 'All of them, without secrets', ...json(WebhookList) } },
    }),
    (c) => c.json({ webhooks: [...webhooks.list()] }, 200),
  );

  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/webhooks/{id}',
      reach: 'fleet',
      tags,
      summary: 'Read one webhook',
      request: { params },
      responses: { 200: { description: 'The resource', ...json(WebhookShown) }, ...unknown },
    }),
    (c) => {
      const found = webhooks.get(c.req.valid('param').id);
      return found ? c.json(found, 200) : none();
    },
  );

  api.openapi(
    secured('admin', {
      method: 'patch',
      path: '/webhooks/{id}',
      audit: 'webhook.edited',
      reach: 'fleet',
      tags,
      summary: 'Edit a webhook, disable it or enable it again',
      description: 'Disabling a webhook gives up its pending messages.',
      request: { params, body: { required: true, ...json(WebhookEdit) } },
      responses: {
        200: { description: 'The new version', ...json(WebhookShown) },
        ...problems('unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const edit = c.req.valid('json');
      const edited = await webhooks.edit(c.req.valid('param').id, edit);
      if (!edited) return none();
      done(c, { details: { ...factsOf(edited), fields: Object.keys(edit) } });
      return c.json(edited, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/webhooks/{id}',
      audit: 'webhook.removed',
      reach: 'fleet',
      tags,
      summary: 'Remove a webhook',
      request: { params },
      responses: { 204: { description: 'The webhook was removed' }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!(await webhooks.remove(id))) return none();
      done(c, { details: { id } });
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/webhooks/{id}/secret',
      audit: 'webhook.secret_rotated',
      reach: 'fleet',
      tags,
      summary: 'Rotate the secret of a webhook',
      description:
        'For `graceMs` each message has two signatures, as Standard Webhooks allows, so that receivers can change one by one.',
      request: { params, body: { required: false, ...json(SecretRotation) } },
      responses: {
        200: { description: 'The webhook with its new secret, which is shown only once', ...json(CreatedWebhook) },
        ...problems('unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { graceMs } = SecretRotation.parse(c.req.valid('json') ?? {});
      const rotated = await webhooks.rotate(id, graceMs);
      if (!rotated) return none();
      done(c, { details: { id, graceMs } });
      return c.json(rotated, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/webhooks/{id}/test',
      audit: 'webhook.tested',
      reach: 'fleet',
      tags,
      summary: 'Send one `webhook.test` now',
      description: 'Without retries. Also works for a disabled webhook.',
      request: { params },
      responses: { 200: { description: 'The result of the attempt', ...json(TestResult) }, ...unknown },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const result = await webhooks.test(id);
      if (!result) return none();
      done(c, { details: { id, delivered: result.delivered } });
      return c.json(result, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/webhooks/{id}/deliveries',
      reach: 'fleet',
      tags,
      summary: 'List its messages of the last week, newest first',
      request: {
        params,
        query: z.object({
          status: z.enum(deliveryStatuses).optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
          cursor: z.string().max(256).optional().meta({ description: 'The `cursor` of the previous page' }),
        }),
      },
      responses: { 200: { description: 'One page', ...json(DeliveryPage) }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { status, limit, cursor } = c.req.valid('query');
      if (!webhooks.get(id)) return none();
      const before = cursor === undefined ? undefined : marks.decode(cursor);
      const found = await webhooks.deliveries({ webhookId: id, status, before, limit: limit + 1 });
      const deliveries = found.slice(0, limit);
      const last = found.length > limit ? deliveries.at(-1) : undefined;
      return c.json({ deliveries, ...(last && { cursor: marks.encode(last.id) }) }, 200);
    },
  );
}

/** Details for the audit, without the URL's path, which may contain a secret. */
function factsOf({ id, url, events, groups }: Webhook) {
  return { id, host: new URL(url).host, ...(events && { events }), ...(groups && { groups }) };
}
