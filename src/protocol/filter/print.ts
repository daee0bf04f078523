import { fieldOf } from './fields.ts';
import type { Condition, Filter, Key, TextTerm } from './filter.ts';
import { headOf } from './parse.ts';

/** The text of a filter; `parseFilter` returns an equal one. */
export const printFilter = ({ terms }: Filter): string =>
  terms.map((term) => (term.not ? '-' : '') + ('key' in term ? condition(term) : text(term))).join(' ');

const condition = ({ key, operator, values }: Condition): string =>
  keyAs(key) + operator + values.map((value) => (isBare(value, operator === ':') ? value : quoted(value))).join(',');

function keyAs(key: Key): string {
  const [, label] = /^label\.([\s\S]+)$/.exec(key) ?? [];
  return label !== undefined && /[\s:=~<>!"]/.test(label) ? `label.${quoted(label)}` : key;
}

function text({ text, not }: TextTerm): string {
  const head = headOf(text);
  const isTaken = head && (not || fieldOf(head.key));
  return isBare(text, false) && !isTaken && !/^[-!]/.test(text) ? text : quoted(text);
}

const isBare = (value: string, isListed: boolean): boolean =>
  value !== '' && !/\s|^"/.test(value) && !(isListed && value.includes(','));

const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
