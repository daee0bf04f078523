import { useState } from 'react';
import { pathOf } from '../../../core/bulk.ts';
import { useFormat } from '../../../core/clock.tsx';
import { useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { Field } from '../../../ui/field.tsx';
import { GroupField } from '../../../ui/group-field.tsx';
import { BulkForm } from './bulk-form.tsx';
import { texts } from './texts.ts';

/** Moves many devices to one group, or out of theirs. A token with groups moves among its own. */
export function MoveDevices({ ids, onClose }: { ids: readonly string[]; onClose(): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { rest, fleet, groups } = useSession();
  const [group, setGroup] = useState(groups?.[0] ?? '');
  const [isNone, setNone] = useState(false);
  const wanted = isNone ? null : group.trim();
  const act = async (id: string) => {
    if (fleet.devices.get(id)?.document.group !== wanted) await rest.patch(pathOf(id), { group: wanted });
  };
  return (
    <Dialog open onClose={onClose} title={t.moveTitle(t.these(format.number(ids.length)))}>
      <BulkForm ids={ids} act={act} action={t.move} isReady={wanted !== ''} done={t.moved} onClose={onClose}>
        {groups ? (
          <Field label={t.group}>
            <select value={group} onChange={(event) => setGroup(event.target.value)}>
              {groups.map((it) => (
                <option key={it}>{it}</option>
              ))}
            </select>
          </Field>
        ) : (
          <>
            {!isNone && <GroupField label={t.group} value={group} onChange={(event) => setGroup(event.target.value)} />}
            <label>
              <input type="checkbox" checked={isNone} onChange={() => setNone(!isNone)} /> {t.noGroup}
            </label>
          </>
        )}
      </BulkForm>
    </Dialog>
  );
}
