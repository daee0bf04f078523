import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as Base } from '@base-ui/react/dialog';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Button } from './button.tsx';
import styles from './dialog.module.css';
import { Icon } from './icon.tsx';
import { TypedNumber } from './typed-number.tsx';

const texts = defineTexts({ close: 'Close', cancel: 'Cancel' }, { close: 'Cerrar', cancel: 'Cancelar' });

interface DialogProps {
  open: boolean;
  onClose(): void;
  title: string;
  children: ReactNode;
  /** Uses the available width, for screenshots and tables. */
  wide?: boolean;
  /** A click outside does not close the dialog, because its content is shown only once. */
  keep?: boolean;
}

export function Dialog({ open, onClose, title, children, wide = false, keep = false }: DialogProps) {
  const t = useTexts(texts);
  return (
    <Base.Root open={open} onOpenChange={(next) => next || onClose()} disablePointerDismissal={keep}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={`${styles.popup} ${wide ? styles.wide : ''}`}>
          <header className={styles.header}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <Base.Close render={<Button kind="quiet" aria-label={t.close} />}>
              <Icon name="close" />
            </Base.Close>
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export interface Question {
  title: string;
  /** The consequences. */
  text: ReactNode;
  /** The label of the button: a verb. */
  action: string;
  danger?: boolean;
  /** The user must type this number; the label asks for it. */
  number?: { value: number; label: string } | undefined;
}

type Ask = (question: Question) => Promise<boolean>;
const Context = createContext<Ask | undefined>(undefined);

/** Asks for confirmation before actions that cannot be undone. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const t = useTexts(texts);
  const [asked, setAsked] = useState<Question & { answer(yes: boolean): void }>();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const ask = useMemo<Ask>(
    () => (question) =>
      new Promise((resolve) => {
        setAsked({ ...question, answer: resolve });
        setTyped('');
        setOpen(true);
      }),
    [],
  );
  const answer = (yes: boolean) => {
    asked?.answer(yes);
    setOpen(false);
  };
  return (
    <Context value={ask}>
      {children}
      <AlertDialog.Root open={open} onOpenChange={(next) => next || answer(false)}>
        <AlertDialog.Portal>
          <AlertDialog.Backdrop className={styles.backdrop} />
          <AlertDialog.Popup className={styles.popup}>
            <AlertDialog.Title className={styles.title}>{asked?.title}</AlertDialog.Title>
            <AlertDialog.Description render={<div className={styles.text} />}>{asked?.text}</AlertDialog.Description>
            {asked?.number && <TypedNumber label={asked.number.label} value={typed} onChange={setTyped} />}
            <div className={styles.buttons}>
              <Button onClick={() => answer(false)}>{t.cancel}</Button>
              <Button
                kind={asked?.danger ? 'danger' : 'primary'}
                disabled={asked?.number !== undefined && typed.trim() !== String(asked.number.value)}
                onClick={() => answer(true)}
              >
                {asked?.action}
              </Button>
            </div>
          </AlertDialog.Popup>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </Context>
  );
}

/** Resolves with true if confirmed. */
export function useConfirm(): Ask {
  const ask = useContext(Context);
  if (!ask) throw new Error('There is no ConfirmProvider above.');
  return ask;
}
