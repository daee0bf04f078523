import { useIsPast } from '../../core/moment.ts';
import { useDevice, useIsSelected } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { texts } from './texts.ts';
import styles from './wall.module.css';

/**
 * Chooses a device; the list handles it (use-choosing.ts). Not a stop of the Tab key: the device's link has keys for
 * it.
 */
export function SelectBox({ id }: { id: string }) {
  const t = useTexts(texts);
  const name = useDevice(id)?.document.name ?? id;
  const isSelected = useIsSelected(id);
  if (useIsPast()) return null;
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      readOnly
      className={styles.select}
      aria-label={t.select(name)}
      checked={isSelected}
    />
  );
}
