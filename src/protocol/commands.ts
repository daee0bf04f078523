import { z } from 'zod';
import { commandFor, intentNames } from '../../machines/intents.ts';
import { type CommandEnding, commandNames } from '../../machines/policy.ts';
import { isDeclarable } from './declared-commands.ts';
import type { JsonObject, PendingStatus, Time } from './document.ts';
import { VigiaError } from './errors.ts';
import { measure } from './limits.ts';
import { ID, issuesOf, parse } from './schema.ts';

export { intentNames } from '../../machines/intents.ts';
export { type CommandEnding, type CommandName, commandEndings, commandNames } from '../../machines/policy.ts';

/** What can be asked of every device: the commands of its player, and what is wanted of it (SPEC C8). */
export const requestNames = [...commandNames, ...intentNames] as const;
export type RequestName = (typeof requestNames)[number];

/** In characters of JSON: they are recorded with every step of every device's command. */
const MAX_PARAMS_BYTES = 8192;

/** All that is known of one command, pending or ended. */
export interface CommandRecord {
  commandId: string;
  deviceId: string;
  /** The command or the intent that was asked for. */
  command: string;
  params: JsonObject;
  status: PendingStatus | CommandEnding;
  /** How often it was sent so far. */
  attempts: number;
  /** The name of the admin token it was asked for with. */
  requestedBy: string;
  requestedAt: Time;
  deadlineAt: Time | null;
  endedAt?: Time;
  confirmedBy?: 'response' | 'state';
  /** It was as wanted before: nothing was sent. */
  alreadySo?: true;
  /** Why nothing was sent. */
  code?: 'unproven';
  result?: unknown;
  message?: string;
  durationMs?: number;
}

/** How a command ended, as it is told. */
export const endingKeys = [
  'code',
  'alreadySo',
  'result',
  'message',
  'attempts',
  'confirmedBy',
  'durationMs',
] as const satisfies readonly (keyof CommandRecord)[];
export type EndingFacts = Partial<Pick<CommandRecord, (typeof endingKeys)[number]>>;

export function endingFacts(record: CommandRecord): EndingFacts {
  return Object.fromEntries(endingKeys.flatMap((key) => (record[key] === undefined ? [] : [[key, record[key]]])));
}

/** What `command:send` and `POST …/commands` answer for each device; of a command that has ended, also how. */
export interface CommandSummary extends Pick<CommandRecord, 'commandId' | 'deviceId' | 'status'>, EndingFacts {
  /** Why this device's command was not accepted (a command for many answers for each device). */
  error?: { code: string; message: string };
}

const name = z.union([z.string().min(1).max(2048), z.number().int().nonnegative()]);
const pixels = z.number().int().min(1).max(16384);

/** What each command takes. Keys that are not named here pass as they are: players differ. */
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

/** What may be said of a command, wherever it is sent from. */
export const commandOptions = {
  /** Milliseconds to wait for one attempt's answer. */
  timeoutMs: duration.max(600_000).optional(),
  /** Further attempts after a silent one. */
  retries: z.number().int().min(0).max(10).optional(),
  /** How long it may wait for an offline device, milliseconds. */
  ttlMs: duration.max(7 * 24 * 3600_000).optional(),
  // It is a key of the document's `commands`.
  commandId: ID.refine((id) => id !== '__proto__', 'must not be __proto__').optional(),
  /** Send an intent, even where what its command would do now is not known (`unproven`). */
  force: z.boolean().optional(),
};

export const unknownCommand = (command: string) =>
  new VigiaError('command_unknown', `There is no command "${command.slice(0, 64)}".`);

/**
 * Checks what a command takes, before it leaves (SPEC C5); of one that a player declared, only that it is an object.
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
  // Its device says what it takes.
  if (isDeclared)
    return parse(z.record(z.string(), z.json()).default({}), params, 'command_invalid', 'params') as JsonObject;
  const parsed = commandParams[sent as keyof typeof commandParams].safeParse(params ?? {});
  if (!parsed.success) throw new VigiaError('command_invalid', undefined, issuesOf(parsed.error, 'params'));
  return parsed.data as JsonObject;
}
