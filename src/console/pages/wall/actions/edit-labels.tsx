import { useMemo, useState } from 'react';
import type { VersionedDocument } from '../../../../protocol/document.ts';
import { changeLabels, pathOf } from '../../../core/bulk.ts';
import { useFormat } from '../../../core/clock.tsx';
import { labelsOf } from '../../../core/labels.ts';
import { useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { LabelsField } from '../../../ui/labels-field.tsx';
import styles from './actions.module.css';
import { BulkForm } from './bulk-form.tsx';
import { texts } from './texts.ts';

/** Adds, changes and removes labels of many devices. Their other labels stay. */
export function EditLabels({ ids, onClose }: { ids: readonly string[]; onClose(): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { rest, fleet } = useSession();
  const [text, setText] = useState('');
  const [remove, setRemove] = useState<readonly string[]>([]);
  const known = useMemo(() => {
    const counts = new Map<string, number>();
    for (const id of ids) {
      const labels = fleet.devices.get(id)?.document.labels ?? {};
      for (const key of Object.keys(labels)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a.localeCompare(b));
  }, [ids, fleet]);
  const { labels: set, fault } = labelsOf(text, true);

  async function act(id: string): Promise<void> {
    const device = fleet.devices.get(id) ?? (await rest.get<VersionedDocument>(pathOf(id)));
    await changeLabels(rest, id, device, { set, remove });
  }

  return (
    <Dialog open onClose={onClose} title={t.labelsTitle(t.these(format.number(ids.length)))}>
      <BulkForm
        ids={ids}
        act={act}
        action={t.saveLabels}
        isReady={!fault && Object.keys(set).length + remove.length > 0}
        done={t.labelsSaved}
        onClose={onClose}
      >
        <LabelsField
          value={text}
          onChange={(event) => setText(event.target.value)}
          isWritten={false}
          error={undefined}
          note={t.addOrChange}
        />
        {known.length > 0 && (
          <fieldset className={styles.keys}>
            <legend>{t.remove}</legend>
            {known.map(([key, count]) => (
              <label key={key}>
                <input
                  type="checkbox"
                  checked={remove.includes(key)}
                  onChange={() =>
                    setRemove(remove.includes(key) ? remove.filter((it) => it !== key) : [...remove, key])
                  }
                />{' '}
                {t.onSome(key, format.number(count))}
              </label>
            ))}
          </fieldset>
        )}
      </BulkForm>
    </Dialog>
  );
}
