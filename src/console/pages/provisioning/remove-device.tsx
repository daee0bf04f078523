import { type FormEvent, useState } from 'react';
import { useDevice, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import styles from './provisioning.module.css';
import { texts } from './texts.ts';

/** There is no way back from it: whoever wants it writes the name. */
export function RemoveDevice({ id, onClose }: { id: string | undefined; onClose(): void }) {
  const t = useTexts(texts);
  const name = useDevice(id ?? '')?.document.name ?? id ?? '';
  return (
    <Dialog open={id !== undefined} onClose={onClose} title={t.removeAsk(name)}>
      {id !== undefined && <Form id={id} name={name} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ id, name, onClose }: { id: string; name: string; onClose(): void }) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<unknown>();

  async function remove(event: FormEvent): Promise<void> {
    event.preventDefault();
    setError(undefined);
    try {
      await rest.delete(`/devices/${encodeURIComponent(id)}`);
      toast(t.removed(name));
      onClose();
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <form className={styles.form} onSubmit={(event) => void remove(event)}>
      <p className="muted">{t.removeText}</p>
      <Field label={t.removeType(name)}>
        <input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} />
      </Field>
      {error ? <ErrorNote error={error} /> : null}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="danger" type="submit" disabled={typed.trim() !== name.trim()}>
          {t.remove}
        </Button>
      </div>
    </form>
  );
}
