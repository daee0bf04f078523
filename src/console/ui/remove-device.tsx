import { type FormEvent, useState } from 'react';
import { useDevice, useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import styles from './form.module.css';
import { ErrorNote } from './page.tsx';
import { useToast } from './toast.tsx';

const texts = defineTexts(
  {
    ask: (name: string) => `Remove ${name}?`,
    text: 'Its connection is closed, its token is revoked and its pending commands are cancelled. A player that uses the shared fleet token can come back as a new device.',
    type: (name: string) => `Type “${name}” to confirm`,
    block: 'Also block its id, so that it cannot come back',
    removed: (name: string) => `${name} removed`,
    cancel: 'Cancel',
    remove: 'Remove',
  },
  {
    ask: (name: string) => `¿Eliminar ${name}?`,
    text: 'Se cierra su conexión, se revoca su token y se cancelan sus comandos pendientes. Un reproductor que use el token compartido de la flota puede volver como dispositivo nuevo.',
    type: (name: string) => `Escribir «${name}» para confirmar`,
    block: 'Bloquear también su id, para que no vuelva',
    removed: (name: string) => `Se eliminó ${name}`,
    cancel: 'Cancelar',
    remove: 'Eliminar',
  },
);

/** Removing cannot be undone, so the user must type the name. */
export function RemoveDevice({
  id,
  onClose,
  onRemoved,
}: {
  id: string | undefined;
  onClose(): void;
  onRemoved?(): void;
}) {
  const t = useTexts(texts);
  const name = useDevice(id ?? '')?.document.name ?? id ?? '';
  return (
    <Dialog open={id !== undefined} onClose={onClose} title={t.ask(name)}>
      {id !== undefined && <Form id={id} name={name} onClose={onClose} onRemoved={onRemoved} />}
    </Dialog>
  );
}

function Form({
  id,
  name,
  onClose,
  onRemoved,
}: {
  id: string;
  name: string;
  onClose(): void;
  onRemoved: (() => void) | undefined;
}) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const toast = useToast();
  const [typed, setTyped] = useState('');
  const [block, setBlock] = useState(false);
  const [error, setError] = useState<unknown>();

  async function remove(event: FormEvent): Promise<void> {
    event.preventDefault();
    setError(undefined);
    try {
      const path = `/devices/${encodeURIComponent(id)}${block ? '?block=true' : ''}`;
      // `.` and `..` cannot be path segments; devices with such ids cannot connect any more.
      await rest.delete(/^\.+$/.test(id) ? `/devices?id=${id}` : path);
      toast(t.removed(name));
      onClose();
      onRemoved?.();
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <form className={styles.form} onSubmit={(event) => void remove(event)}>
      <p className="muted">{t.text}</p>
      <Field label={t.type(name)}>
        <input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} />
      </Field>
      <label>
        <input type="checkbox" checked={block} onChange={(event) => setBlock(event.target.checked)} /> {t.block}
      </label>
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
