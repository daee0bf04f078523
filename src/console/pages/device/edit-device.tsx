import { type FormEvent, useState } from 'react';
import { ChangedMeanwhile, type Particulars, rebased, saveParticulars } from '../../core/device-edit.ts';
import { faultsOf } from '../../core/faults.ts';
import { labelsOf, textOf } from '../../core/labels.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import form from '../../ui/form.module.css';
import { GroupField } from '../../ui/group-field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { LabelsField } from '../../ui/labels-field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';
import styles from './device.module.css';
import { editTexts } from './edit-texts.ts';

interface Props {
  id: string;
  /** The values when editing begins. */
  seen: Particulars;
  onClose(): void;
}

/** Edits name, group and labels. Changes by others are shown, and only overwritten on a second save. */
export function EditDevice(props: Props) {
  const t = useTexts(editTexts);
  return (
    <Dialog open onClose={props.onClose} title={t.title(props.id)}>
      <Form {...props} />
    </Dialog>
  );
}

const draftOf = ({ name, group, labels }: Particulars) => ({
  name: name ?? '',
  group: group ?? '',
  labels: textOf(labels),
});

type Draft = ReturnType<typeof draftOf>;
const contested = (mine: Draft, theirs: Draft) =>
  (Object.entries(theirs) as [keyof Draft, string][]).filter(([key, value]) => value !== mine[key]);

function Form({ id, seen, onClose }: Props) {
  const t = useTexts(editTexts);
  const { rest } = useSession();
  const toast = useToast();
  const [known, setKnown] = useState(seen);
  const [draft, setDraft] = useState(() => draftOf(seen));
  const [newer, setNewer] = useState<Particulars>();
  const [error, setError] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const faults = faultsOf(error, ['name', 'group', 'labels']);
  const [isWritten, setWritten] = useState(false);
  const field = (key: keyof typeof draft) => ({
    value: draft[key],
    onChange: (event: { target: { value: string } }) => setDraft({ ...draft, [key]: event.target.value }),
  });

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setWritten(true);
    const { labels, fault } = labelsOf(draft.labels, true);
    if (fault) return;
    setSending(true);
    setError(undefined);
    setNewer(undefined);
    const wanted = {
      name: draft.name.trim() || null,
      group: draft.group.trim() || null,
      // The text cannot represent all labels: if it was not edited, keep them.
      labels: draft.labels === textOf(known.labels) ? known.labels : labels,
    };
    try {
      await saveParticulars(rest, id, known, wanted);
      toast(t.saved);
      onClose();
    } catch (failure) {
      setSending(false);
      if (!(failure instanceof ChangedMeanwhile)) return setError(failure);
      setNewer(failure.newer);
      setDraft(draftOf(rebased(wanted, known, failure.newer)));
      // The next save counts as having seen the newer values.
      setKnown(failure.newer);
    }
  }

  return (
    <form className={form.form} onSubmit={(event) => void save(event)}>
      <Field label={t.name} help={t.nameHelp} error={faults.at('name')}>
        <input {...field('name')} maxLength={256} autoComplete="off" />
      </Field>
      <GroupField label={t.group} error={faults.at('group')} {...field('group')} />
      <LabelsField {...field('labels')} isWritten={isWritten} error={faults.at('labels')} />
      {newer && (
        <div role="alert" className={styles.newer}>
          <p className={styles.newerTitle}>
            <Icon name="warning" /> {t.newer}
          </p>
          <dl className={styles.facts}>
            {contested(draft, draftOf(newer)).map(([key, value]) => (
              <div key={key}>
                <dt>{t[key]}</dt>
                <dd className={styles.newerValue}>{value || '–'}</dd>
              </div>
            ))}
          </dl>
          <Button
            onClick={() => {
              setDraft(draftOf(newer));
              setNewer(undefined);
            }}
          >
            {t.takeNewer}
          </Button>
        </div>
      )}
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div className={form.buttons}>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button kind="primary" type="submit" disabled={isSending}>
          {newer ? t.overwrite : t.save}
        </Button>
      </div>
    </form>
  );
}
