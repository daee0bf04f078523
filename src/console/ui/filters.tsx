import { type ReactNode, useId, useState } from 'react';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Button } from './button.tsx';
import styles from './filters.module.css';
import { Icon } from './icon.tsx';

const texts = defineTexts({ filters: 'Filters' }, { filters: 'Filtros' });

/** On a phone, one button hides and shows the fields, and tells how many are set. */
export function Filters({ count, children }: { count: number; children: ReactNode }) {
  const t = useTexts(texts);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <div className={styles.filters}>
      <Button className={styles.toggle} aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        <Icon name={isOpen ? 'up' : 'down'} size={14} /> {t.filters}
        {count > 0 && <b className={styles.count}>{count}</b>}
      </Button>
      <div id={id} className={isOpen ? undefined : styles.closed}>
        {children}
      </div>
    </div>
  );
}
