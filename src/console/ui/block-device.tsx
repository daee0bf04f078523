import { type FormEvent, useState } from 'react';
import { useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import styles from './form.module.css';
import { ErrorNote } from './page.tsx';
import { useToast } from './toast.tsx';

const texts = defineTexts(
  {
    ask: (id: string) => `Block ${id}?`,
    text: 'Its connections are closed, and no player can connect with this id until it is unblocked. Then it reconnects by itself.',
    reason: 'Reason',
    optional: 'optional',
    blocked: (id: string) => `${id} blocked`,
    cancel: 'Cancel',
    block: 'Block',
  },
  {
    ask: (id: string) => `¿Bloquear ${id}?`,
    text: 'Se cierran sus conexiones y ningún reproductor puede conectarse con este id hasta que se desbloquee. Después se reconecta solo.',
    reason: 'Motivo',
    optional: 'opcional',
    blocked: (id: string) => `${id}: bloqueado`,
    cancel: 'Cancelar',
    block: 'Bloquear',
  },
);

export function BlockDevice({ id, onClose }: { id: string | undefined; onClose(): void }) {
  const t = useTexts(texts);
  return (
    <Dialog open={id !== undefined} onClose={onClose} title={t.ask(id ?? '')}>
      {id !== undefined && <Form id={id} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ id, onClose }: { id: string; onClose(): void }) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const toast = useToast();
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>();

  async function block(event: FormEvent): Promise<void> {
    event.preventDefault();
    setError(undefined);
    try {
      const said = reason.trim();
      await rest.post(`/devices/${encodeURIComponent(id)}/block`, said === '' ? {} : { reason: said });
      toast(t.blocked(id));
      onClose();
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <form className={styles.form} onSubmit={(event) => void block(event)}>
      <p className="muted">{t.text}</p>
      <Field label={t.reason} help={t.optional}>
        <input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={256} />
      </Field>
      {error ? <ErrorNote error={error} /> : null}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="danger" type="submit">
          {t.block}
        </Button>
      </div>
    </form>
  );
}
