import { useState } from 'react';
import { useLocation } from 'wouter';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { type Particulars, particularsOf } from '../../core/device-edit.ts';
import { useShortcuts } from '../../core/keys.tsx';
import { useTexts } from '../../core/texts.ts';
import { BlockDevice } from '../../ui/block-device.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { RemoveDevice } from '../../ui/remove-device.tsx';
import { useUnblock } from '../../ui/unblock.ts';
import styles from './device.module.css';
import { EditDevice } from './edit-device.tsx';
import { editTexts } from './edit-texts.ts';

/** Editing, blocking and removing a device. */
export function Care({ document }: { document: DeviceDocument }) {
  const { id } = document;
  const t = useTexts(editTexts);
  const [, go] = useLocation();
  const [edited, setEdited] = useState<Particulars>();
  const [blocking, setBlocking] = useState<string>();
  const unblock = useUnblock();
  const [leaving, setLeaving] = useState<string>();
  const edit = () => setEdited(particularsOf(document));
  useShortcuts([{ key: 'e', does: t.edit, run: edit }]);
  return (
    <>
      <Button kind="quiet" className={styles.care} title={`${t.edit} (e)`} onClick={edit}>
        <Icon name="pen" size={14} /> {t.edit}
      </Button>
      <Button
        kind="quiet"
        className={`${styles.care} ${styles.removal}`}
        onClick={() => (document.blocked ? void unblock(id) : setBlocking(id))}
      >
        {document.blocked ? t.unblock : t.block}
      </Button>
      <Button kind="quiet" className={`${styles.care} ${styles.removal}`} onClick={() => setLeaving(id)}>
        {t.remove}
      </Button>
      {edited && <EditDevice id={id} seen={edited} onClose={() => setEdited(undefined)} />}
      <BlockDevice id={blocking} onClose={() => setBlocking(undefined)} />
      <RemoveDevice id={leaving} onClose={() => setLeaving(undefined)} onRemoved={() => go('/')} />
    </>
  );
}
