import { useState } from 'react';
import { useFormat } from '../../core/clock.tsx';
import type { Group } from '../../core/grouping.ts';
import { useMay } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Icon } from '../../ui/icon.tsx';
import { CommandDialog } from './actions/command-dialog.tsx';
import { texts } from './texts.ts';
import styles from './wall.module.css';

/** A group's heading, with its status and commands. */
export function GroupHead({ group, isClosed, toggle }: { group: Group; isClosed: boolean; toggle(): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const mayCommand = useMay('operator');
  const [isCommanding, setCommanding] = useState(false);
  const { name, ids, inTrouble } = group;
  const all = format.number(ids.length);
  return (
    <div className={styles.groupHead}>
      <button type="button" aria-expanded={!isClosed} onClick={toggle}>
        <Icon name={isClosed ? 'forward' : 'down'} size={14} />
        <b>{name ?? t.noGroup}</b>
        <span className={inTrouble > 0 ? styles.groupBad : 'muted'}>
          {inTrouble > 0 ? t.groupTrouble(format.number(inTrouble), all) : t.groupWell(all)}
        </span>
      </button>
      {mayCommand && name !== null && (
        <button
          type="button"
          aria-label={t.commandGroup(name)}
          title={t.commandGroup(name)}
          onClick={() => setCommanding(true)}
        >
          <Icon name="bulk" size={15} />
        </button>
      )}
      {isCommanding && name !== null && (
        <CommandDialog
          name={name}
          ids={ids}
          rollout={`/rollouts?${new URLSearchParams({ group: name })}`}
          onClose={() => setCommanding(false)}
        />
      )}
    </div>
  );
}
