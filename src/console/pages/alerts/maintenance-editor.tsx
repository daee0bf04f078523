import { useTexts } from '../../core/texts.ts';
import { useZone } from '../../core/zone.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import styles from './alerts.module.css';
import type { Window } from './policy.ts';
import { policyTexts } from './policy-texts.ts';

interface Props {
  windows: readonly Window[];
  change(windows: readonly Window[]): void;
  at(path: string): string | undefined;
}

/** Maintenance windows. */
export function MaintenanceEditor({ windows, change, at }: Props) {
  const t = useTexts(policyTexts);
  const set = (i: number, part: Partial<Window>) => change(windows.map((it, n) => (n === i ? { ...it, ...part } : it)));
  return (
    <div className={styles.windows}>
      <p className={styles.otherwise}>{t.maintenanceHelp(useZone().name)}</p>
      {windows.map((it, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name, and keep no state
        <div key={i} className={styles.window}>
          <Field label={t.from} error={at(`maintenance.${i}.from`)}>
            <input type="datetime-local" value={it.from} onChange={(event) => set(i, { from: event.target.value })} />
          </Field>
          <Field label={t.to} error={at(`maintenance.${i}.to`)}>
            <input type="datetime-local" value={it.to} onChange={(event) => set(i, { to: event.target.value })} />
          </Field>
          <Field label={t.note} error={at(`maintenance.${i}.note`)}>
            <input value={it.note} maxLength={256} onChange={(event) => set(i, { note: event.target.value })} />
          </Field>
          <Button
            kind="quiet"
            aria-label={t.removeWindow}
            title={t.removeWindow}
            onClick={() => change(windows.filter((_, n) => n !== i))}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <div>
        <Button className={styles.small} onClick={() => change([...windows, { from: '', to: '', note: '' }])}>
          <Icon name="plus" size={14} /> {t.addWindow}
        </Button>
      </div>
    </div>
  );
}
