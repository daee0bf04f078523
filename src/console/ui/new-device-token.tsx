import { useState } from 'react';
import { useLeaving } from '../core/leaving.tsx';
import { useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Dialog, useConfirm } from './dialog.tsx';
import { Handover } from './handover.tsx';

const texts = defineTexts(
  {
    action: 'Create new token',
    ask: (id: string) => `Create a new token for ${id}?`,
    text: 'The current token stops working. The screen needs the new one for its next connection.',
    title: (id: string) => `New token for ${id}`,
  },
  {
    action: 'Crear token nuevo',
    ask: (id: string) => `¿Crear un token nuevo para ${id}?`,
    text: 'El token actual deja de funcionar. La pantalla necesita el nuevo para su próxima conexión.',
    title: (id: string) => `Nuevo token para ${id}`,
  },
);

interface Rotation {
  made: { id: string; token: string } | undefined;
  error: unknown;
  /** Asks for confirmation, then creates the token, or sets `error`. */
  ask(id: string): Promise<void>;
  close(): void;
}

/** Replaces a device's token. Use it with `<NewDeviceToken>`, which shows the new one. */
export function useNewDeviceToken(): Rotation {
  const t = useTexts(texts);
  const { rest } = useSession();
  const confirm = useConfirm();
  const [made, setMade] = useState<Rotation['made']>();
  const [error, setError] = useState<unknown>();
  return {
    made,
    error,
    close: () => setMade(undefined),
    async ask(id) {
      setError(undefined);
      if (!(await confirm({ title: t.ask(id), text: t.text, action: t.action, danger: true }))) return;
      try {
        setMade(await rest.post(`/devices/${encodeURIComponent(id)}/token`));
      } catch (failure) {
        setError(failure);
      }
    },
  };
}

export function NewDeviceToken({ made, close }: Pick<Rotation, 'made' | 'close'>) {
  const t = useTexts(texts);
  const { mayLeave } = useLeaving();
  return (
    <Dialog
      keep
      open={made !== undefined}
      onClose={() => void mayLeave().then((yes) => yes && close())}
      title={made ? t.title(made.id) : ''}
    >
      {made && <Handover {...made} />}
    </Dialog>
  );
}
