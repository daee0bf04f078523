import { expect, it } from 'vitest';
import { createSelection } from '../../src/console/core/selection.ts';
import { csvText, separatorFor } from '../../src/protocol/csv.ts';

const order = ['a', 'b', 'c', 'd', 'e', 'f'];

function open() {
  let flush: (changes: ReadonlyMap<string, { after?: unknown }>) => void = () => {};
  const selection = createSelection({
    onFlush(listener) {
      flush = listener;
      return () => {};
    },
  });
  const remove = (deviceId: string) => flush(new Map([[deviceId, {}]]));
  return { selection, remove, chosen: () => [...selection.get()].sort().join('') };
}

it('Q9 extending a range again replaces it, and keeps the earlier selection', () => {
  const { selection, chosen } = open();
  expect(chosen()).toBe('');
  selection.toggle('f');
  selection.toggle('b');
  selection.extend('d', order);
  expect(chosen()).toBe('bcdf');
  selection.extend('a', order);
  expect(chosen()).toBe('abf');
  selection.toggle('a');
  expect(chosen()).toBe('bf');
  selection.extend('c', order);
  expect(chosen()).toBe('abcf');
});

it('Q9 by keyboard, a range starts at the focus, unless the last one ended there', () => {
  const { selection, chosen } = open();
  selection.extend('b', order, 'a');
  selection.extend('c', order, 'b');
  expect(chosen()).toBe('abc');
  selection.extend('b', order, 'c');
  expect(chosen()).toBe('ab');
  selection.extend('f', order, 'e');
  expect(chosen()).toBe('abef');
});

it('Q9 a removed or hidden device starts no range', () => {
  const { selection, remove, chosen } = open();
  selection.toggle('a');
  selection.toggle('b');
  remove('b');
  remove('e');
  expect(chosen()).toBe('a');
  selection.extend('d', order);
  expect(chosen()).toBe('ad');
  selection.toggle('b');
  selection.extend('f', ['d', 'e', 'f']);
  expect(chosen()).toBe('abdf');
  selection.clear();
  expect(chosen()).toBe('');
});

it('CSV is quoted where necessary, contains no formulas, and uses the separator of the user’s locale', () => {
  expect(
    csvText(
      [
        ['a', 1, null],
        ['=b;', 'c "d"', 'e\nf'],
      ],
      ';',
    ),
  ).toBe('a;1;\r\n"\'=b;";"c ""d""";"e\nf"');
  expect(csvText([['a,b', 'c;d']])).toBe('"a,b",c;d');
  expect([separatorFor('es-AR'), separatorFor('de'), separatorFor('en-GB'), separatorFor('es-MX')]).toEqual([
    ';',
    ';',
    ',',
    ',',
  ]);
});
