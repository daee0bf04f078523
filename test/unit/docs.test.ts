import { expect, test } from 'vitest';
import { documents } from '../../scripts/docs.ts';

test.each(documents())('the generated parts of $file match the code (otherwise: npm run docs)', ({ is, shouldBe }) => {
  expect(is).toBe(shouldBe);
});
