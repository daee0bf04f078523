import { fieldOf, operatorsOf } from './fields.ts';
import { type Filter, FilterError, type Operator, type Term } from './filter.ts';
import { expectedInstead } from './values.ts';

/** `group:`, `label.city=`, `label."opening hours"~`, `volume>=` */
const HEAD = /([a-z]+(?:\.(?:[^\s:=~<>!"]+|"(?:[^"\\]|\\[\s\S])+"))?)(!=|<=|>=|[:=~<>])/iy;
const SPACE = /\s*/y;
const WORD = /\S+/y;
const ITEM = /[^\s,]+/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;

/** @throws FilterError */
export function parseFilter(text: string): Filter {
  const terms: Term[] = [];
  for (let at = skip(text, 0); at < text.length; ) {
    const { term, end } = termAt(text, at);
    terms.push(term);
    at = skip(text, end);
  }
  return { terms };
}

/** The head of a condition, if the text begins with one. */
export const headOf = (text: string): { key: string; operator: Operator | '!=' } | undefined => headAt(text, 0);

function termAt(text: string, start: number): { term: Term; end: number } {
  const not = /^[-!]\S/.test(text.slice(start, start + 2));
  const at = not ? start + 1 : start;
  const head = headAt(text, at);
  if (head && fieldOf(head.key)) return conditionAt(text, not, head);
  // As free text, a negated condition with a mistyped key would exclude nothing, and so match all devices.
  if (head && not) throw new FilterError('key', at, { key: head.key });
  const { value, end } = text[at] === '"' ? quotedAt(text, at, false) : matchAt(WORD, text, at);
  if (value === '') throw new FilterError('no value', at);
  return { term: { not, text: value }, end };
}

type Head = NonNullable<ReturnType<typeof headOf>> & { end: number };

function headAt(text: string, at: number): Head | undefined {
  HEAD.lastIndex = at;
  const [, written, operator] = HEAD.exec(text) ?? [];
  if (written === undefined) return undefined;
  const key = written.replace(/"([\s\S]*)"$/, (_, inside: string) => unescaped(inside));
  return { key, operator: operator as Head['operator'], end: HEAD.lastIndex };
}

function conditionAt(text: string, not: boolean, head: Head): { term: Term; end: number } {
  const field = fieldOf(head.key) as NonNullable<ReturnType<typeof fieldOf>>;
  const operator = head.operator === '!=' ? '=' : head.operator;
  const key = field.name;
  const allowed = operatorsOf[field.kind];
  if (!allowed.includes(operator)) {
    throw new FilterError('operator', head.end - head.operator.length, { key, expected: allowed.join(' ') });
  }
  const isList = operator === ':';
  const values: string[] = [];
  for (let at = head.end; ; at++) {
    const { value, end } = text[at] === '"' ? quotedAt(text, at, isList) : matchAt(isList ? ITEM : WORD, text, at);
    const expected = expectedInstead(field, operator, value);
    if (expected !== undefined) throw new FilterError('value', at, { key, expected });
    values.push(value);
    at = end;
    if (!isList || text[at] !== ',')
      return { term: { not: not !== (head.operator === '!='), key, operator, values }, end: at };
  }
}

function matchAt(pattern: RegExp, text: string, at: number): { value: string; end: number } {
  pattern.lastIndex = at;
  const value = pattern.exec(text)?.[0];
  if (value === undefined) throw new FilterError('no value', at);
  return { value, end: pattern.lastIndex };
}

function quotedAt(text: string, at: number, isList: boolean): { value: string; end: number } {
  QUOTED.lastIndex = at;
  const inside = QUOTED.exec(text)?.[1];
  if (inside === undefined) throw new FilterError('open quote', at);
  const end = QUOTED.lastIndex;
  if (end < text.length && !/\s/.test(text[end] as string) && !(isList && text[end] === ',')) {
    throw new FilterError('after quote', end);
  }
  return { value: unescaped(inside), end };
}

const unescaped = (inside: string): string => inside.replace(/\\([\s\S])/g, '$1');

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}
