import { z } from 'zod';
import { isIntent } from '../../machines/intents.ts';
import { commandNames } from '../../machines/policy.ts';
import type { JsonObject } from './document.ts';

/** The form of a command's name (SPEC C9). */
const NAME = /^[a-z][a-z0-9-]*(:[a-z][a-z0-9-]*)?$/;
const MAX_COMMANDS = 32;
/** In characters of JSON: they are a part of the device's document. */
const MAX_SIZE = 16_384;

/** What comes before the colon in the names of the commands that all players know. */
const TAKEN = commandNames[0].split(':')[0];
const FORBIDDEN = new Set(['constructor', 'prototype']);

export function isDeclarable(name: string): boolean {
  if (name.length > 64 || !NAME.test(name) || FORBIDDEN.has(name)) return false;
  return name.split(':')[0] !== TAKEN && !isIntent(name);
}

const json = z.json();
const DeclaredCommand = z.object({
  name: z.string().refine(isDeclarable, 'a name such as `reboot` or `display:off`, and none that all players know'),
  title: z.string().trim().min(1).max(128).optional(),
  description: z.string().trim().min(1).max(1024).optional(),
  /** JSON Schema (2020-12) of the parameters, an object. */
  params: z.custom<JsonObject>((it) => z.record(z.string(), json).safeParse(it).success, 'a JSON Schema').optional(),
  /** Sending it twice is as good as sending it once. */
  repeatable: z.boolean().optional(),
  /** Where in the state it is seen that the command took effect: a JSON Pointer (RFC 6901), or keys with dots between. */
  proof: z.object({ path: z.string().min(1).max(256), equals: json }).optional(),
});
/** What a player can do beside what all players can (SPEC C9). */
export type DeclaredCommand = z.infer<typeof DeclaredCommand>;

export const DeclaredCommands = z
  .array(DeclaredCommand)
  .max(MAX_COMMANDS)
  .refine((it) => new Set(it.map(({ name }) => name)).size === it.length, 'each name once')
  .refine((it) => JSON.stringify(it).length <= MAX_SIZE, `more than ${MAX_SIZE} characters`);

/** What a state holds at the path of a proof; null: nothing. */
export function valueAt(state: JsonObject, path: string): unknown {
  const keys = path.startsWith('/')
    ? path
        .slice(1)
        .split('/')
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    : path.split('.');
  let value: unknown = state;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as JsonObject)[key];
  }
  return value ?? null;
}
