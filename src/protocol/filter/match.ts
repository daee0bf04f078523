import type { DeviceDocument } from '../document.ts';
import { fold, macIn, textOf } from '../search.ts';
import { type Field, fieldOf } from './fields.ts';
import type { Condition, Filter, Operator, TextTerm } from './filter.ts';
import { duration } from './values.ts';
import { compareVersions } from './version.ts';

/** @param now milliseconds since the epoch, by the server's clock */
export type Matcher = (document: DeviceDocument, now: number) => boolean;

/** Matches devices for which all terms hold. */
export function matcherOf({ terms }: Filter): Matcher {
  const tests = terms.map((term) => {
    const test = 'key' in term ? conditionTest(term) : textTest(term);
    return term.not ? (document: DeviceDocument, now: number) => !test(document, now) : test;
  });
  return (document, now) => tests.every((test) => test(document, now));
}

/** True if the result can change with time alone. */
export const isTimed = ({ terms }: Filter): boolean =>
  terms.some((term) => 'key' in term && fieldOf(term.key)?.kind === 'age');

function textTest({ text }: TextTerm): Matcher {
  const folded = fold(text);
  const parts = /\s/.test(text) ? [folded] : folded.split(/\s+/);
  const words = parts.map((part) => [part, macIn(part) ?? part] as const);
  return (document) => {
    const all = textOf(document);
    return words.every(([word, mac]) => all.includes(word) || (mac !== word && all.includes(mac)));
  };
}

function conditionTest({ key, operator, values }: Condition): Matcher {
  const field = fieldOf(key);
  if (!field) throw new Error(`There is no field ${key}`);
  if (field.kind === 'text') {
    if (field.name === 'group') return groupTest(operator, values);
    const matches = textMatch(operator, field.name === 'mac' ? values.map((it) => macIn(fold(it)) ?? it) : values);
    return (document) => matches(field.of(document));
  }
  const tests = values.map((value) => valueTest(field, operator, value));
  const [only] = tests;
  return tests.length === 1 && only ? only : (document, now) => tests.some((test) => test(document, now));
}

/** `north/`: the group `north` and the groups below it. */
function groupTest(operator: Operator, values: readonly string[]): Matcher {
  const matches = textMatch(operator, values);
  const trees = operator === '~' ? [] : values.filter((it) => it.endsWith('/'));
  if (trees.length === 0) return ({ group }) => matches([group]);
  const as = operator === '=' ? (it: string) => it : fold;
  const wanted = trees.map(as);
  return ({ group }) => matches([group]) || (group !== null && wanted.some((tree) => as(`${group}/`).startsWith(tree)));
}

function valueTest(field: Exclude<Field, { kind: 'text' }>, operator: Operator, value: string): Matcher {
  switch (field.kind) {
    case 'version': {
      const matches = textMatch(operator, [value]);
      const holds = comparisons[operator === ':' ? '=' : operator];
      if (operator === '=' || operator === '~') return (document) => matches([field.of(document)]);
      return (document) => {
        const actual = field.of(document);
        return (operator === ':' && matches([actual])) || (actual !== null && holds(compareVersions(actual, value)));
      };
    }
    case 'choice': {
      const wanted = fold(value);
      return (document) => field.of(document) === wanted;
    }
    case 'number': {
      const holds = comparisons[operator === ':' ? '=' : operator];
      const limit = Number(value);
      return (document) => {
        const actual = field.of(document);
        return typeof actual === 'number' && holds(actual - limit);
      };
    }
    case 'age': {
      const holds = comparisons[operator];
      const limit = duration(value);
      return (document, now) => {
        const at = field.of(document);
        const age = at === 'now' ? 0 : at === null ? Number.POSITIVE_INFINITY : Math.max(0, now - Date.parse(at));
        return holds(age - limit);
      };
    }
  }
}

/** An empty value matches devices without this text. Folds a device's text only once for all values. */
function textMatch(
  operator: Operator,
  values: readonly string[],
): (actual: readonly (string | null | undefined)[]) => boolean {
  const mayBeNone = values.includes('');
  const given = values.filter((it) => it !== '');
  const wanted = new Set(operator === '=' ? given : given.map(fold));
  const isWanted = (it: string) => {
    if (operator === '=') return wanted.has(it);
    const folded = fold(it);
    return operator === '~' ? [...wanted].some((part) => folded.includes(part)) : wanted.has(folded);
  };
  return (actual) => (mayBeNone && actual.every((it) => !it)) || actual.some((it) => it && isWanted(it));
}

/** Applied to the sign of the difference. */
const comparisons: Readonly<Record<Operator, (difference: number) => boolean>> = {
  ':': (it) => it === 0,
  '=': (it) => it === 0,
  '~': () => false,
  '<': (it) => it < 0,
  '<=': (it) => it <= 0,
  '>': (it) => it > 0,
  '>=': (it) => it >= 0,
};
