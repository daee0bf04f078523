/**
 * The filter language that selects devices (SPEC F1–F6): `status:offline group:lobby version<2.3 -label.city=Mendoza`.
 * All terms must hold.
 */
export interface Filter {
  terms: readonly Term[];
}

export type Term = TextTerm | Condition;

/** A free text term, as the parameter `q` has always had. With spaces it is a phrase. */
export interface TextTerm {
  not: boolean;
  text: string;
}

export interface Condition {
  not: boolean;
  key: Key;
  operator: Operator;
  /** Any of these matches. More than one only for `:`. */
  values: readonly string[];
}

/** A field name in lower case, or `label.` and the label's key. */
export type Key = string;

export const operators = [':', '=', '~', '<', '<=', '>', '>='] as const;
export type Operator = (typeof operators)[number];

/** Longer filters are refused. */
export const MAX_FILTER = 1000;

export type FilterProblem = 'key' | 'operator' | 'value' | 'no value' | 'open quote' | 'after quote';

/** A syntax error in a filter, with its position. */
export class FilterError extends Error {
  override name = 'FilterError';
  readonly problem: FilterProblem;
  /** Position in characters, from 0. */
  readonly offset: number;
  readonly key: string | undefined;
  /** What would be valid there. */
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
