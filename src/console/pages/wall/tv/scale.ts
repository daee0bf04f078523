import type { WallView } from '../../../core/wall-views.ts';
import { GROUP_HEIGHT, HEAD_HEIGHT, sizesFor } from '../sizes.ts';

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
 * @param groups the number of devices in each group, or all of them in one
 */
export function scaleFor(
  view: WallView,
  groups: readonly number[],
  isByGroup: boolean,
  { width, height }: { width: number; height: number },
): number {
  const most = view === 'table' ? Math.max(1, Math.min(MOST, width / TABLE_WIDTH)) : MOST;
  const least = Math.min(most, Math.max(1, width / DESK_WIDTH));
  for (let scale = most; scale > least; scale -= STEP) {
    if (heightOf(view, groups, isByGroup, width / scale - PADDING) * scale <= height) return scale;
  }
  return least;
}

function heightOf(view: WallView, groups: readonly number[], isByGroup: boolean, width: number): number {
  const { columns, height } = sizesFor(view, width);
  const lines = groups.reduce((sum, count) => sum + Math.ceil(count / columns), 0);
  return lines * height + (isByGroup ? groups.length * GROUP_HEIGHT : 0) + (view === 'table' ? HEAD_HEIGHT : 0);
}
