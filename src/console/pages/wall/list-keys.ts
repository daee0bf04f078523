import { useLocation } from 'wouter';
import { useShortcuts } from '../../core/keys.tsx';
import { useCommandKeys } from '../../core/send.ts';
import { useSelection, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { texts } from './texts.ts';

/** The shortcuts of the list; the link that has the focus handles the keys without `run` (use-choosing.ts). */
export function ListKeys({
  order,
  cursor,
  setCursor,
}: {
  order: readonly string[];
  cursor: string | undefined;
  setCursor(id: string | undefined): void;
}): null {
  const t = useTexts(texts);
  const [, go] = useLocation();
  const { fleet, selection } = useSession();
  const isChoosing = useSelection().size > 0;
  const at = cursor === undefined ? -1 : order.indexOf(cursor);
  const step = (by: 1 | -1) => setCursor(order[Math.min(order.length - 1, Math.max(0, at + by))]);
  useShortcuts([
    { key: 'j', does: t.next, run: () => step(1) },
    { key: 'k', does: t.previous, run: () => step(-1) },
    { key: 'o', does: t.open, run: () => cursor && go(`/devices/${cursor}`) },
    { key: 'Space', does: t.selectOne },
    { key: 'Shift ↑↓←→', does: t.selectRange },
    { key: 'Ctrl A', does: t.selectShown },
    ...(isChoosing ? [{ key: 'Escape', does: t.clearSelection, run: () => selection.clear() }] : []),
  ]);
  useCommandKeys(() =>
    cursor === undefined ? undefined : { id: cursor, name: fleet.devices.get(cursor)?.document.name ?? cursor },
  );
  return null;
}
