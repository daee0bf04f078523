import { type FormEvent, useState } from 'react';
import { faultsOf } from '../../core/faults.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { DeviceInput, deviceIdOf } from '../../ui/device-input.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { NewDeviceToken, useNewDeviceToken } from '../../ui/new-device-token.tsx';
import { ErrorNote, Section } from '../../ui/page.tsx';
import { texts } from './texts.ts';
import styles from './tokens.module.css';

/** Creates a new token for an existing device. */
export function DeviceTokens() {
  const t = useTexts(texts);
  const { fleet } = useSession();
  const [id, setId] = useState('');
  const rotation = useNewDeviceToken();
  const faults = faultsOf(rotation.error, ['id']);

  function submit(event: FormEvent): void {
    event.preventDefault();
    void rotation.ask(deviceIdOf(fleet, id));
  }

  return (
    <Section title={t.devices}>
      <p className={styles.why}>{t.devicesWhy}</p>
      <form className={styles.inline} onSubmit={submit}>
        <Field
          label={t.device}
          help={fleet.devices.get(deviceIdOf(fleet, id))?.document.name ?? t.deviceHelp}
          error={faults.at('id')}
        >
          <DeviceInput value={id} onChange={setId} required />
        </Field>
        <Button type="submit">
          <Icon name="key" /> {t.rotate}
        </Button>
      </form>
      {faults.rest ? <ErrorNote error={faults.rest} /> : null}
      <NewDeviceToken {...rotation} />
    </Section>
  );
}
