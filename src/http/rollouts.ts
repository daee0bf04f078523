import { z } from '@hono/zod-openapi';
import type { Identity } from '../protocol/admin.ts';
import {
  NewRollout,
  type Rollout,
  type RolloutAct,
  type RolloutPreview,
  type RolloutTarget,
  rolloutActs,
  rolloutReasons,
  rolloutStatuses,
  type TargetOutcome,
  targetOutcomes,
  type VersionedRollout,
} from '../protocol/rollouts.ts';
import { done } from './audited.ts';
import { keyCursor } from './cursor.ts';
import { notFound } from './problem.ts';
import { anything, json, ProblemSchema, problems, time } from './schemas.ts';
import { type Api, secured } from './secured.ts';

/** The rollouts for REST. `groups`: of the token; undefined: it sees everything. */
export interface RolloutDesk {
  /** @throws VigiaError if the command or the selection is invalid */
  preview(wanted: NewRollout, by: Identity): RolloutPreview;
  /** @throws VigiaError as `preview`, and `conflict` (too many open), `unavailable` */
  create(wanted: NewRollout, by: Identity): Promise<VersionedRollout>;
  list(query: { before?: string | undefined; limit: number }, groups?: readonly string[]): Promise<Rollout[]>;
  /** Undefined if it does not exist. */
  get(id: string, groups?: readonly string[]): Promise<VersionedRollout | undefined>;
  /** @throws VigiaError `conflict` if its state does not allow this */
  act(id: string, act: RolloutAct, by: Identity): Promise<VersionedRollout | undefined>;
  targets(query: {
    rolloutId: string;
    outcome?: TargetOutcome | undefined;
    after?: number | undefined;
    limit: number;
  }): Promise<{ position: number; target: RolloutTarget }[]>;
}

const tags = ['Rollouts'];
const marks = keyCursor('rollouts', /^ro-[0-9a-z]{10,40}$/);
const places = keyCursor('rollout devices', /^\d{1,6}$/);
const cursor = z.string().max(256).optional().meta({ description: 'The `cursor` of the previous page' });
const limit = z.coerce.number().int().min(1).max(1000).default(100);
const next = z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' });

const RolloutShown = z
  .object({
    id: z.string(),
    name: z.string().optional(),
    command: z.string(),
    params: anything,
    createdBy: z.string().meta({ description: 'The name of the token' }),
    createdAt: time,
    status: z.enum(rolloutStatuses),
    since: time,
    by: z.string().optional().meta({ description: 'The name of the token that paused, resumed or cancelled it' }),
    why: z.enum(rolloutReasons).optional().meta({ description: 'Why it stopped or paused by itself' }),
    endedAt: time.optional(),
    targets: z.string().meta({ description: 'How the devices were selected' }),
    settings: anything,
    total: z.int(),
    counts: z.object(Object.fromEntries(targetOutcomes.map((it) => [it, z.int()])) as Record<TargetOutcome, z.ZodInt>),
  })
  .openapi('Rollout');
const VersionedRolloutShown = z.object({ version: z.int(), document: RolloutShown }).openapi('VersionedRollout');
const Preview = z
  .object({
    total: z.int(),
    online: z.int(),
    send: z.int().meta({ description: 'Online devices that would be sent the command' }),
    alreadySo: z.int(),
    unproven: z.int().meta({ description: 'Online devices where the effect of the command is unknown now' }),
    unknownCommand: z.int(),
    devices: z.array(z.object({ deviceId: z.string(), name: z.string().nullable(), status: z.string() })),
  })
  .openapi('RolloutPreview');
const RolloutPage = z.object({ rollouts: z.array(RolloutShown), cursor: next }).openapi('RolloutPage');
const TargetPage = z
  .object({
    devices: z.array(
      z
        .object({
          deviceId: z.string(),
          commandId: z.string(),
          outcome: z.enum(targetOutcomes),
          sentAt: time.optional(),
          answeredAt: time.optional(),
          endedAt: time.optional(),
          code: z.string().optional().meta({ description: 'Why nothing was sent' }),
          message: z.string().optional(),
          durationMs: z.number().optional(),
        })
        .openapi('RolloutTarget'),
    ),
    cursor: next,
  })
  .openapi('RolloutTargetPage');

const params = z.object({ id: z.string().min(1).max(64).meta({ example: 'ro-0m8x2k9qz1f3a5b7c' }) });
const unknown = {
  404: {
    description: 'There is no such rollout',
    content: { 'application/problem+json': { schema: ProblemSchema } },
  },
};
/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('There is no such rollout.') as never;

const acts: Record<RolloutAct, { audit: string; summary: string; description: string }> = {
  pause: { audit: 'rollout.paused', summary: 'Pause the rollout', description: 'Commands that were sent continue.' },
  resume: {
    audit: 'rollout.resumed',
    summary: 'Resume the rollout',
    description: 'A rollout that stopped by itself resumes with a canary, and its earlier failures do not count.',
  },
  cancel: {
    audit: 'rollout.cancelled',
    summary: 'Cancel the rollout',
    description: 'Commands that were sent continue; no further device gets the command.',
  },
};

export function rolloutRoutes(api: Api, rollouts: RolloutDesk): void {
  api.openapi(
    secured('operator', {
      method: 'post',
      path: '/rollouts',
      audit: 'rollout.created',
      reach: 'filtered',
      tags,
      summary: 'Send a command to many devices, a few first',
      description:
        'The devices are selected now. With `preview: true` nothing is sent, and the response says what would happen.',
      request: { body: { required: true, ...json(NewRollout) } },
      responses: {
        200: { description: 'With `preview`: what would happen', ...json(Preview) },
        201: { description: 'The rollout has started', ...json(VersionedRolloutShown) },
        ...problems('device_unknown', 'command_unknown', 'command_invalid', 'conflict', 'unavailable'),
      },
    }),
    async (c) => {
      const wanted = c.req.valid('json');
      const identity = c.get('identity');
      if (wanted.preview) {
        const preview = rollouts.preview(wanted, identity);
        // For the audit: a preview starts nothing.
        c.set('act', 'rollout.previewed');
        done(c, { details: { command: wanted.command, devices: preview.total } });
        return c.json(preview, 200);
      }
      const created = await rollouts.create(wanted, identity);
      const { id, command, targets, total } = created.document;
      done(c, { details: { id, command, targets, devices: total } });
      return c.json(created, 201, { Location: `/api/v1/rollouts/${id}` });
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/rollouts',
      reach: 'filtered',
      tags,
      summary: 'List the rollouts, newest first',
      request: { query: z.object({ limit, cursor }) },
      responses: { 200: { description: 'One page', ...json(RolloutPage) }, ...problems('unavailable') },
    }),
    async (c) => {
      const query = c.req.valid('query');
      const before = query.cursor === undefined ? undefined : marks.decode(query.cursor);
      const found = await rollouts.list({ before, limit: query.limit + 1 }, c.get('view').groups);
      const shown = found.slice(0, query.limit);
      const last = found.length > query.limit ? shown.at(-1) : undefined;
      return c.json({ rollouts: shown, ...(last && { cursor: marks.encode(last.id) }) }, 200);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/rollouts/{id}',
      reach: 'filtered',
      tags,
      summary: 'Read one rollout',
      request: { params },
      responses: {
        200: { description: 'The document with its version', ...json(VersionedRolloutShown) },
        ...problems('unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const found = await rollouts.get(c.req.valid('param').id, c.get('view').groups);
      return found ? c.json(found, 200) : none();
    },
  );

  for (const act of rolloutActs) {
    const { audit, ...documentation } = acts[act];
    api.openapi(
      secured('operator', {
        method: 'post',
        path: `/rollouts/{id}/${act}` as const,
        audit,
        reach: 'filtered',
        tags,
        ...documentation,
        request: { params },
        responses: {
          200: { description: 'The new version', ...json(VersionedRolloutShown) },
          ...problems('conflict', 'unavailable'),
          ...unknown,
        },
      }),
      async (c) => {
        const { id } = c.req.valid('param');
        const changed = await rollouts.act(id, act, c.get('identity'));
        if (!changed) return none();
        done(c, { details: { id } });
        return c.json(changed, 200);
      },
    );
  }

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/rollouts/{id}/devices',
      reach: 'filtered',
      tags,
      summary: 'List the result of each device',
      request: {
        params,
        query: z.object({
          outcome: z.enum(targetOutcomes).optional(),
          format: z.enum(['json', 'csv']).default('json'),
          limit,
          cursor,
        }),
      },
      responses: {
        200: {
          description: 'One page, in the order of sending; as `csv`, all devices',
          content: { 'application/json': { schema: TargetPage }, 'text/csv': { schema: z.string() } },
        },
        ...problems('unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const { id: rolloutId } = c.req.valid('param');
      const query = c.req.valid('query');
      if (!(await rollouts.get(rolloutId, c.get('view').groups))) return none();
      const { outcome } = query;
      if (query.format === 'csv') {
        const all = await rollouts.targets({ rolloutId, outcome, limit: MOST });
        c.header('Content-Disposition', `attachment; filename="${rolloutId}.csv"`);
        return c.body(csvOf(all.map(({ target }) => target)), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
      }
      const after = query.cursor === undefined ? undefined : Number(places.decode(query.cursor));
      const found = await rollouts.targets({ rolloutId, outcome, after, limit: query.limit + 1 });
      const page = found.slice(0, query.limit);
      const last = found.length > query.limit ? page.at(-1) : undefined;
      const devices = page.map(({ target }) => target);
      return c.json({ devices, ...(last && { cursor: places.encode(String(last.position)) }) }, 200);
    },
  );
}

const MOST = 20_000;
const columns = [
  'deviceId',
  'outcome',
  'code',
  'message',
  'sentAt',
  'answeredAt',
  'endedAt',
  'durationMs',
  'commandId',
] as const satisfies readonly (keyof RolloutTarget)[];

const csvOf = (targets: readonly RolloutTarget[]): string =>
  [columns, ...targets.map((target) => columns.map((it) => target[it] ?? ''))]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');

/** Quotes a CSV cell if necessary, and escapes what a spreadsheet would run as a formula. */
function cell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
