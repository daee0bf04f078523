import { useMemo } from 'react';
import { useNow } from './clock.tsx';
import { screenStatusOf, toneOf } from './screen-status.ts';
import { useSession } from './session.tsx';

/** A group's devices in order, and how many have a problem. Null: without a group. */
export interface Group {
  name: string | null;
  ids: readonly string[];
  inTrouble: number;
}

const PACE_MS = 2000;

/** Ordered by each group's first device, so in an order by trouble the worst group is first. */
export function useGroups(ids: readonly string[], isWanted: boolean): readonly Group[] | undefined {
  const { fleet } = useSession();
  const step = useNow(PACE_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the numbers follow the fleet at their own pace
  return useMemo(() => {
    if (!isWanted) return undefined;
    const found = new Map<string | null, { name: string | null; ids: string[]; inTrouble: number }>();
    for (const id of ids) {
      const document = fleet.devices.get(id)?.document;
      if (!document) continue;
      const { group } = document;
      const known = found.get(group) ?? { name: group, ids: [], inTrouble: 0 };
      known.ids.push(id);
      if (toneOf[screenStatusOf(document)] === 'bad') known.inTrouble++;
      found.set(group, known);
    }
    return [...found.values()];
  }, [ids, isWanted, step]);
}
