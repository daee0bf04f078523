import { z } from '@hono/zod-openapi';
import type { View } from '../access/view.ts';
import type { AlertQuery } from '../ports/alert-log.ts';
import { type Alert, alerts as all, shownAlert } from '../protocol/alerts.ts';
import { AlertPage } from './alert-schemas.ts';
import { keyCursor } from './cursor.ts';
import { json, problems } from './schemas.ts';
import { type Api, secured } from './secured.ts';
import { seenPage } from './seen-page.ts';

/** The alerts for REST. */
export interface ReadAlerts {
  /** Newest first. @throws VigiaError `unavailable` */
  list(query: AlertQuery): Promise<Alert[]>;
  /** True if the database is down: `list` then includes alerts in memory. */
  readonly isBehind?: boolean;
}

const marks = keyCursor('alert', /^[0-9a-z]{10,32}$/);

const BEHIND = 'The database cannot be used now: these are the alerts that are remembered without it.';

const Query = z.object({
  state: z.enum(['open', 'all']).default('open').meta({ description: 'Only open alerts, or all' }),
  about: z.string().max(300).optional().meta({ description: 'Only alerts about this, such as a device id' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(64).optional().meta({ description: 'The `cursor` of the previous page' }),
});

export function alertRoutes(api: Api, alerts: ReadAlerts): void {
  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/alerts',
      reach: 'filtered',
      tags: ['Alerts'],
      summary: 'List the alerts, newest first',
      request: { query: Query },
      responses: { 200: { description: 'One page', ...json(AlertPage) }, ...problems('unavailable') },
    }),
    async (c) => {
      const { state, about, limit, cursor } = c.req.valid('query');
      const before = cursor === undefined ? undefined : marks.decode(cursor);
      const view = c.get('view');
      const { page, next } = await seenPage(
        (at, size) => alerts.list({ open: state === 'open', about, before: at, limit: size }),
        { before, limit, isFiltered: view.groups !== undefined },
        (alert) => concerns(alert, view),
      );
      const note = alerts.isBehind ? { note: BEHIND } : {};
      return c.json({ alerts: page.map(shownAlert), ...(next && { cursor: marks.encode(next) }), ...note }, 200);
    },
  );
}

/**
 * A token with groups sees the alerts of its devices and groups. Alerts about an address, the fleet or the server also
 * concern other groups.
 */
function concerns({ alert, about }: Alert, view: View): boolean {
  if (!view.groups) return true;
  if (all[alert].about === 'device') return view.knows(about);
  return view.groups.some((group) => about === `group ${group}`);
}
