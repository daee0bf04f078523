import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { type BulkFailure, forEachDevice } from '../../../core/bulk.ts';
import { useFormat } from '../../../core/clock.tsx';
import { useErrorText } from '../../../core/errors.ts';
import { useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { Button } from '../../../ui/button.tsx';
import form from '../../../ui/form.module.css';
import { useToast } from '../../../ui/toast.tsx';
import styles from './actions.module.css';
import { texts } from './texts.ts';

const SHOWN = 6;

/** Changes many devices one by one: fields, progress, and what failed. Closing it stops before the next device. */
export function BulkForm({
  ids,
  act,
  action,
  danger = false,
  isReady,
  done,
  onClose,
  children,
}: {
  ids: readonly string[];
  act(id: string): Promise<unknown>;
  /** The label of the button. */
  action: string;
  danger?: boolean;
  isReady: boolean;
  done(count: string): string;
  onClose(): void;
  children: ReactNode;
}) {
  const t = useTexts(texts);
  const format = useFormat();
  const errorText = useErrorText();
  const { fleet } = useSession();
  const toast = useToast();
  const [progress, setProgress] = useState<number>();
  const [failures, setFailures] = useState<readonly BulkFailure[]>([]);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);
  const asked = failures.length > 0 ? failures.map(({ id }) => id) : ids;
  const all = format.number(asked.length);

  async function run(event: FormEvent): Promise<void> {
    event.preventDefault();
    const gone = new AbortController();
    let at = 0;
    stop.current = () => {
      gone.abort();
      if (at < asked.length) toast(t.stopped(format.number(at), all), 'wait');
    };
    setProgress(0);
    const failed = await forEachDevice(asked, act, gone.signal, (count) => {
      at = count;
      setProgress(count);
    });
    if (gone.signal.aborted) return;
    setProgress(undefined);
    setFailures(failed);
    if (failed.length > 0) return;
    toast(done(format.number(ids.length)));
    onClose();
  }

  return (
    <form className={form.form} onSubmit={(event) => void run(event)}>
      {children}
      {progress !== undefined && (
        <p className={styles.progress}>
          <progress max={asked.length} value={progress} aria-label={action} />
          <span className="number">{t.progress(format.number(progress), all)}</span>
        </p>
      )}
      {failures.length > 0 && progress === undefined && (
        <div role="alert" className={styles.failures}>
          <b>{t.failed(format.number(failures.length))}</b>
          <ul>
            {failures.slice(0, SHOWN).map(({ id, error }) => (
              <li key={id}>
                {fleet.devices.get(id)?.document.name ?? id}: {errorText(error).title}
              </li>
            ))}
            {failures.length > SHOWN && <li>{t.more(format.number(failures.length - SHOWN))}</li>}
          </ul>
        </div>
      )}
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind={danger ? 'danger' : 'primary'} type="submit" disabled={!isReady || progress !== undefined}>
          {failures.length > 0 ? t.again(format.number(failures.length)) : action}
        </Button>
      </div>
    </form>
  );
}
