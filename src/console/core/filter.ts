import { useMemo } from 'react';
import type { DeviceDocument } from '../../protocol/document.ts';
import { FilterError, type FilterProblem } from '../../protocol/filter/filter.ts';
import { isTimed, matcherOf } from '../../protocol/filter/match.ts';
import { parseFilter } from '../../protocol/filter/parse.ts';
import { type ScreenStatus, screenStatuses } from './screen-status.ts';
import { defineTexts, useTexts } from './texts.ts';

/** The device filter as in the page's URL. Empty: all devices. */
export interface Filter {
  /** A text in the filter language. */
  q: string;
  screenStatuses: readonly ScreenStatus[];
  /** `north/`: the group `north` and the groups below it. */
  group: string;
  /** `key=value` */
  label: string;
}

export function filterOf(params: URLSearchParams): Filter {
  const status = (params.get('status') ?? '').split(',');
  return {
    q: params.get('q') ?? '',
    screenStatuses: screenStatuses.filter((it) => status.includes(it)),
    group: params.get('group') ?? '',
    label: params.get('label') ?? '',
  };
}

export const isEmptyFilter = (it: Filter) => it.q === '' && it.screenStatuses.length === 0 && !it.group && !it.label;

export interface Matcher {
  matches(document: DeviceDocument, screenStatus: ScreenStatus, now: number): boolean;
  isTimed: boolean;
}

/** An invalid filter matches no device, because commands are sent to what matches. */
export function matcherFor({ q, screenStatuses: wanted, group, label }: Filter): Matcher {
  const typed = parsed(q);
  if (typed instanceof FilterError) return { matches: () => false, isTimed: false };
  const at = label.indexOf('=');
  const [key, value] = [label.slice(0, at), label.slice(at + 1)];
  const matches = matcherOf(typed);
  const isInGroup = matcherOf({ terms: [{ not: false, key: 'group', operator: '=', values: [group] }] });
  return {
    matches: (document, screenStatus, now) =>
      (wanted.length === 0 || wanted.includes(screenStatus)) &&
      (group === '' || isInGroup(document, now)) &&
      // An empty label value is different from a missing label.
      (label === '' || (at > 0 && Object.hasOwn(document.labels, key) && document.labels[key] === value)) &&
      matches(document, now),
    isTimed: isTimed(typed),
  };
}

function parsed(q: string) {
  try {
    return parseFilter(q);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

/** The syntax error in the text, and its position; undefined if it is valid. */
export function useFilterFault(q: string): string | undefined {
  const t = useTexts(texts);
  const kinds = useTexts(expectations);
  const found = useMemo(() => parsed(q), [q]);
  if (!(found instanceof FilterError)) return undefined;
  const { problem, offset, key = '', expected = '' } = found;
  return t.at(offset + 1, t[problem](key, kinds[expected as keyof typeof kinds] ?? expected));
}

type Text = (key: string, expected: string) => string;

const texts = defineTexts(
  {
    at: (character: number, what: string) => `Character ${character}: ${what}`,
    key: ((key) => `there is no key “${key}”; put text in quotes`) as Text,
    operator: ((key, expected) => `“${key}” goes with ${expected}`) as Text,
    value: ((key, expected) => `“${key}” takes ${expected}`) as Text,
    'no value': (() => 'a value is missing') as Text,
    'open quote': (() => 'the quote is not closed') as Text,
    'after quote': (() => 'a space is missing after the quote') as Text,
  } satisfies Record<FilterProblem | 'at', unknown>,
  {
    at: (character, what) => `Carácter ${character}: ${what}`,
    key: (key) => `no existe la clave «${key}»; el texto va entre comillas`,
    operator: (key, expected) => `«${key}» va con ${expected}`,
    value: (key, expected) => `«${key}» admite ${expected}`,
    'no value': () => 'falta un valor',
    'open quote': () => 'faltan las comillas de cierre',
    'after quote': () => 'falta un espacio después de las comillas',
  },
);

/** The expectations of the filter language, translated; lists of values are not. */
const expectations = defineTexts(
  {
    'a number': 'a number',
    'some text': 'some text',
    'a version, such as 2.3': 'a version, such as 2.3',
    'a time, such as 30m, 2h or 7d': 'a time, such as 30m, 2h or 7d',
  },
  {
    'a number': 'un número',
    'some text': 'algún texto',
    'a version, such as 2.3': 'una versión, como 2.3',
    'a time, such as 30m, 2h or 7d': 'un tiempo, como 30m, 2h o 7d',
  },
);
