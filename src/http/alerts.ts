import { z } from '@hono/zod-openapi';
import { seesAlert, type View } from '../access/view.ts';
import type { AlertQuery } from '../ports/alert-log.ts';
import { type ActFacts, type ActRecord, type AlertAct, actBodies, alertActs } from '../protocol/alert-acts.ts';
import type { AlertNotification } from '../protocol/alert-notifications.ts';
import { type Alert, type AlertName, alerts as all, type ShownAlert } from '../protocol/alerts.ts';
import { AlertFileShown, AlertPage } from './alert-schemas.ts';
import { done } from './audited.ts';
import { keyCursor } from './cursor.ts';
import { notFound } from './problem.ts';
import { json, moment, ProblemSchema, problems } from './schemas.ts';
import { type Api, secured } from './secured.ts';
import { seenPage } from './seen-page.ts';

interface AlertFile {
  alert: Alert;
  shown: ShownAlert;
  acts: readonly ActRecord[];
  notifications: readonly AlertNotification[];
  closable: boolean;
}

/** The alerts for REST. */
export interface AlertDesk {
  /** Newest first. @throws VigiaError `unavailable` */
  list(query: AlertQuery): Promise<Alert[]>;
  /** With what people did about them. @throws VigiaError `unavailable` */
  show(alerts: readonly Alert[]): Promise<ShownAlert[]>;
  /** Undefined if there is no such alert. @throws VigiaError `unavailable` */
  get(id: string): Promise<AlertFile | undefined>;
  /**
   * Undefined if there is no such alert.
   * @throws VigiaError `conflict`, `unavailable`
   */
  act(id: string, act: AlertAct, facts: ActFacts, by: string): Promise<AlertFile | undefined>;
  /** True if the database is down: `list` then includes alerts in memory. */
  readonly isBehind?: boolean;
}

const tags = ['Alerts'];
const ALERT_ID = /^[0-9a-z]{10,32}$/;
const marks = keyCursor('alert', ALERT_ID);

const BEHIND = 'The database cannot be used now: these are the alerts that are remembered without it.';

const Query = z.object({
  state: z.enum(['open', 'all']).default('open').meta({ description: 'Only open alerts, or all' }),
  about: z.string().max(300).optional().meta({ description: 'Only alerts about this, such as a device id' }),
  from: moment.optional().meta({ description: 'Only alerts that were open at this time or later' }),
  to: moment.optional().meta({ description: 'Only alerts that opened before this time' }),
  alert: z
    .enum(Object.keys(all) as [AlertName, ...AlertName[]])
    .optional()
    .meta({ description: 'Only this kind' }),
  severity: z.enum(['critical', 'warning']).optional(),
  group: z.string().max(256).optional().meta({ description: 'Only about devices and sites of this group' }),
  assignee: z.string().max(256).optional().meta({ description: 'Only assigned to this person' }),
  acknowledged: z.enum(['true', 'false']).optional().meta({ description: 'Only acknowledged ones, or only others' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(64).optional().meta({ description: 'The `cursor` of the previous page' }),
});

const params = z.object({ id: z.string().min(1).max(64).meta({ example: '0m8x2k9qz1f3a5b7c9d' }) });
const unknown = {
  404: { description: 'There is no such alert', content: { 'application/problem+json': { schema: ProblemSchema } } },
};
/** Typed as `never`: the route's type already lists its error responses. */
const none = () => notFound('There is no such alert.') as never;

const described: Record<AlertAct, { audit: string; summary: string; description?: string }> = {
  acknowledge: { audit: 'alert.acknowledged', summary: 'Acknowledge an open alert: somebody has seen it' },
  unacknowledge: { audit: 'alert.unacknowledged', summary: 'Undo the acknowledgement' },
  mute: {
    audit: 'alert.muted',
    summary: 'Send nothing about this problem for some time',
    description:
      'For `forMs` the channels get no alert of this kind about this subject. If it is still open after that, they get it then. Alertmanager has silences of its own, and gets it.',
  },
  unmute: { audit: 'alert.unmuted', summary: 'End the mute' },
  assign: { audit: 'alert.assigned', summary: 'Assign an open alert to a person; null: to nobody' },
  comment: { audit: 'alert.commented', summary: 'Comment on an alert' },
  close: {
    audit: 'alert.closed',
    summary: 'Close an alert whose problem is not measured now',
    description:
      'While the problem is still measured, or if only the server can tell when it is over, this is a `conflict`: the alert would open again.',
  },
};

export function alertRoutes(api: Api, alerts: AlertDesk): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/alerts',
      reach: 'filtered',
      tags,
      summary: 'List the alerts, newest first',
      request: { query: Query },
      responses: { 200: { description: 'One page', ...json(AlertPage) }, ...problems('unavailable') },
    }),
    async (c) => {
      const { state, about, from, to, limit, cursor, ...filter } = c.req.valid('query');
      const before = cursor === undefined ? undefined : marks.decode(cursor);
      const view = c.get('view');
      const isFiltered = view.groups !== undefined || Object.values(filter).some((it) => it !== undefined);
      const { page, next } = await seenPage(
        async (at, size) => {
          const found = await alerts.list({ open: state === 'open', about, from, to, before: at, limit: size });
          const shown = await alerts.show(found);
          return found.map((alert, i) => ({ id: alert.id, alert, shown: shown[i] as ShownAlert }));
        },
        { before, limit, isFiltered },
        ({ alert, shown }) => seesAlert(view, alert) && fits(shown, filter),
      );
      const note = alerts.isBehind ? { note: BEHIND } : {};
      const shown = page.map((it) => it.shown);
      return c.json({ alerts: shown, ...(next && { cursor: marks.encode(next) }), ...note }, 200);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/alerts/{id}',
      reach: 'filtered',
      tags,
      summary: 'Read one alert, with what people did about it',
      request: { params },
      responses: { 200: { description: 'The alert', ...json(AlertFileShown) }, ...problems('unavailable'), ...unknown },
    }),
    async (c) => {
      const file = await seen(c.req.valid('param').id, c.get('view'));
      return file ? c.json(shownFile(file), 200) : none();
    },
  );

  for (const act of alertActs) {
    const { audit, summary, description } = described[act];
    api.openapi(
      secured('operator', {
        method: 'post',
        path: `/alerts/{id}/${act}`,
        audit,
        reach: 'filtered',
        tags,
        summary,
        ...(description && { description }),
        request: { params, body: { required: true, ...json(actBodies[act] as z.ZodType<ActFacts>) } },
        responses: {
          200: { description: 'The alert', ...json(AlertFileShown) },
          ...problems('conflict', 'unavailable'),
          ...unknown,
        },
      }),
      async (c) => {
        const { id } = c.req.valid('param');
        const facts = c.req.valid('json');
        if (!(await seen(id, c.get('view')))) return none();
        const file = await alerts.act(id, act, facts, c.get('identity').name);
        if (!file) return none();
        const { alert, about } = file.alert;
        const { comment: _, ...details } = facts;
        const deviceId = all[alert].about === 'device' ? about : undefined;
        done(c, { deviceId, details: { id, alert, about, ...details } });
        return c.json(shownFile(file), 200);
      },
    );
  }

  async function seen(id: string, view: View): Promise<AlertFile | undefined> {
    const file = ALERT_ID.test(id) ? await alerts.get(id) : undefined;
    return file && seesAlert(view, file.alert) ? file : undefined;
  }
}

type Filter = Pick<z.output<typeof Query>, 'alert' | 'severity' | 'group' | 'assignee' | 'acknowledged'>;

function fits(shown: ShownAlert, { alert, severity, group, assignee, acknowledged }: Filter): boolean {
  return (
    (alert === undefined || shown.alert === alert) &&
    (severity === undefined || shown.severity === severity) &&
    (group === undefined || shown.group === group || shown.about === `group ${group}`) &&
    (assignee === undefined || shown.assignee === assignee) &&
    (acknowledged === undefined || (shown.acknowledged !== undefined) === (acknowledged === 'true'))
  );
}

const shownFile = ({ shown, acts, notifications, closable }: AlertFile) => ({
  ...shown,
  closable,
  acts: [...acts],
  notifications: [...notifications],
});
