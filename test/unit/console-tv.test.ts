import { expect, it } from 'vitest';
import type { WallView } from '../../src/console/core/wall-views.ts';
import { scaleFor } from '../../src/console/pages/wall/tv/scale.ts';
import { lineCounter } from '../../src/console/pages/wall/wrap.ts';

const linesIn = lineCounter(() => 0.6);
const names = (count: number, text = 'Hall 1') => Array<string>(count).fill(text);
const scaleOf = (view: WallView, counts: number[], isByGroup: boolean, size: { width: number; height: number }) =>
  scaleFor(
    view,
    counts.map((it) => names(it)),
    isByGroup,
    size,
    linesIn,
  );
const HD = { width: 1920, height: 980 };

it('Q11 the scale is the largest at which everything fits, and never too small to read', () => {
  const scales = [1, 6, 20, 60, 200, 2000].map((count) => scaleOf('grid', [count], false, HD));
  expect(scales).toEqual([...scales].sort((a, b) => b - a));
  expect(scales[0]).toBeGreaterThan(3);
  expect(scales.at(-1)).toBe(1.5);
  expect(scaleOf('compact', [60], false, HD)).toBeGreaterThan(scaleOf('grid', [60], false, HD));
  expect(scaleOf('compact', Array(20).fill(3), true, HD)).toBeLessThan(scaleOf('compact', [60], false, HD));
  const long = [names(60, 'The window beside the main entrance of the northern hall')];
  expect(scaleFor('compact', long, false, HD, linesIn)).toBeLessThan(scaleOf('compact', [60], false, HD));
});

it('Q11 a table keeps the width that it needs; a small screen is not enlarged beyond its width', () => {
  expect(HD.width / scaleOf('table', [3], false, HD)).toBeGreaterThanOrEqual(900);
  expect(scaleOf('table', [3], false, { width: 320, height: 500 })).toBe(1);
  expect(scaleOf('grid', [500], false, { width: 320, height: 500 })).toBe(1);
  expect(scaleOf('grid', [500], false, { width: 3840, height: 2000 })).toBe(3);
});
