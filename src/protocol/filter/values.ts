import { fold } from '../search.ts';
import type { Field } from './fields.ts';
import type { Operator } from './filter.ts';
import { isVersion } from './version.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const AGE = /^(\d{1,9}(?:\.\d{1,9})?)([smhdw])$/i;
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Describes what the field accepts if it does not accept this value. Empty values are only for absent texts. */
export function expectedInstead(field: Field, operator: Operator, value: string): string | undefined {
  switch (field.kind) {
    case 'text':
      return operator === '~' && value === '' ? 'some text' : undefined;
    case 'version':
      return [':', '=', '~'].includes(operator) || isVersion(value) ? undefined : 'a version, such as 2.3';
    case 'choice':
      return field.choices.includes(fold(value)) ? undefined : field.choices.join(', ');
    case 'number':
      return NUMBER.test(value) ? undefined : 'a number';
    case 'age':
      return AGE.test(value) ? undefined : 'a time, such as 30m, 2h or 7d';
  }
}

/** Parses a duration such as `2h` to milliseconds. */
export function duration(value: string): number {
  const [, count = '', unit = ''] = AGE.exec(value) ?? [];
  return Number(count) * UNITS[unit.toLowerCase() as keyof typeof UNITS];
}
