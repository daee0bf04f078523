import { type FormEvent, useState } from 'react';
import type { DeclaredCommand } from '../../../protocol/declared-commands.ts';
import { useSend } from '../../core/send.ts';
import { defineTexts, useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import form from '../../ui/form.module.css';
import { ErrorNote } from '../../ui/page.tsx';
import { useParamForm } from '../../ui/param-form.tsx';

const texts = defineTexts({ cancel: 'Cancel', send: 'Send' }, { cancel: 'Cancelar', send: 'Enviar' });

interface CommandFormProps {
  device: { id: string; name: string };
  /** Undefined closes the form. */
  command: DeclaredCommand | undefined;
  onClose(): void;
}

/** A form for the parameters of a declared command. */
export function CommandForm({ device, command, onClose }: CommandFormProps) {
  return (
    <Dialog open={command !== undefined} onClose={onClose} title={command?.title ?? command?.name ?? ''}>
      {command && <Form device={device} command={command} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ device, command, onClose }: CommandFormProps & { command: DeclaredCommand }) {
  const t = useTexts(texts);
  const send = useSend();
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const { inputs, rest, read } = useParamForm(command.params, error);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const params = read();
    setError(undefined);
    if (!params || isSending) return;
    setSending(true);
    const refused = await send(device, command.name, { params, accepted: onClose });
    setSending(false);
    if (refused) setError(refused);
  }

  return (
    <form className={form.form} onSubmit={(event) => void submit(event)}>
      {command.description && <p className="muted">{command.description}</p>}
      {inputs}
      {rest ? <ErrorNote error={rest} /> : null}
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.send}
        </Button>
      </div>
    </form>
  );
}
