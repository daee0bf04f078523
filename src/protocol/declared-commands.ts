import { z } from 'zod';
import { isIntent } from '../../machines/intents.ts';
import { commandNames } from '../../machines/policy.ts';
import type { JsonObject } from './document.ts';

export type { DeclaredCommand } from './declaration.ts';

/** The syntax of command names (SPEC C9). */
const NAME = /^[a-z][a-z0-9-]*(:[a-z][a-z0-9-]*)?$/;
const MAX_COMMANDS = 32;
/** In characters of JSON. The declarations are part of the device document. */
const MAX_SIZE = 16_384;

/** The prefix of the standard commands. */
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
  params: z.custom<JsonObject>((it) => z.record(z.string(), json).safeParse(it).success, 'a JSON Schema').optional(),
  repeatable: z.boolean().optional(),
  proof: z.object({ path: z.string().min(1).max(256), equals: json }).optional(),
});

export const DeclaredCommands = z
  .array(DeclaredCommand)
  .max(MAX_COMMANDS)
  .refine((it) => new Set(it.map(({ name }) => name)).size === it.length, 'each name once')
  .refine((it) => JSON.stringify(it).length <= MAX_SIZE, `more than ${MAX_SIZE} characters`);

/** The value at the path of a proof; null if there is none. */
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
