import { z } from '@hono/zod-openapi';
import {
  type Channel,
  ChannelEdit,
  type ChannelSettings,
  channelKinds,
  NewChannel,
  secretFields,
  smtpSecurities,
} from '../protocol/channels.ts';
import { done } from './audited.ts';
import { notFound } from './problem.ts';
import { json, ProblemSchema, problems, time } from './schemas.ts';
import { type Api, secured } from './secured.ts';

/** The channels for REST. */
export interface ChannelDesk {
  list(): Channel[];
  get(id: string): Channel | undefined;
  /** @throws VigiaError `conflict` (too many), `unavailable` */
  create(settings: ChannelSettings): Promise<Channel>;
  /**
   * Undefined or false if the channel does not exist.
   * @throws VigiaError `invalid_payload`, `conflict` (the environment defines it), `unavailable`
   */
  edit(id: string, edit: ChannelEdit): Promise<Channel | undefined>;
  remove(id: string): Promise<boolean>;
  test(id: string): Promise<{ delivered: boolean; answer: string; durationMs: number } | undefined>;
}

const tags = ['Alerts'];

const ChannelShown = z
  .object({
    id: z.string(),
    kind: z.enum([...channelKinds, 'alertmanager']),
    name: z.string(),
    groups: z.array(z.string()).optional().meta({ description: 'If missing: all' }),
    enabled: z.boolean(),
    variable: z.string().optional().meta({ description: 'The environment variable that defines it; it is read-only' }),
    target: z.string().meta({ description: 'Where it sends to: a host, the recipients or the chat' }),
    createdAt: time.optional(),
    secrets: z.array(z.enum(secretFields)).meta({ description: 'Which secrets are set. They are never shown' }),
    host: z.string().optional(),
    port: z.int().optional(),
    security: z.enum(smtpSecurities).optional(),
    user: z.string().optional(),
    from: z.string().optional(),
    to: z.array(z.string()).optional(),
    chatId: z.string().optional(),
    server: z.string().optional(),
    alerts: z.boolean().optional().meta({ description: 'For `email`; false: only the monthly report' }),
    monthlyReport: z.object({ timeZone: z.string(), language: z.string() }).optional(),
  })
  .openapi('Channel');
const ChannelList = z.object({ channels: z.array(ChannelShown) }).openapi('Channels');
const TestResult = z
  .object({
    delivered: z.boolean(),
    answer: z.string().meta({ description: 'What the receiver answered, or why nothing arrived' }),
    durationMs: z.number(),
  })
  .openapi('ChannelTest');

const params = z.object({ id: z.string().min(1).max(64).meta({ example: 'ch-0f3c5a7b9d1e2f40' }) });
const unknown = {
  404: { description: 'There is no such channel', content: { 'application/problem+json': { schema: ProblemSchema } } },
};
/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('There is no such channel.') as never;

export function channelRoutes(api: Api, channels: ChannelDesk): void {
  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/channels',
      audit: 'channel.created',
      reach: 'fleet',
      tags,
      summary: 'Create a channel for alerts',
      description: 'It gets the alerts that open from now on. Its secrets are never shown again.',
      request: { body: { required: true, ...json(NewChannel) } },
      responses: {
        201: { description: 'The channel, without its secrets', ...json(ChannelShown) },
        ...problems('conflict', 'unavailable'),
      },
    }),
    async (c) => {
      const created = await channels.create(c.req.valid('json'));
      done(c, { details: factsOf(created) });
      return c.json(created, 201, { Location: `/api/v1/channels/${created.id}` });
    },
  );

  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/channels',
      reach: 'fleet',
      tags,
      summary: 'List the channels for alerts',
      responses: { 200: { description: 'All of them, those of the environment first', ...json(ChannelList) } },
    }),
    (c) => c.json({ channels: channels.list() }, 200),
  );

  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/channels/{id}',
      reach: 'fleet',
      tags,
      summary: 'Read one channel',
      request: { params },
      responses: { 200: { description: 'The channel, without its secrets', ...json(ChannelShown) }, ...unknown },
    }),
    (c) => {
      const found = channels.get(c.req.valid('param').id);
      return found ? c.json(found, 200) : none();
    },
  );

  api.openapi(
    secured('admin', {
      method: 'patch',
      path: '/channels/{id}',
      audit: 'channel.edited',
      reach: 'fleet',
      tags,
      summary: 'Edit a channel, disable it or enable it again',
      description: 'Alerts that opened while it was disabled are not sent.',
      request: { params, body: { required: true, ...json(ChannelEdit) } },
      responses: {
        200: { description: 'The new version', ...json(ChannelShown) },
        ...problems('conflict', 'unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const edit = c.req.valid('json');
      const edited = await channels.edit(c.req.valid('param').id, edit);
      if (!edited) return none();
      done(c, { details: { ...factsOf(edited), fields: Object.keys(edit) } });
      return c.json(edited, 200);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'delete',
      path: '/channels/{id}',
      audit: 'channel.removed',
      reach: 'fleet',
      tags,
      summary: 'Remove a channel',
      request: { params },
      responses: {
        204: { description: 'The channel was removed' },
        ...problems('conflict', 'unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      if (!(await channels.remove(id))) return none();
      done(c, { details: { id } });
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('admin', {
      method: 'post',
      path: '/channels/{id}/test',
      audit: 'channel.tested',
      reach: 'fleet',
      tags,
      summary: 'Send a test message now',
      description: 'Without retries. Also works for a disabled channel.',
      request: { params },
      responses: {
        200: { description: 'The result of the attempt', ...json(TestResult) },
        ...problems('conflict'),
        ...unknown,
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const result = await channels.test(id);
      if (!result) return none();
      done(c, { details: { id, delivered: result.delivered } });
      return c.json(result, 200);
    },
  );
}

const factsOf = ({ id, kind, name, groups }: Channel) => ({ id, kind, name, ...(groups && { groups }) });
