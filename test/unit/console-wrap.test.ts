import { expect, it } from 'vitest';
import { lineCounter, wrappedLines } from '../../src/console/pages/wall/wrap.ts';

const lines = (text: string, width: number, taken = 0) => wrappedLines(text, width, () => 1, taken);

it.each([
  ['Hall', 10, 1],
  ['Hall north', 10, 1],
  ['Hall north 2', 10, 2],
  ['Hall north window left', 10, 3],
  // A space at the end of a line takes no room.
  ['0123456789 0123456789', 10, 2],
  ['front-window-left', 10, 3],
  ['0123456789abc', 10, 2],
  ['Hall 0123456789abc', 10, 3],
  // At most in any browser: some break after the signs, and some do not.
  ['north/madrid/hall/left', 10, 3],
  ['north/madrid/hall/left', 12, 3],
  ['abcd/abcd/abcd/abcd', 6, 4],
  ['entrance-27', 10, 2],
  ['Hall entrance-27', 13, 2],
  ['Hall entrance-2', 14, 2],
  ['Hall 2—window', 8, 2],
  ['', 10, 1],
  ['wide', 0.5, 4],
])('Q8 “%s” in a width of %d takes %d lines', (text, width, expected) => {
  expect(lines(text, width)).toBe(expected);
});

it('Q8 what is beside the first line leaves it less room', () => {
  expect(lines('Hall north', 10, 3)).toBe(2);
  expect(lines('Hall', 10, 7)).toBe(2);
  expect(lines('Hall', 10, 6)).toBe(1);
});

it('Q8 a name is measured once for each width', () => {
  const measured: string[] = [];
  const linesIn = lineCounter((char) => {
    measured.push(char);
    return 1;
  });
  expect([10, 10, 3, 3].map((width) => linesIn(width, 0)('Hall 2'))).toEqual([1, 1, 2, 2]);
  const once = measured.length;
  expect([linesIn(10, 0)('Hall 2'), linesIn(3, 0)('Hall 2'), linesIn(10, 5)('Hall 2')]).toEqual([1, 2, 2]);
  expect(measured.length - once).toBeLessThan(once);
});
