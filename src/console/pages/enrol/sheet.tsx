import { useState } from 'react';
import { serverUrl } from '../../core/base.ts';
import { useFormat } from '../../core/clock.tsx';
import { download } from '../../core/download.ts';
import { useLeaving, useUnsaved } from '../../core/leaving.tsx';
import { jsonConfig, zippedConfigs } from '../../core/player-config.ts';
import { useCensus, useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Section } from '../../ui/page.tsx';
import { QrCode } from '../../ui/qr.tsx';
import styles from './enrol.module.css';
import type { Enrolled } from './enrol.ts';
import { texts } from './texts.ts';

/** The new devices with their QR codes, to print, and their configuration, to download. */
export function Sheet({ devices, more }: { devices: readonly Enrolled[]; more(): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { fleet } = useSession();
  useCensus();
  const { mayLeave } = useLeaving();
  const [isSaved, setSaved] = useState(false);
  useUnsaved(!isSaved);
  const connected = devices.filter(({ id }) => fleet.devices.get(id)?.document.connection.status === 'online').length;
  const count = format.number(devices.length);
  return (
    <Section
      title={t.made(count)}
      tools={
        <span className={styles.tools}>
          <Button
            kind="primary"
            onClick={() => {
              download('vigia-devices.zip', [zippedConfigs(devices)], 'application/zip');
              setSaved(true);
            }}
          >
            {t.download}
          </Button>
          <Button
            onClick={() => {
              print();
              setSaved(true);
            }}
          >
            {t.print}
          </Button>
          <Button onClick={() => void mayLeave().then((yes) => yes && more())}>
            <Icon name="plus" /> {t.more}
          </Button>
        </span>
      }
    >
      <p className={isSaved ? styles.saved : styles.once} role="status">
        {isSaved ? t.saved : t.once} {t.connected(format.number(connected), count)}
      </p>
      <ul className={styles.sheet}>
        {devices.map((device) => (
          <li key={device.id}>
            <QrCode text={jsonConfig(device)} label={t.qr(device.id)} />
            <b>{device.name || device.id}</b>
            {device.name && <span>{device.id}</span>}
            {device.group && <span>{device.group}</span>}
            <span className="muted">{serverUrl}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
