import { z } from '@hono/zod-openapi';
import { Hours, isTimeZone } from '../protocol/alerts.ts';
import { desiredSources, desiredStatuses } from '../protocol/desired.ts';
import { restrictionReasons } from '../protocol/document.ts';
import { type ErrorCode, errors } from '../protocol/errors.ts';
import { GroupName, GroupNames } from '../protocol/group-name.ts';
import { roles } from '../protocol/roles.ts';
import { ID } from '../protocol/schema.ts';

/**
 * The shapes of REST, for the OpenAPI document. Requests are validated against theirs; those of responses only
 * describe. Schemas of src/protocol may be loaded before this library adds `.openapi()`, so they are named by
 * `.meta()`.
 */

export const time = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601, UTC', example: '2026-03-01T12:00:00.000Z' });
export const anything = z.record(z.string(), z.unknown());
export const pendingStatus = z.enum(['queued', 'sent', 'verifying']);

export const DeviceId = ID.meta({ description: 'The device', example: 'lobby-01' });
export const CommandId = ID.meta({ description: 'The command', example: 'c-7f3a' });
export const DeviceParams = z.object({ id: DeviceId });

const errorCode = z.enum(Object.keys(errors) as [ErrorCode, ...ErrorCode[]]);

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: errorCode,
    errors: z.array(z.object({ path: z.string(), message: z.string(), offset: z.int().optional() })).optional(),
  })
  .openapi('Problem', { description: 'All errors, as application/problem+json (RFC 9457).' });

const Connection = z
  .object({
    status: z.enum(['online', 'reconnecting', 'offline']),
    since: time,
    lastSeenAt: time.nullable(),
    reason: z.string().optional().meta({ description: 'Why the device is not connected' }),
    address: z.string().nullable(),
    sessionId: z.string().nullable(),
    node: z.string().nullable(),
    clockSkewMs: z.number().nullable().meta({ description: "The device's clock minus the server's" }),
    conflict: z
      .object({ since: time, places: z.array(z.string()) })
      .optional()
      .meta({ description: 'Two machines use this id; `places` names both' }),
    restricted: z
      .object({ since: time, until: time, why: z.enum(restrictionReasons) })
      .optional()
      .meta({ description: 'The device exceeded its limits and is refused until `until`' }),
  })
  .openapi('Connection');

const PendingCommand = z
  .object({
    command: z.string(),
    status: pendingStatus,
    attempt: z.int(),
    requestedBy: z.string(),
    requestedAt: time,
    deadlineAt: time.nullable(),
  })
  .openapi('PendingCommand');

const Playback = z
  .object({
    status: z.enum(['playing', 'paused', 'stopped', 'unavailable', 'unknown']).meta({
      description: '`unavailable`: the player works, but cannot reach its playback engine; `unknown`: not reported yet',
    }),
    item: z.string().nullable(),
    playlist: z.string().nullable(),
    fullscreen: z.boolean().nullable(),
    volume: z.number().nullable(),
  })
  .openapi('Playback', { description: 'The state in a common form for all players; null: not reported.' });

const reason = z.string().trim().min(1).max(256);
const Blocked = z
  .object({ since: time, by: z.string().meta({ description: 'The name of the token' }), reason: z.string().optional() })
  .openapi('Blocked');
export const BlockBody = z
  .strictObject({ reason: reason.optional() })
  .openapi('Block', { example: { reason: 'stolen' } });
export const BlockPage = z
  .object({
    blocks: z.array(
      Blocked.extend({
        id: z.string(),
        known: z.boolean().meta({ description: 'False if the device was removed' }),
      }).openapi('BlockedId'),
    ),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('BlockPage');

const ShownDesired = z
  .object({
    playback: z.enum(['playing', 'paused', 'stopped']),
    fullscreen: z.boolean().optional(),
    during: Hours.optional(),
    giveUpAfter: z.int().optional(),
    setAt: time,
    setBy: z.string().meta({ description: 'The name of the token' }),
    source: z.enum(desiredSources).meta({ description: 'Where it was set; the most specific one applies' }),
    status: z.enum(desiredStatuses),
    since: time,
    why: z.string().meta({ description: 'A short, stable reason: as wanted, command sent, gave up, not connected …' }),
    by: z.string().optional().meta({ description: 'The name of the token whose command suspended it' }),
    until: time.optional().meta({ description: 'When the suspension ends' }),
    tried: z
      .array(z.object({ intent: z.string(), times: z.int(), lastAt: time, ending: z.string().optional() }))
      .optional()
      .meta({ description: 'What was tried, and the result of the last attempt of each' }),
  })
  .openapi('ShownDesired');

/** For a device: the desired state with its status; for other scopes: only the state itself; empty if none is set. */
export const Desired = ShownDesired.partial().openapi('Desired', {
  description: 'The stored desired state; empty if there is none. For a device, with its status.',
});

const DeviceDocument = z
  .object({
    id: DeviceId,
    name: z.string().nullable(),
    type: z.string().nullable(),
    group: z.string().nullable(),
    appVersion: z.string().nullable(),
    network: anything.nullable(),
    labels: z.record(z.string(), z.string()),
    connection: Connection,
    report: z.object({
      status: z.enum(['unknown', 'live', 'stale']),
      receivedAt: time.nullable(),
      measuredAt: time.nullable().meta({
        description: 'When the last reported playback was measured: players may repeat old measurements',
      }),
      intervalMs: z.number(),
      refused: z
        .object({ code: errorCode, at: time })
        .optional()
        .meta({ description: 'The last state was refused; absent after the next accepted one' }),
    }),
    playback: Playback,
    capabilities: z
      .object({ commands: z.array(z.looseObject({ name: z.string(), title: z.string().optional() })) })
      .optional()
      .meta({ description: 'Commands that the player supports beyond the standard ones' }),
    onAir: z.object({
      status: z.enum(['yes', 'no', 'unknown']),
      since: time,
      why: z
        .string()
        .meta({ description: 'A short, stable reason: playing, paused, stopped, stuck, black, not measured …' }),
    }),
    desired: ShownDesired.optional().meta({ description: 'The desired state, and its status' }),
    blocked: Blocked.optional().meta({ description: 'An operator has blocked the device' }),
    state: anything.meta({ description: 'The last report of the device, by section' }),
    commands: z.record(z.string(), PendingCommand).meta({ description: 'The pending commands, by id' }),
  })
  .openapi('DeviceDocument');

export const VersionedDevice = z
  .object({ version: z.int().meta({ description: 'Increases by one with each change' }), document: DeviceDocument })
  .openapi('VersionedDevice');

export const DevicePage = z
  .object({
    devices: z.array(VersionedDevice),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('DevicePage');

const text = z.string().trim().min(1).max(256);

// The same three keys that limits.ts refuses in states: a patch with them could reach an object's prototype.
const labelKey = z
  .string()
  .min(1)
  .max(64)
  .regex(/^(?!(?:__proto__|constructor|prototype)$)/, 'this key is not allowed');

const editable = {
  name: text.nullish(),
  group: GroupName.nullish(),
  labels: z
    .record(labelKey, z.string().max(256))
    .refine((labels) => Object.keys(labels).length <= 64, 'at most 64 labels')
    .optional()
    .meta({ description: 'Replaces all labels', example: { floor: '3' } }),
};

export const DeviceEditBody = z.strictObject(editable).openapi('DeviceEdit');
export const NewDevice = z.strictObject({ id: DeviceId.optional(), ...editable }).openapi('NewDevice');
export const Rotation = z.strictObject({ disconnect: z.boolean().optional() }).openapi('TokenRotation');
export const DeviceToken = z
  .object({ id: DeviceId, token: z.string().meta({ description: 'Shown only once' }) })
  .openapi('DeviceToken');

/** A time in a query; parsed to milliseconds since the epoch. */
export const moment = z.iso
  .datetime({ offset: true, error: 'a moment in ISO 8601 with its zone, such as 2026-03-01T12:00:00Z' })
  .transform((text) => Date.parse(text));

/** A time zone in a query. */
export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be a time zone such as Europe/Madrid')
  .meta({ description: 'An IANA time zone', example: 'Europe/Madrid' });

export const NewToken = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    role: z.enum(roles),
    groups: GroupNames.optional().meta({
      description: 'The token sees and commands only devices of these groups; if missing: all',
    }),
    expiresAt: moment
      .optional()
      .meta({ description: 'The token is invalid from then on; if missing, it does not expire' }),
  })
  .openapi('NewToken', { example: { name: 'night shift', role: 'operator', groups: ['lobby'] } });

export const TokenExchange = z
  .strictObject({
    role: z.enum(roles).optional().meta({ description: 'At most that of the token; if missing: the same' }),
    groups: GroupNames.optional().meta({ description: 'Of those of the token; if missing: the same' }),
    lifetimeS: z.int().min(60).max(86_400).default(3600).meta({ description: 'In seconds' }),
  })
  .openapi('TokenExchange', { example: { role: 'viewer', lifetimeS: 900 } });
export const ExchangedToken = z
  .object({
    token: z.string(),
    role: z.enum(roles),
    groups: z.array(z.string()).optional(),
    expiresAt: time,
  })
  .openapi('ExchangedToken');

const groups = z.array(z.string()).optional();
const token = {
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  groups,
  createdAt: time,
  expiresAt: time.optional(),
  lastUsedAt: time.optional(),
  isUser: z.literal(true).optional().meta({ description: 'A user of the identity provider, who has no token' }),
};
export const TokenList = z.object({ tokens: z.array(z.object(token).openapi('Token')) }).openapi('Tokens');
export const Me = z
  .object({
    name: z.string(),
    role: z.enum(roles),
    groups: groups.meta({ description: 'The groups that the token sees; if missing: all' }),
    now: time.meta({ description: "The server's time" }),
    connection: z.object({ address: z.string(), peer: z.string(), forwardedFor: z.string() }).meta({
      description:
        'Where the request comes from: the client (`address`), the other end of the connection (`peer`, a proxy if it ' +
        'is not the client), and the X-Forwarded-For header',
    }),
  })
  .openapi('Me');
export const CreatedToken = z
  .object({ ...token, token: z.string().meta({ description: 'Shown only once; the server stores only its hash' }) })
  .openapi('CreatedToken');

export const AuditPage = z
  .object({
    records: z.array(
      z
        .object({
          id: z.string(),
          at: time,
          actor: z.string().meta({ description: 'The name of the token, or the address if nobody was signed in' }),
          kind: z.string().meta({ description: 'The kind of action', example: 'device.edited' }),
          deviceId: z.string().optional(),
          outcome: z.string().meta({ description: "`ok`, or the error's code" }),
          details: anything,
        })
        .openapi('AuditRecord'),
    ),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('AuditPage');

export const note = z
  .string()
  .optional()
  .meta({ description: 'What is missing from the response while the database is down' });

const snapshot = {
  url: z.string(),
  thumbnailUrl: z.string(),
  bytes: z.int().meta({ description: 'Size of the file (WebP)' }),
  width: z.int(),
  height: z.int(),
  takenAt: time,
  black: z.boolean().meta({ description: 'The screenshot is black' }),
  sameAsBefore: z.boolean().meta({ description: 'The screenshot is identical to the previous one' }),
};
export const SnapshotFacts = z.object(snapshot).openapi('Snapshot');
export const SnapshotPage = z
  .object({
    snapshots: z.array(
      z
        .object({ id: z.string(), ...snapshot, source: z.enum(['state', 'response', 'upload', 'fetch']) })
        .openapi('ListedSnapshot'),
    ),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('SnapshotPage');

export const PastDevice = z
  .object({
    deviceId: DeviceId,
    at: time,
    version: z.int(),
    document: DeviceDocument,
    coarse: z
      .literal(true)
      .optional()
      .meta({ description: 'Changes after `since` were not stored: the document is as of then' }),
    since: time.optional(),
    reported: z
      .object({ from: time, to: time, receivedAt: time, state: z.record(z.string(), z.unknown()) })
      .optional()
      .meta({ description: 'What the device measured then, without a connection, and sent later' }),
    note,
  })
  .openapi('PastDevice');

export const PastFleet = z
  .object({
    at: time,
    devices: z.array(PastDevice.omit({ at: true, note: true })).meta({ description: 'One page, by id' }),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
    note,
  })
  .openapi('PastFleet');

const version = z.int();
const patch = z.array(z.object({ op: z.string(), path: z.string(), value: z.unknown().optional() }));
export const ChangePage = z
  .object({
    changes: z.array(
      z
        .union([
          z.object({ version, at: time, patch }),
          z.object({
            version,
            at: time,
            coarse: z
              .literal(true)
              .optional()
              .meta({ description: 'Changes between this one and the next were not stored' }),
            document: DeviceDocument,
          }),
          z.object({ version, at: time, deleted: z.literal(true) }),
        ])
        .openapi('Change'),
    ),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
    note,
  })
  .openapi('ChangePage');

/** A JSON body, as request or response content. */
export function json<T extends z.ZodType>(schema: T) {
  return { content: { 'application/json': { schema } } };
}

/** The errors that a route may return. Handlers throw them, so the handler's type does not list them. */
export function problems(...codes: ErrorCode[]): Record<never, never> {
  const responses: Record<number, { description: string; content: object }> = {};
  for (const code of codes) {
    const { http, meaning } = errors[code];
    const before = responses[http] ? `${responses[http].description} ` : '';
    responses[http] = {
      description: `${before}\`${code}\`: ${meaning}`,
      content: { 'application/problem+json': { schema: ProblemSchema } },
    };
  }
  return responses;
}
