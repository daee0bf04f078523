import { z } from '@hono/zod-openapi';
import type { AuditEntry, AuditQuery } from '../ports/audit.ts';
import { VigiaError } from '../protocol/errors.ts';
import { ID } from '../protocol/schema.ts';
import { keyCursor } from './cursor.ts';
import { AuditPage, json, moment, problems } from './schemas.ts';
import { type Api, secured } from './secured.ts';
import { seenPage } from './seen-page.ts';

/** The audit log for REST. */
export interface ReadAudit {
  /**
   * Newest first.
   * @throws VigiaError `unavailable` while the database is down
   */
  read(query: AuditQuery): Promise<AuditEntry[]>;
}

const marks = keyCursor('audit', /^[0-9a-z]{13,32}$/);

const Query = z.object({
  from: moment.optional().meta({ description: 'Start of the span (inclusive)' }),
  to: moment.optional().meta({ description: 'End of the span (exclusive)' }),
  actor: z.string().min(1).max(256).optional().meta({ description: 'A token name or an address' }),
  kind: z
    .string()
    .regex(/^[a-z_.]{1,64}$/, 'dotted words, such as device.edited, or device. for all that begin so')
    .optional()
    .meta({ description: 'An exact kind, or a prefix that ends with a dot', example: 'device.' }),
  deviceId: ID.optional().meta({ description: 'Only records about this device' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(64).optional().meta({ description: 'The `cursor` of the previous page' }),
});

export function auditRoutes(api: Api, audit: ReadAudit): void {
  api.openapi(
    secured('admin', {
      method: 'get',
      path: '/audit',
      reach: 'filtered',
      tags: ['Audit'],
      summary: 'List the audit log, newest first',
      description:
        'Includes failed sign-ins and refused requests. `details.count`: the number of events that a record stands for.',
      request: { query: Query },
      responses: { 200: { description: 'One page', ...json(AuditPage) }, ...problems('unavailable') },
    }),
    async (c) => {
      const { from, to, cursor, ...query } = c.req.valid('query');
      if (from !== undefined && to !== undefined && from > to) {
        throw new VigiaError('invalid_payload', undefined, [{ path: 'to', message: 'must not be before from' }]);
      }
      const before = cursor === undefined ? undefined : marks.decode(cursor);
      const view = c.get('view');
      const { page, next } = await seenPage(
        (at, limit) => audit.read({ ...query, from, to, before: at, limit }),
        { before, limit: query.limit, isFiltered: view.groups !== undefined },
        ({ deviceId }) => !view.groups || (deviceId !== undefined && view.knows(deviceId)),
      );
      return c.json({ records: page.map(shown), ...(next && { cursor: marks.encode(next) }) }, 200);
    },
  );
}

function shown({
  id,
  at,
  actor,
  kind,
  deviceId,
  outcome,
  details,
}: AuditEntry): z.input<typeof AuditPage>['records'][0] {
  return { id, at: new Date(at).toISOString(), actor, kind, deviceId, outcome, details: details ?? {} };
}
