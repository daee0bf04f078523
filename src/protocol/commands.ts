import { z } from 'zod';
import { commandFor } from '../../machines/intents.ts';
import type { commandNames } from '../../machines/policy.ts';
import { isDeclarable } from './declared-commands.ts';
import type { JsonObject } from './document.ts';
import { VigiaError } from './errors.ts';
import { measure } from './limits.ts';
import { ID, issuesOf, parse } from './schema.ts';

export { intentNames } from '../../machines/intents.ts';
export { type CommandEnding, type CommandName, commandEndings, commandNames } from '../../machines/policy.ts';
export * from './command-record.ts';

/** In characters of JSON. Parameters are stored with every step of every device's command. */
const MAX_PARAMS_BYTES = 8192;

const name = z.union([z.string().min(1).max(2048), z.number().int().nonnegative()]);
const pixels = z.number().int().min(1).max(16384);

/** The parameters of each command. Unknown keys pass unchanged, because players differ. */
export const commandParams = {
  'vlc:play': z.looseObject({
    uri: z.string().min(1).max(4096).optional(),
    item: name.optional(),
    playlist: name.optional(),
    loop: z.boolean().optional(),
    position: z.number().nonnegative().optional(),
    volume: z.number().min(0).max(512).optional(),
  }),
  'vlc:pause': z.looseObject({}),
  'vlc:stop': z.looseObject({}),
  'vlc:fullscreen': z.looseObject({ enabled: z.boolean().optional() }),
  'vlc:snapshot': z.looseObject({
    width: pixels.optional(),
    height: pixels.optional(),
    format: z.enum(['png', 'jpeg', 'jpg', 'webp']).optional(),
    quality: z.number().min(1).max(100).optional(),
  }),
} as const satisfies Record<(typeof commandNames)[number], z.ZodType>;

const duration = z.number().int().min(1);

/** Options of a command, whatever interface sends it. */
export const commandOptions = {
  /** Timeout of one attempt, in ms. */
  timeoutMs: duration.max(600_000).optional(),
  /** Further attempts after one without an answer. */
  retries: z.number().int().min(0).max(10).optional(),
  /** How long the command may wait for an offline device, in ms. */
  ttlMs: duration.max(7 * 24 * 3600_000).optional(),
  // The id becomes a key of the document's `commands`.
  commandId: ID.refine((id) => id !== '__proto__', 'must not be __proto__').optional(),
  /** Send an intent even if its effect is unknown now (`unproven`). */
  force: z.boolean().optional(),
};

export const unknownCommand = (command: string) =>
  new VigiaError('command_unknown', `There is no command "${command.slice(0, 64)}".`);

/**
 * Validates a command's parameters before it is sent (SPEC C5). For a declared command this only checks for an object.
 * @throws VigiaError `command_unknown`; `command_invalid` with the path of each fault
 */
export function checkParams(command: string, params: unknown): JsonObject {
  const sent = commandFor(command);
  const isDeclared = !Object.hasOwn(commandParams, sent);
  if (isDeclared && !isDeclarable(command)) throw unknownCommand(command);
  try {
    measure({ params }, MAX_PARAMS_BYTES);
  } catch (error) {
    if (!(error instanceof VigiaError) || error.code !== 'payload_too_large') throw error;
    throw new VigiaError('command_invalid', undefined, [
      { path: 'params', message: `more than ${MAX_PARAMS_BYTES} bytes` },
    ]);
  }
  // The device's declaration defines the parameters.
  if (isDeclared)
    return parse(z.record(z.string(), z.json()).default({}), params, 'command_invalid', 'params') as JsonObject;
  const parsed = commandParams[sent as keyof typeof commandParams].safeParse(params ?? {});
  if (!parsed.success) throw new VigiaError('command_invalid', undefined, issuesOf(parsed.error, 'params'));
  return parsed.data as JsonObject;
}
