import { useState } from 'react';
import { useShortcutList, useShortcuts } from '../core/keys.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import styles from './key-list.module.css';

const texts = defineTexts({ keys: 'Keyboard shortcuts' }, { keys: 'Atajos de teclado' });

/** The active shortcuts, behind a button and `?`. */
export function KeyList() {
  const t = useTexts(texts);
  const [open, setOpen] = useState(false);
  const list = useShortcutList();
  useShortcuts([{ key: '?', does: t.keys, run: () => setOpen(true) }]);
  return (
    <>
      <Button kind="quiet" aria-label={t.keys} title={`${t.keys} (?)`} onClick={() => setOpen(true)}>
        <Icon name="keyboard" />
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={t.keys}>
        <dl className={styles.list}>
          {open &&
            list().map(({ key, does }) => (
              <div key={key}>
                <dt>
                  {key.split(' ').map((it) => (
                    <kbd key={it}>{it}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
        </dl>
      </Dialog>
    </>
  );
}
