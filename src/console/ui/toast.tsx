import { Toast } from '@base-ui/react/toast';
import { type ReactNode, useMemo } from 'react';
import { useErrorText } from '../core/errors.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Icon } from './icon.tsx';
import styles from './toast.module.css';

const texts = defineTexts({ close: 'Close' }, { close: 'Cerrar' });

export type ToastTone = 'good' | 'bad' | 'wait';

export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider limit={4} timeout={6000}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport}>
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const t = useTexts(texts);
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={`${styles.toast} ${styles[toast.type ?? ''] ?? ''}`}>
      <div>
        <Toast.Title className={styles.title} />
        <Toast.Description className={styles.description} />
      </div>
      <Toast.Close className={styles.close} aria-label={t.close}>
        <Icon name="close" size={14} />
      </Toast.Close>
    </Toast.Root>
  ));
}

export interface Tell {
  (title: string, tone?: ToastTone, description?: string): void;
  /** Shows a thrown value. */
  error(error: unknown): void;
}

/** Shows a short message in a corner; screen readers announce it. */
export function useToast(): Tell {
  const { add } = Toast.useToastManager();
  const textOf = useErrorText();
  return useMemo(() => {
    const tell = (title: string, tone: ToastTone = 'good', description?: string) => {
      const priority = tone === 'bad' ? 'high' : 'low';
      add({
        title,
        type: tone,
        priority,
        timeout: tone === 'bad' ? 12_000 : 6000,
        ...(description && { description }),
      });
    };
    return Object.assign(tell, {
      error(error: unknown) {
        const { title, detail } = textOf(error);
        tell(title, 'bad', detail);
      },
    });
  }, [add, textOf]);
}
