import { z } from 'zod';
import { type DeclaredCommand, DeclaredCommands } from './declared-commands.ts';
import type { JsonObject } from './document.ts';
import { normalGroup } from './group-name.ts';
import { measure } from './limits.ts';
import { ID } from './schema.ts';

export type { Registered } from './events.ts';
export { PROTOCOL } from './version.ts';

/** Players in the field send descriptions in all forms. Invalid values are dropped and never refused (P1). */
const text = z.string().trim().min(1).max(256).nullish().catch(undefined);
const group = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .transform((name) => normalGroup(name) || undefined)
  .nullish()
  .catch(undefined);
const network = z.custom<JsonObject>(isDescription).nullish().catch(undefined);
/** In characters of JSON. Limited like a state, because it becomes part of the document. */
const MAX_DESCRIPTION = 16_384;

export const Handshake = z.object({
  token: z.string().min(1).max(4096).optional().catch(undefined),
  authToken: z.string().min(1).max(4096).optional().catch(undefined),
  deviceId: ID.optional().catch(undefined),
});
export type Handshake = z.infer<typeof Handshake>;

export const Profile = z.object({
  deviceName: text,
  deviceType: text,
  deviceGroup: group,
  appVersion: text,
  deviceNetwork: network,
});
export type Profile = z.infer<typeof Profile>;

/** What a player sends about itself at registration. */
export type Description = Profile & { commands?: DeclaredCommand[] | undefined };

/** A state is any object: players define its sections, and unknown keys are kept (P3). */
export const State = z.custom<JsonObject>(isPlainObject, 'a state is an object');

/** Becomes part of the state. Invalid times are dropped; a long text is refused. */
const timestamp = z.preprocess(
  (value) => (typeof value === 'string' || typeof value === 'number' ? value : undefined),
  z.union([z.string().max(64), z.number()]).optional(),
);

export const StateUpdate = z.object({
  deviceId: ID.optional(),
  timestamp,
  changes: z.custom<JsonObject>(isPlainObject, 'changes is an object of top-level sections'),
});

export type StateUpdate = z.output<typeof StateUpdate>;

/** Players' words for the outcome of a command. */
const outcomes: Readonly<Record<string, 'success' | 'error'>> = {
  success: 'success',
  ok: 'success',
  error: 'error',
  failed: 'error',
  failure: 'error',
};
const MAX_STATUS = 100;

/** Any response counts as an answer. Status `unclear`: the words are unknown; the message contains them. */
export const CommandResponse = z
  .object({
    commandId: z.string().min(1).max(300),
    status: z.unknown().optional(),
    result: z.unknown().optional(),
    code: z.string().max(64).nullish().catch(undefined),
    message: z.string().max(4096).nullish().catch(undefined),
  })
  .transform(({ status: said, message, ...rest }) => {
    const words = ['string', 'number', 'boolean'].includes(typeof said) ? String(said) : '';
    const key = words.trim().toLowerCase();
    const status = Object.hasOwn(outcomes, key) ? outcomes[key] : undefined;
    if (status) return { ...rest, status, message };
    const text = [words.trim().slice(0, MAX_STATUS), message].filter(Boolean).join(': ');
    return { ...rest, status: 'unclear' as const, message: text || undefined };
  });
export type CommandResponse = z.infer<typeof CommandResponse>;

export const Register = Profile.extend({
  deviceId: ID,
  commands: DeclaredCommands.optional(),
  /** Answers that may not have arrived. Fewer than a player may ever have pending, so more are a mistake. */
  answers: z.array(CommandResponse).max(10).optional().catch(undefined),
});

export function isPlainObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isDescription(value: unknown): boolean {
  try {
    return isPlainObject(value) && measure(value, MAX_DESCRIPTION) <= MAX_DESCRIPTION;
  } catch {
    return false;
  }
}
