import { z } from 'zod';
import { commandOptions } from './commands.ts';
import { MAX_FILTER } from './filter/filter.ts';
import type * as requests from './requests.ts';
import type { Role } from './roles.ts';
import { ID } from './schema.ts';

/** The admin token of a request or connection. */
export interface Identity {
  tokenId: string;
  /** The console session, if the request has its cookie instead of the token. */
  sessionId?: string;
  /** The token that it was exchanged for; and when it expires, in ms. */
  parentId?: string;
  expiresAt?: number;
  name: string;
  role: Role;
  /** The token sees and commands only devices of these groups; undefined: all. */
  groups?: readonly string[];
}

export const group = z.string().min(1).max(256);

export const Scope = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({ groups: z.array(group).min(1).max(100) }),
  z.strictObject({ devices: z.array(ID).min(1).max(1000) }),
]);
export type Scope = requests.Scope;

export const Subscribe = z.object({
  scope: Scope,
  cursor: z.string().max(256).nullish(),
  encoding: z.enum(['json', 'deflate']).default('json'),
  parts: z.boolean().default(false),
});

export const Nothing = z.unknown();
export const OneDevice = z.object({ deviceId: ID });
/** `intervalMs`: requests a lower rate than WATCH_INTERVAL_MS. */
export const Watch = z.object({ deviceId: ID, intervalMs: z.int().min(10).max(86_400_000).optional() });
export const Refresh = z.object({ deviceId: ID, what: z.enum(['state', 'snapshot']) });
export const OneCommand = z.object({ commandId: z.string().min(1).max(300) });

/** One device, some, a group, a filter, or all: exactly one of them. */
const target = {
  deviceId: ID.optional(),
  deviceIds: z.array(ID).min(1).max(10_000).optional(),
  group: group.optional(),
  filter: z.string().trim().min(1).max(MAX_FILTER).optional(),
  all: z.literal(true).optional(),
};

const hasOneTarget = (it: requests.SendCommand) =>
  [it.deviceId, it.deviceIds, it.group, it.filter, it.all].filter((t) => t !== undefined).length === 1;
const oneTarget = { message: 'name exactly one of deviceId, deviceIds, group, filter, all', path: ['deviceId'] };

const sendCommand = z.object({
  ...target,
  command: z.string().min(1).max(64),
  params: z.unknown().optional(),
  ...commandOptions,
});
export const SendCommand = sendCommand.refine(hasOneTarget, oneTarget);
/** Over a socket, which has no headers. A `traceparent` that is none is ignored, as in a header. */
export const SendTracedCommand = sendCommand
  .extend({ traceparent: z.string().optional().catch(undefined) })
  .refine(hasOneTarget, oneTarget);
export type SendCommand = requests.SendCommand;
