import { z } from '@hono/zod-openapi';
import type { View } from '../access/view.ts';
import type { Identity } from '../protocol/admin.ts';
import {
  type ScheduleEdit as Edit,
  NewSchedule,
  type SchedulePreview as Previewed,
  runStatuses,
  type Schedule,
  ScheduleEdit,
  type NewSchedule as ScheduleInput,
  SchedulePreview,
  type ScheduleRun,
  ScheduleTarget,
  stopReasons,
  type ZonePlan,
} from '../protocol/schedules.ts';
import { done } from './audited.ts';
import { notFound } from './problem.ts';
import { json, ProblemSchema, problems, time } from './schemas.ts';
import { type Api, READS, secured } from './secured.ts';

/** The schedules for REST. Undefined: the schedule does not exist, or the token does not see it. */
export interface ScheduleDesk {
  /** @throws VigiaError `invalid_payload`, `forbidden`, `device_unknown` */
  preview(wanted: Previewed, view: View): ZonePlan[];
  list(view: View): Promise<Schedule[]>;
  get(id: string, view: View): Promise<Schedule | undefined>;
  /** @throws VigiaError as `preview`, and `command_unknown`, `command_invalid`, `conflict` (too many), `unavailable` */
  create(input: ScheduleInput, by: Identity, view: View): Promise<Schedule>;
  edit(id: string, edit: Edit, by: Identity, view: View): Promise<Schedule | undefined>;
  remove(id: string, view: View): Promise<{ name: string } | undefined>;
  /** Newest first. */
  runsOf(id: string, limit: number, view: View): Promise<ScheduleRun[] | undefined>;
}

const tags = ['Schedules'];
const local = z.string().meta({ description: 'Local time', example: '2026-12-24T08:00' });

const Body = NewSchedule.meta({
  id: 'NewSchedule',
  description:
    'Sends a command or an intent once at `start`, or by a rule (`rrule`, RFC 5545), in the local time of each device or of ' +
    '`timeZone`. `missed`: a run that could not start in time is skipped, or started once within `withinMs`.',
  example: {
    name: 'Opening',
    command: 'play',
    target: { groups: ['lobby'] },
    start: '2026-12-01T08:00',
    rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
    missed: 'once',
    withinMs: 3_600_000,
  },
});
const EditBody = ScheduleEdit.meta({ id: 'ScheduleEdit', description: 'Fields that are missing stay; null clears.' });
const PreviewBody = SchedulePreview.meta({ id: 'SchedulePreviewRequest' });

const Run = z
  .object({
    id: z.string().meta({ description: 'The `commandId` of its commands' }),
    local,
    command: z.string(),
    zones: z.array(
      z.object({
        timeZone: z.string(),
        at: time,
        startedAt: time.optional(),
        status: z.enum(runStatuses),
        devices: z.int(),
        refused: z
          .record(z.string(), z.int())
          .optional()
          .meta({ description: 'Number of devices that refused the command, by error code' }),
      }),
    ),
    outcomes: z.record(z.string(), z.int()).optional().meta({ description: 'Number of commands by status' }),
  })
  .openapi('ScheduleRun');
const Runs = z.object({ runs: z.array(Run) }).openapi('ScheduleRuns');
const Shown = z
  .object({
    id: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    command: z.string(),
    params: z.record(z.string(), z.unknown()).optional(),
    force: z.boolean().optional(),
    target: ScheduleTarget,
    start: local,
    rrule: z.string().optional(),
    timeZone: z.string().optional(),
    missed: z.enum(['skip', 'once']),
    withinMs: z.int().optional(),
    createdAt: time,
    createdBy: z.string(),
    changedAt: time,
    changedBy: z.string().meta({ description: 'The name of the token whose rights it has' }),
    devices: z.int().meta({ description: 'Current number of target devices' }),
    nextAt: time.nullable(),
    stopped: z.enum(stopReasons).optional().meta({ description: 'Why it does not run although it is enabled' }),
    lastRun: Run.optional(),
  })
  .openapi('Schedule');
const List = z.object({ schedules: z.array(Shown) }).openapi('Schedules');
const Plan = z
  .object({
    zones: z.array(z.object({ timeZone: z.string(), devices: z.int(), runs: z.array(z.object({ local, at: time })) })),
  })
  .openapi('SchedulePlan');

const params = z.object({ id: z.string().min(1).max(128).meta({ example: 'sch-0f3c5a7b9d1e2f40' }) });
const unknown = {
  404: {
    description: 'There is no such schedule, device or command',
    content: { 'application/problem+json': { schema: ProblemSchema } },
  },
};
/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('There is no such schedule.') as never;
const refusals = problems('device_unknown', 'command_unknown', 'command_invalid', 'conflict', 'unavailable');

export function scheduleRoutes(api: Api, schedules: ScheduleDesk): void {
  api.openapi(
    secured('operator', {
      method: 'post',
      path: '/schedules/preview',
      audit: READS,
      reach: 'filtered',
      tags,
      summary: 'Preview the next ten runs',
      description: 'For each time zone of the target devices. Without `target`, of all devices. Nothing is saved.',
      request: { body: { required: true, ...json(PreviewBody) } },
      responses: { 200: { description: 'The runs by time zone', ...json(Plan) }, ...problems('device_unknown') },
    }),
    (c) => c.json({ zones: schedules.preview(c.req.valid('json'), c.get('view')) }, 200),
  );

  api.openapi(
    secured('operator', {
      method: 'post',
      path: '/schedules',
      audit: 'schedule.created',
      reach: 'filtered',
      tags,
      summary: 'Create a schedule',
      description:
        'The schedule has the rights of the token that last changed it, and stops when that token is removed.',
      request: { body: { required: true, ...json(Body) } },
      responses: { 201: { description: 'The schedule', ...json(Shown) }, ...refusals },
    }),
    async (c) => {
      const wanted = c.req.valid('json');
      const created = await schedules.create(wanted, c.get('identity'), c.get('view'));
      done(c, { details: factsOf(created) });
      return c.json(created, 201, { Location: `/api/v1/schedules/${created.id}` });
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/schedules',
      reach: 'filtered',
      tags,
      summary: 'List the schedules, oldest first',
      responses: { 200: { description: 'All of them', ...json(List) } },
    }),
    async (c) => c.json({ schedules: await schedules.list(c.get('view')) }, 200),
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/schedules/{id}',
      reach: 'filtered',
      tags,
      summary: 'Read one schedule',
      request: { params },
      responses: { 200: { description: 'The resource', ...json(Shown) }, ...unknown },
    }),
    async (c) => {
      const found = await schedules.get(c.req.valid('param').id, c.get('view'));
      return found ? c.json(found, 200) : none();
    },
  );

  api.openapi(
    secured('operator', {
      method: 'patch',
      path: '/schedules/{id}',
      audit: 'schedule.edited',
      reach: 'filtered',
      tags,
      summary: 'Change a schedule, pause it or resume it',
      description: 'Runs that were due before the change are dropped.',
      request: { params, body: { required: true, ...json(EditBody) } },
      responses: { 200: { description: 'The new version', ...json(Shown) }, ...refusals, ...unknown },
    }),
    async (c) => {
      const edit = c.req.valid('json');
      const edited = await schedules.edit(c.req.valid('param').id, edit, c.get('identity'), c.get('view'));
      if (!edited) return none();
      done(c, { details: { ...factsOf(edited), fields: Object.keys(edit) } });
      return c.json(edited, 200);
    },
  );

  api.openapi(
    secured('operator', {
      method: 'delete',
      path: '/schedules/{id}',
      audit: 'schedule.removed',
      reach: 'filtered',
      tags,
      summary: 'Remove a schedule',
      request: { params },
      responses: { 204: { description: 'The schedule was removed' }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const removed = await schedules.remove(id, c.get('view'));
      if (!removed) return none();
      done(c, { details: { id, name: removed.name } });
      return c.body(null, 204);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/schedules/{id}/runs',
      reach: 'filtered',
      tags,
      summary: 'List its last runs, newest first',
      request: { params, query: z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) }) },
      responses: {
        200: { description: 'The runs, with the outcomes of their commands', ...json(Runs) },
        ...problems('unavailable'),
        ...unknown,
      },
    }),
    async (c) => {
      const runs = await schedules.runsOf(c.req.valid('param').id, c.req.valid('query').limit, c.get('view'));
      return runs ? c.json({ runs }, 200) : none();
    },
  );
}

/** Details for the audit. */
function factsOf({ id, name, enabled, command, target, start, rrule }: Schedule) {
  return { id, name, enabled, command, target, start, ...(rrule !== undefined && { rrule }) };
}
