import { expect, it } from 'vitest';
import { scaleFor } from '../../src/console/pages/wall/tv/scale.ts';

const HD = { width: 1920, height: 980 };

it('Q11 the scale is the largest at which everything fits, and never too small to read', () => {
  const scales = [1, 6, 20, 60, 200, 2000].map((count) => scaleFor('grid', [count], false, HD));
  expect(scales).toEqual([...scales].sort((a, b) => b - a));
  expect(scales[0]).toBeGreaterThan(3);
  expect(scales.at(-1)).toBe(1.5);
  expect(scaleFor('compact', [60], false, HD)).toBeGreaterThan(scaleFor('grid', [60], false, HD));
  expect(scaleFor('compact', Array(20).fill(3), true, HD)).toBeLessThan(scaleFor('compact', [60], false, HD));
});

it('Q11 a table keeps the width that it needs; a small screen is not enlarged beyond its width', () => {
  expect(HD.width / scaleFor('table', [3], false, HD)).toBeGreaterThanOrEqual(900);
  expect(scaleFor('table', [3], false, { width: 320, height: 500 })).toBe(1);
  expect(scaleFor('grid', [500], false, { width: 320, height: 500 })).toBe(1);
  expect(scaleFor('grid', [500], false, { width: 3840, height: 2000 })).toBe(3);
});
