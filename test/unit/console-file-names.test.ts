import { expect, test } from 'vitest';
import { fileNames } from '../../src/console/core/file-names.ts';

test('Q14 each device has files of its own, on any system', () => {
  expect(fileNames(['a:b', 'a_b', 'Lobby', 'lobby', 'A_B-2'])).toEqual(['a_b', 'a_b-2', 'Lobby', 'lobby-2', 'A_B-2-2']);
});
