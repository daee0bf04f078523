import { useState } from 'react';
import { Link } from 'wouter';
import { useLeaving } from '../../core/leaving.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Handover } from '../../ui/handover.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Blocked } from './blocked.tsx';
import { Devices } from './devices.tsx';
import { NewDevice } from './new-device.tsx';
import { Pairing } from './pairing.tsx';
import styles from './provisioning.module.css';
import { texts } from './texts.ts';

/** Provisions devices: creates them with a token, rotates tokens, and blocks or removes devices. */
export default function Provisioning() {
  const t = useTexts(texts);
  const { mayLeave } = useLeaving();
  const [made, setMade] = useState<{ id: string; token: string }>();
  // Keeps the group for the next device: screens are usually added in groups.
  const [group, setGroup] = useState('');
  return (
    <Page title={t.title}>
      {made ? (
        <Section title={t.made(made.id)}>
          <Handover {...made} />
          <div className={styles.after}>
            <Button kind="primary" onClick={() => void mayLeave().then((yes) => yes && setMade(undefined))}>
              <Icon name="plus" /> {t.another}
            </Button>
            <Link href={`/devices/${encodeURIComponent(made.id)}`}>{t.open}</Link>
          </div>
        </Section>
      ) : (
        <Section title={t.create} tools={<Link href="/provisioning/many">{t.many}</Link>}>
          <NewDevice
            firstGroup={group}
            onMade={(device, itsGroup) => {
              setMade(device);
              setGroup(itsGroup);
            }}
          />
        </Section>
      )}
      <Pairing />
      <Devices />
      <Blocked />
    </Page>
  );
}
