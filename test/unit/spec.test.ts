import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const rules = [...readFileSync(`${ROOT}SPEC.md`, 'utf8').matchAll(/^- \*\*([A-Z]\d+[a-z]?)\b/gm)].map(([, id]) => id);

/** The IDs that a title begins with; `C1–C4` stands for all between. */
const IDS = /(?<=['"`])(?:[A-Z]\d+[a-z]?(?:–[A-Z]?\d+)?,? )+/g;
const quoted = readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .flatMap((path) => readFileSync(`${ROOT}test/${path}`, 'utf8').match(IDS) ?? [])
  .flatMap((ids) => ids.match(/[A-Z]\d+[a-z]?(–[A-Z]?\d+)?/g) ?? [])
  .flatMap((id) => {
    const [, letter, from, to] = /^([A-Z])(\d+)–[A-Z]?(\d+)$/.exec(id) ?? [];
    if (letter === undefined) return [id];
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => `${letter}${Number(from) + i}`);
  });

test('every rule of SPEC is quoted by the title of a test', () => {
  expect(rules.length).toBeGreaterThan(100);
  expect(rules.filter((id) => !quoted.includes(id as string))).toEqual([]);
});

test('no title quotes a rule that SPEC does not have', () => {
  expect([...new Set(quoted)].filter((id) => !rules.includes(id))).toEqual([]);
});

test('no comment refers to a rule, or a document, that does not exist', () => {
  const files = ['src', 'machines', 'test'].flatMap((folder) =>
    readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(tsx?|mjs)$/.test(path))
      .map((path) => `${folder}/${path}`),
  );
  const wrong = files.flatMap((path) => {
    const text = readFileSync(ROOT + path, 'utf8');
    const cited = [...text.matchAll(/\bSPEC ((?:[A-Z]\d+[a-z]?(?:–[A-Z]?\d+)?(?:, | and )?)+)/g)];
    const unknown = cited.flatMap(([, ids = '']) => ids.match(/[A-Z]\d+[a-z]?/g) ?? []);
    return [
      ...unknown.filter((id) => !rules.includes(id)),
      ...(text.match(/\b(?:CONTRACT|DESIGN)\b [A-Z§]/g) ?? []),
    ].map((it) => `${path}: ${it}`);
  });
  expect(wrong).toEqual([]);
});
