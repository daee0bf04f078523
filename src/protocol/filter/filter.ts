/**
 * The one language in which devices are chosen (SPEC F1–F6): `status:offline group:lobby version<2.3 -label.city=Mendoza`.
 * All terms must hold.
 */
export interface Filter {
  terms: readonly Term[];
}

export type Term = TextTerm | Condition;

/** What `q` always searched for. With spaces in it, a phrase. */
export interface TextTerm {
  not: boolean;
  text: string;
}

export interface Condition {
  not: boolean;
  key: Key;
  operator: Operator;
  /** Any of them. More than one only for `:`. */
  values: readonly string[];
}

/** A field's name, in lower case, or `label.` and the label's key. */
export type Key = string;

export const operators = [':', '=', '~', '<', '<=', '>', '>='] as const;
export type Operator = (typeof operators)[number];

/** More is not read. */
export const MAX_FILTER = 1000;

export type FilterProblem = 'key' | 'operator' | 'value' | 'no value' | 'open quote' | 'after quote';

/** What is wrong with a filter, and where. */
export class FilterError extends Error {
  override name = 'FilterError';
  readonly problem: FilterProblem;
  /** From 0. */
  readonly offset: number;
  readonly key: string | undefined;
  /** What would do there. */
  readonly expected: string | undefined;

  constructor(problem: FilterProblem, offset: number, about: { key?: string; expected?: string } = {}) {
    super(`character ${offset + 1}: ${messages[problem](about.key ?? '', about.expected ?? '')}`);
    this.problem = problem;
    this.offset = offset;
    this.key = about.key;
    this.expected = about.expected;
  }
}

const messages: Record<FilterProblem, (key: string, expected: string) => string> = {
  key: (key) => `there is no key "${key}"; put text in quotes`,
  operator: (key, expected) => `"${key}" goes with ${expected}`,
  value: (key, expected) => `"${key}" takes ${expected}`,
  'no value': () => 'a value is missing',
  'open quote': () => 'the quote is not closed',
  'after quote': () => 'a space is missing after the quote',
};
