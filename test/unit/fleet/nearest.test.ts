import { expect, test } from 'vitest';
import { nearest } from '../../../src/fleet/nearest.ts';

test.each([
  ['loby', ['lobby', 'hall', 'entrance'], ['lobby']],
  ['LOBBY', ['Lobby'], ['Lobby']],
  ['cafe', ['Café', 'café 2'], ['Café', 'café 2']],
  ['hall', ['hall 1', 'hall 2', 'hall 3', 'hall 4'], ['hall 1', 'hall 2', 'hall 3']],
  ['halls', ['hall', 'walls', 'hall'], ['hall', 'walls']],
  ['abc', ['abd', 'xyz', 'ab'], ['ab', 'abd']],
  ['ab', ['xy', 'ba', 'xyz'], ['ba', 'xy']],
  ['entrance hall', ['entrance', 'hall'], ['entrance']],
  ['', ['a', 'bcd'], ['a']],
  ['x'.repeat(100), [`${'x'.repeat(64)}y`], [`${'x'.repeat(64)}y`]],
])('C5 nearest to %j among %j', (name, names, expected) => {
  expect(nearest(name, names)).toEqual(expected);
});
