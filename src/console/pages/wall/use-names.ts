import { useCallback, useEffect, useState } from 'react';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useSession } from '../../core/session.tsx';

/** Looks up the names of devices; another function once one of them has another name. */
export function useNames(): (ids: readonly string[]) => readonly string[] {
  const { fleet } = useSession();
  const [version, setVersion] = useState(0);
  useEffect(
    () =>
      fleet.onFlush((changes) => {
        for (const { before, after } of changes.values()) {
          if (before && after && nameOf(before.document) !== nameOf(after.document)) {
            return setVersion((it) => it + 1);
          }
        }
      }),
    [fleet],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useCallback(
    (ids) =>
      ids.flatMap((id) => {
        const document = fleet.devices.get(id)?.document;
        return document ? [nameOf(document)] : [];
      }),
    [fleet, version],
  );
}

const nameOf = ({ name, id }: DeviceDocument): string => name ?? id;
