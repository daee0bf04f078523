import { useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { texts } from './texts.ts';
import styles from './webhooks.module.css';

/** Shows a secret, only once. */
export function Secret({
  secret,
  previousUntil,
  onClose,
}: {
  secret: string;
  previousUntil?: string | undefined;
  onClose(): void;
}) {
  const t = useTexts(texts);
  const format = useFormat();
  return (
    <div className={styles.form}>
      <p className={styles.once}>{t.once}</p>
      <Copyable text={secret} of={t.secret} />
      {previousUntil && <p className="muted">{t.until(format.dateTime(previousUntil))}</p>}
      <div className={styles.buttons}>
        <Button kind="primary" onClick={onClose}>
          {t.kept}
        </Button>
      </div>
    </div>
  );
}
