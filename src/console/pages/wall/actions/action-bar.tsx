import { lazy, Suspense, useId, useMemo, useState } from 'react';
import { hasRole } from '../../../../protocol/roles.ts';
import { useFormat } from '../../../core/clock.tsx';
import { useObstacle } from '../../../core/send.ts';
import { useLink, useSelection, useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { Button } from '../../../ui/button.tsx';
import { Icon, type IconName } from '../../../ui/icon.tsx';
import styles from './actions.module.css';
import { LazyCommandDialog } from './lazy-command-dialog.tsx';
import { texts } from './texts.ts';
import { useExport } from './use-export.ts';

/** Not needed for the first page. */
const SelectionDialog = lazy(() => import('./selection-dialog.tsx'));

const actions = ['command', 'labels', 'group', 'block', 'export'] as const;
type Action = (typeof actions)[number];
const icons: Readonly<Record<Action, IconName>> = {
  command: 'bulk',
  labels: 'pen',
  group: 'layers',
  block: 'stop',
  export: 'down',
};

/** What can be done with the chosen devices; shown while there are any. */
export function ActionBar({ shown }: { shown: readonly string[] }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { selection } = useSession();
  const chosen = useSelection();
  const obstacleTo = useObstacles();
  const save = useExport();
  const whyId = useId();
  // The devices are those of the moment in which the dialog was opened.
  const [open, setOpen] = useState<{ action: Action; ids: readonly string[] }>();
  const hidden = useMemo(() => {
    if (chosen.size === 0) return 0;
    const visible = new Set(shown);
    return [...chosen].filter((id) => !visible.has(id)).length;
  }, [chosen, shown]);
  const count = format.number(chosen.size);
  const said =
    chosen.size > 0 && (hidden > 0 ? t.selectedHidden(count, format.number(hidden)) : t.selected(count, chosen.size));

  const press = (action: Action) => {
    if (action === 'export') save([...chosen]);
    else setOpen({ action, ids: [...chosen] });
  };
  const dialog = open && { ids: open.ids, onClose: () => setOpen(undefined) };
  const reasons = [...new Set(actions.flatMap((it) => obstacleTo(it) ?? []))];
  return (
    <div className={said ? styles.bar : 'visually-hidden'} {...(said && { 'data-action-bar': true })}>
      <p role="status" className={styles.count}>
        {said}
      </p>
      {said && (
        <>
          <div className={styles.choose}>
            {shown.length + hidden > chosen.size && (
              <Button kind="quiet" onClick={() => selection.set([...chosen, ...shown])}>
                {t.all(format.number(shown.length))}
              </Button>
            )}
            <Button kind="quiet" title={`${t.clear} (Esc)`} onClick={() => selection.clear()}>
              {t.clear}
            </Button>
          </div>
          <div className={styles.actions}>
            {actions.map((it) => {
              const why = obstacleTo(it);
              return (
                <Button
                  key={it}
                  title={why ?? t[it]}
                  disabled={why !== undefined}
                  aria-describedby={why && whyId}
                  onClick={() => press(it)}
                >
                  <Icon name={icons[it]} /> <span>{t[it]}</span>
                </Button>
              );
            })}
          </div>
          {reasons.length > 0 && (
            <p id={whyId} className={styles.why}>
              {reasons.map((it) => `${it}.`).join(' ')}
            </p>
          )}
        </>
      )}
      {dialog && open.action === 'command' && (
        <LazyCommandDialog
          {...dialog}
          name={t.these(format.number(dialog.ids.length))}
          rollout="/rollouts?selected=1"
        />
      )}
      {dialog && open.action !== 'command' && open.action !== 'export' && (
        <Suspense>
          <SelectionDialog {...dialog} action={open.action} />
        </Suspense>
      )}
    </div>
  );
}

/** Why an action is not possible now; undefined if it is. */
function useObstacles(): (action: Action) => string | undefined {
  const t = useTexts(texts);
  const { role, groups } = useSession();
  // Re-renders when the connection changes.
  useLink();
  const unable = useObstacle()(undefined);
  return (action) => {
    if (action === 'export') return undefined;
    if (unable !== undefined || action === 'command') return unable;
    if (!hasRole(role, 'admin')) return t.needsAdmin;
    return action === 'group' && groups?.length === 1 ? t.oneGroup(groups[0] as string) : undefined;
  };
}
