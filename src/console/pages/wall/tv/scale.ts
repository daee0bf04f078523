import type { WallView } from '../../../core/wall-views.ts';
import { GROUP_HEIGHT, HEAD_HEIGHT, lineHeight, sizesFor } from '../sizes.ts';
import type { LineCounter } from '../wrap.ts';

/** At this width everything is as large as on a desk; a TV is further away. */
const DESK_WIDTH = 1280;
/** A table needs this much, at any scale. */
const TABLE_WIDTH = 900;
const MOST = 4;
const STEP = 0.1;
/** Beside the list. */
export const PADDING = 35;

/**
 * The largest scale at which the whole view fits the screen. If it does not fit at the least that can be read from
 * afar, that one: then the pages take turns.
 *
 * @param groups the names of the devices in each group, or of all of them in one
 */
export function scaleFor(
  view: WallView,
  groups: readonly (readonly string[])[],
  isByGroup: boolean,
  { width, height }: { width: number; height: number },
  linesIn: LineCounter,
): number {
  const fits = (scale: number) => heightOf(view, groups, isByGroup, width / scale - PADDING, linesIn) * scale <= height;
  const most = view === 'table' ? Math.max(1, Math.min(MOST, width / TABLE_WIDTH)) : MOST;
  const least = Math.min(most, Math.max(1, width / DESK_WIDTH));
  // The names of a large fleet are not measured at every scale.
  if (!fits(least)) return least;
  for (let scale = most; scale > least; scale -= STEP) if (fits(scale)) return scale;
  return least;
}

function heightOf(
  view: WallView,
  groups: readonly (readonly string[])[],
  isByGroup: boolean,
  width: number,
  linesIn: LineCounter,
): number {
  const sizes = sizesFor(view, width);
  const { columns } = sizes;
  let sum = (isByGroup ? groups.length * GROUP_HEIGHT : 0) + (view === 'table' ? HEAD_HEIGHT : 0);
  for (const names of groups) {
    for (let at = 0; at < names.length; at += columns) {
      sum += lineHeight(sizes, names.slice(at, at + columns), linesIn);
    }
  }
  return sum;
}
