import { useCallback, useEffect, useState } from 'react';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { screenStatusOf, toneOf } from '../../core/screen-status.ts';
import { useSession } from '../../core/session.tsx';
import type { WallView } from '../../core/wall-views.ts';
import type { Name } from './sizes.ts';

/** In tiles, the duration of the trouble is beside the name. */
const SINCE_WIDTH = 64;

/** Looks up the names of devices; another function once one of them needs another space. */
export function useNames(view: WallView): (ids: readonly string[]) => readonly Name[] {
  const { fleet } = useSession();
  const [version, setVersion] = useState(0);
  useEffect(
    () =>
      fleet.onFlush((changes) => {
        for (const { before, after } of changes.values()) {
          if (!before || !after) continue;
          const [was, is] = [nameOf(before.document, view), nameOf(after.document, view)];
          if (was.text !== is.text || was.beside !== is.beside) return setVersion((it) => it + 1);
        }
      }),
    [fleet, view],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useCallback(
    (ids) =>
      ids.flatMap((id) => {
        const document = fleet.devices.get(id)?.document;
        return document ? [nameOf(document, view)] : [];
      }),
    [fleet, view, version],
  );
}

function nameOf(document: DeviceDocument, view: WallView): Name {
  const tone = view === 'compact' && toneOf[screenStatusOf(document)];
  return { text: document.name ?? document.id, beside: tone === 'bad' || tone === 'wait' ? SINCE_WIDTH : 0 };
}
