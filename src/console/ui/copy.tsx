import { useState } from 'react';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Button } from './button.tsx';
import styles from './copy.module.css';
import { Icon } from './icon.tsx';

const texts = defineTexts(
  { copy: 'Copy', copied: 'Copied', failed: 'Copying failed. Select the text and copy it.' },
  { copy: 'Copiar', copied: 'Copiado', failed: 'No se pudo copiar. Hay que seleccionar el texto y copiarlo.' },
);

interface Props {
  text: string;
  /** What is copied, for screen readers. */
  of: string;
  onCopied?: (() => void) | undefined;
}

export function CopyButton({ text, of, onCopied }: Props) {
  const t = useTexts(texts);
  const [state, setState] = useState<{ text: string; is: 'copied' | 'failed' }>();
  const is = state?.text === text ? state.is : undefined;
  return (
    <Button
      aria-label={`${t[is ?? 'copy']}: ${of}`}
      onClick={() =>
        void copy(text).then(
          () => {
            setState({ text, is: 'copied' });
            onCopied?.();
          },
          () => setState({ text, is: 'failed' }),
        )
      }
    >
      <Icon name={is === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite">{t[is ?? 'copy']}</span>
    </Button>
  );
}

/** One line of text with a copy button. */
export function Copyable({ text, of, onCopied }: Props) {
  return (
    <div className={styles.line}>
      <input
        readOnly
        value={text}
        aria-label={of}
        className={styles.value}
        onFocus={(event) => event.target.select()}
      />
      <CopyButton text={text} of={of} onCopied={onCopied} />
    </div>
  );
}

/** Several lines of text with a copy button. */
export function CopyableBlock({ text, of, onCopied }: Props) {
  return (
    <div className={styles.block}>
      <textarea
        readOnly
        value={text}
        rows={text.split('\n').length}
        wrap="off"
        aria-label={of}
        className={styles.value}
        onFocus={(event) => event.target.select()}
      />
      <CopyButton text={text} of={of} onCopied={onCopied} />
    </div>
  );
}

/** Without https there is no Clipboard API, so the copy command is used. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  let done = false;
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    done = true;
  };
  document.addEventListener('copy', put, { once: true });
  document.execCommand('copy');
  document.removeEventListener('copy', put);
  if (!done) throw new Error('Nothing was copied.');
}
