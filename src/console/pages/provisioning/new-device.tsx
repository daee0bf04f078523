import { type FormEvent, useState } from 'react';
import { faultsOf } from '../../core/faults.ts';
import { labelsOf } from '../../core/labels.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import styles from '../../ui/form.module.css';
import { GroupField } from '../../ui/group-field.tsx';
import { LabelsField } from '../../ui/labels-field.tsx';
import { ErrorNote } from '../../ui/page.tsx';
import { texts } from './texts.ts';

export function NewDevice({
  firstGroup,
  onMade,
}: {
  firstGroup: string;
  onMade(made: { id: string; token: string }, group: string): void;
}) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const [given, setGiven] = useState({ id: '', name: '', group: firstGroup, labels: '' });
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const faults = faultsOf(error, ['id', 'name', 'group', 'labels']);
  const [isWritten, setWritten] = useState(false);
  const field = (key: keyof typeof given) => ({
    value: given[key],
    onChange: (event: { target: { value: string } }) => setGiven({ ...given, [key]: event.target.value }),
  });

  async function create(event: FormEvent): Promise<void> {
    event.preventDefault();
    setWritten(true);
    const { labels, fault } = labelsOf(given.labels, true);
    if (fault) return;
    setSending(true);
    setError(undefined);
    const told = Object.entries({ id: given.id, name: given.name, group: given.group })
      .map(([key, value]) => [key, value.trim()])
      .filter(([, value]) => value !== '');
    try {
      onMade(await rest.post('/devices', { ...Object.fromEntries(told), labels }), given.group.trim());
    } catch (failure) {
      setError(failure);
      setSending(false);
    }
  }

  return (
    <form onSubmit={(event) => void create(event)} className={styles.form}>
      <p className="muted">{t.createWhy}</p>
      <div className={styles.fields}>
        <Field label={`${t.id} (${t.optional})`} help={t.idHelp} error={faults.at('id')}>
          <input {...field('id')} maxLength={128} autoCapitalize="none" autoComplete="off" spellCheck={false} />
        </Field>
        <Field label={`${t.name} (${t.optional})`} error={faults.at('name')}>
          <input {...field('name')} maxLength={256} autoComplete="off" />
        </Field>
        <GroupField label={`${t.group} (${t.optional})`} error={faults.at('group')} {...field('group')} />
        <LabelsField {...field('labels')} note={` (${t.optional})`} isWritten={isWritten} error={faults.at('labels')} />
      </div>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <div>
        <Button kind="primary" type="submit" disabled={isSending}>
          {t.make}
        </Button>
      </div>
    </form>
  );
}
