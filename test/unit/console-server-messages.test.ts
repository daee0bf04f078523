import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { serverMessages } from '../../src/console/core/server-messages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Messages of earlier versions, which stored commands may still contain. */
const STORED = ['its time to live ran out'];

/** Schemas with an input that they refuse. */
const refused: readonly (readonly [schema: z.ZodType, input: unknown])[] = [
  [z.string().min(1), ''],
  [z.string().max(3), 'long'],
  [z.number().min(-1.5), -2],
  [z.number().max(1), 2],
  [z.number(), 'x'],
  [z.int(), 1.5],
  [z.string(), undefined],
  [z.string(), 1],
  [z.array(z.string()).min(1), []],
  [z.enum(['a', 'b']), 'c'],
  [z.string().regex(/a/), 'b'],
  [z.iso.datetime(), 'x'],
];
const zodMessages = refused.map(([schema, input]) => schema.safeParse(input).error?.issues[0]?.message ?? '');
/** The console uses the first pattern that matches. */
const patternOf = (message: string) => serverMessages.find(([pattern]) => pattern.test(message))?.[0];
const zodPatterns = new Set(zodMessages.map(patternOf));

const sources = ['src', 'machines']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  .map((it) => join(it.parentPath, it.name))
  .filter((path) => path.endsWith('.ts') && !path.includes(join('src', 'console')))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

/** The pattern's alternatives, as in `^(?:a|b)$`. */
function alternativesOf({ source }: RegExp): string[] {
  const [group, choices = ''] = /\(\?:(.*?)\)/.exec(source) ?? [];
  return group === undefined ? [source] : choices.split('|').map((it) => source.replace(group, () => it));
}

/** Matches a string literal with such a message; groups of the pattern stand for inserted values. */
function literalOf(pattern: string, flags: string): RegExp {
  const text = pattern.replace(/^\^|(\.\*)?\$$/g, '').replace(/(?<!\\)\([^)]*\)/g, '\\$\\{[^}]*\\}');
  return new RegExp(`['"\`]${text}${pattern.endsWith('.*$') ? '' : '[\'"`]'}`, flags);
}

const ours = serverMessages.map(([pattern]) => pattern).filter((pattern) => !zodPatterns.has(pattern));
const claimed = ours.flatMap((pattern) => alternativesOf(pattern).map((text) => [text, pattern.flags] as const));

test.each(claimed.filter(([text]) => !STORED.some((it) => new RegExp(text).test(it))))(
  'the server still says %s, which the console translates',
  (text, flags) => expect(literalOf(text, flags).test(sources)).toBe(true),
);

test('zod still produces the messages that the console translates', () => {
  expect(zodMessages.filter((it) => it === '' || !patternOf(it))).toEqual([]);
  const isOfZod = (pattern: RegExp) => /^\^(Too|Invalid) /.test(pattern.source);
  expect(serverMessages.map(([pattern]) => pattern).filter((it) => isOfZod(it) !== zodPatterns.has(it))).toEqual([]);
});

test('the exceptions are needed', () => {
  for (const it of STORED) {
    expect(patternOf(it)).toBeDefined();
    expect(sources).not.toContain(it);
  }
});
