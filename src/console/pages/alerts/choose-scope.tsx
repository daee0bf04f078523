import { type FormEvent, useId, useState } from 'react';
import { useCensus, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { DeviceInput, deviceIdOf } from '../../ui/device-input.tsx';
import { Field } from '../../ui/field.tsx';
import styles from './alerts.module.css';
import type { Scope } from './policy.ts';
import { policyTexts } from './policy-texts.ts';

/** Chooses the scope of a new policy: a device, or a group, which may be empty. */
export function ChooseScope({ choose }: { choose(scope: Scope): void }) {
  const t = useTexts(policyTexts);
  const { groups } = useCensus();
  const { fleet } = useSession();
  const listId = useId();
  const [kind, setKind] = useState<'group' | 'device'>('group');
  const [name, setName] = useState('');

  function submit(event: FormEvent): void {
    event.preventDefault();
    const given = kind === 'device' ? deviceIdOf(fleet, name) : name;
    if (given !== '') choose(`${kind}:${given}`);
  }

  return (
    <form className={styles.choose} onSubmit={submit}>
      <Field label={t.newFor}>
        <select value={kind} onChange={(event) => setKind(event.target.value as 'group' | 'device')}>
          <option value="group">{t.aGroup}</option>
          <option value="device">{t.aDevice}</option>
        </select>
      </Field>
      {kind === 'group' ? (
        <Field label={t.groupName}>
          <input
            value={name}
            onChange={(event) => setName(event.target.value)}
            list={listId}
            autoComplete="off"
            required
            maxLength={256}
          />
        </Field>
      ) : (
        <Field label={t.deviceId}>
          <DeviceInput value={name} onChange={setName} required />
        </Field>
      )}
      <datalist id={listId}>
        {groups.map(([group]) => (
          <option key={group} value={group} />
        ))}
      </datalist>
      <Button type="submit">{t.go}</Button>
    </form>
  );
}
