import { useState } from 'react';
import { pathOf } from '../../../core/bulk.ts';
import { useFormat } from '../../../core/clock.tsx';
import { useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { Field } from '../../../ui/field.tsx';
import { isToType, TypedNumber } from '../../../ui/typed-number.tsx';
import { BulkForm } from './bulk-form.tsx';
import { texts } from './texts.ts';

export function BlockDevices({ ids, onClose }: { ids: readonly string[]; onClose(): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { rest, fleet } = useSession();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const isTyped = isToType(ids.length);
  const act = async (id: string) => {
    if (fleet.devices.get(id)?.document.blocked) return;
    const said = reason.trim();
    await rest.post(`${pathOf(id)}/block`, said === '' ? {} : { reason: said });
  };
  return (
    <Dialog open onClose={onClose} title={t.blockTitle(t.these(format.number(ids.length)))}>
      <BulkForm
        ids={ids}
        act={act}
        action={t.block}
        danger
        isReady={!isTyped || typed.trim() === String(ids.length)}
        done={t.blocked}
        onClose={onClose}
      >
        <p className="muted">{t.blockText}</p>
        <Field label={`${t.reason} (${t.optional})`}>
          <input
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            maxLength={256}
            autoComplete="off"
          />
        </Field>
        {isTyped && <TypedNumber label={t.typeToBlock(ids.length)} value={typed} onChange={setTyped} />}
      </BulkForm>
    </Dialog>
  );
}
