import { useMemo } from 'react';
import { useNow } from './clock.tsx';
import { type Group, groupTree } from './group-tree.ts';
import { screenStatusOf, toneOf } from './screen-status.ts';
import { useSession } from './session.tsx';

const PACE_MS = 2000;

export function useGroups(ids: readonly string[], isWanted: boolean): readonly Group[] | undefined {
  const { fleet } = useSession();
  const step = useNow(PACE_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the numbers follow the fleet at their own pace
  return useMemo(() => {
    if (!isWanted) return undefined;
    return groupTree(ids, (id) => {
      const document = fleet.devices.get(id)?.document;
      return document && { group: document.group, isBad: toneOf[screenStatusOf(document)] === 'bad' };
    });
  }, [ids, isWanted, step]);
}
