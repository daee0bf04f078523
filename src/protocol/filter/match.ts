import type { DeviceDocument } from '../document.ts';
import { fold, textOf } from '../search.ts';
import { type Field, fieldOf } from './fields.ts';
import type { Condition, Filter, Operator, TextTerm } from './filter.ts';
import { duration } from './values.ts';
import { compareVersions } from './version.ts';

/** @param now milliseconds since the epoch, by the server's clock */
export type Matcher = (document: DeviceDocument, now: number) => boolean;

/** Whether a device is chosen by all terms. */
export function matcherOf({ terms }: Filter): Matcher {
  const tests = terms.map((term) => {
    const test = 'key' in term ? conditionTest(term) : textTest(term);
    return term.not ? (document: DeviceDocument, now: number) => !test(document, now) : test;
  });
  return (document, now) => tests.every((test) => test(document, now));
}

/** Does the answer change as time passes, though no device does? */
export const isTimed = ({ terms }: Filter): boolean =>
  terms.some((term) => 'key' in term && fieldOf(term.key)?.kind === 'age');

function textTest({ text }: TextTerm): Matcher {
  const folded = fold(text);
  const parts = /\s/.test(text) ? [folded] : folded.split(/\s+/);
  return (document) => {
    const all = textOf(document);
    return parts.every((part) => all.includes(part));
  };
}

function conditionTest({ key, operator, values }: Condition): Matcher {
  const field = fieldOf(key);
  if (!field) throw new Error(`There is no field ${key}`);
  const tests = values.map((value) => valueTest(field, operator, value));
  const [only] = tests;
  return tests.length === 1 && only ? only : (document, now) => tests.some((test) => test(document, now));
}

function valueTest(field: Field, operator: Operator, value: string): Matcher {
  switch (field.kind) {
    case 'text': {
      const matches = textMatch(operator, value);
      return (document) => matches(field.of(document));
    }
    case 'version': {
      const matches = textMatch(operator, value);
      const holds = comparisons[operator === ':' ? '=' : operator];
      if (operator === '=' || operator === '~') return (document) => matches([field.of(document)]);
      return (document) => {
        const told = field.of(document);
        return (operator === ':' && matches([told])) || (told !== null && holds(compareVersions(told, value)));
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
        const told = field.of(document);
        return typeof told === 'number' && holds(told - limit);
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

/** An empty value is for what has none. */
function textMatch(operator: Operator, value: string): (told: readonly (string | null | undefined)[]) => boolean {
  if (value === '') return (told) => told.every((it) => !it);
  if (operator === '=') return (told) => told.includes(value);
  const wanted = fold(value);
  if (operator === '~') return (told) => told.some((it) => it && fold(it).includes(wanted));
  return (told) => told.some((it) => it && fold(it) === wanted);
}

/** By the difference. */
const comparisons: Readonly<Record<Operator, (difference: number) => boolean>> = {
  ':': (it) => it === 0,
  '=': (it) => it === 0,
  '~': () => false,
  '<': (it) => it < 0,
  '<=': (it) => it <= 0,
  '>': (it) => it > 0,
  '>=': (it) => it >= 0,
};
