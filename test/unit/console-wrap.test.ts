import { expect, it } from 'vitest';
import { wrappedLines } from '../../src/console/pages/wall/wrap.ts';

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
