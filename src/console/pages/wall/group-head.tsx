import { useState } from 'react';
import { useFormat } from '../../core/clock.tsx';
import type { Group } from '../../core/group-tree.ts';
import { useIsPast } from '../../core/moment.ts';
import { useMay } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Icon } from '../../ui/icon.tsx';
import { LazyCommandDialog } from './actions/lazy-command-dialog.tsx';
import { texts } from './texts.ts';
import styles from './wall.module.css';

/** A group's heading, with its status and commands. Commands are for its subgroups, too. */
export function GroupHead({
  group,
  isAlone,
  isClosed,
  toggle,
}: {
  group: Group;
  /** Its parents are out of sight. */
  isAlone: boolean;
  isClosed: boolean;
  toggle(): void;
}) {
  const t = useTexts(texts);
  const format = useFormat();
  const isPast = useIsPast();
  const mayCommand = useMay('operator') && !isPast;
  const [isCommanding, setCommanding] = useState(false);
  const { path, name, depth, ids, inTrouble } = group;
  const all = format.number(ids.length);
  return (
    <div className={styles.groupHead} style={{ paddingLeft: isAlone ? undefined : `${depth * 1.2}rem` }}>
      <button type="button" aria-expanded={!isClosed} onClick={toggle}>
        <Icon name={isClosed ? 'forward' : 'down'} size={14} />
        <b>{(isAlone ? path : name) ?? t.noGroup}</b>
        <span className={inTrouble > 0 ? styles.groupBad : 'muted'}>
          {inTrouble > 0 ? t.groupTrouble(format.number(inTrouble), all) : t.groupWell(all)}
        </span>
      </button>
      {mayCommand && path !== null && (
        <button
          type="button"
          aria-label={t.commandGroup(path)}
          title={t.commandGroup(path)}
          onClick={() => setCommanding(true)}
        >
          <Icon name="bulk" size={15} /> <small>{t.command}</small>
        </button>
      )}
      {isCommanding && path !== null && (
        <LazyCommandDialog
          name={path}
          ids={ids}
          rollout={`/rollouts?${new URLSearchParams({ group: group.hasSubgroups ? `${path}/` : path })}`}
          onClose={() => setCommanding(false)}
        />
      )}
    </div>
  );
}
