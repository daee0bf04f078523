import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import styles from './tabs.module.css';

export interface Tab<K extends string> {
  key: K;
  title: ReactNode;
}

/** Tabs; only the active one is mounted. */
export function Tabs<K extends string>({
  label,
  tabs,
  value,
  onChange,
  children,
}: {
  label: string;
  tabs: readonly Tab<K>[];
  value: K;
  onChange(key: K): void;
  children: ReactNode;
}) {
  return (
    <Base.Root value={value} onValueChange={(next: K) => onChange(next)} className={styles.root}>
      <Base.List className={styles.list} aria-label={label}>
        {tabs.map(({ key, title }) => (
          <Base.Tab key={key} value={key} className={styles.tab}>
            {title}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel value={value} className={styles.panel} tabIndex={-1}>
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
