import { useState } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../core/clock.tsx';
import type { ListedDevice } from '../../core/device-list.ts';
import { useErrorText } from '../../core/errors.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page, Section } from '../../ui/page.tsx';
import styles from './enrol.module.css';
import { type Enrolled, enrol, type Failed } from './enrol.ts';
import { ListForm } from './list-form.tsx';
import { Sheet } from './sheet.tsx';
import { texts } from './texts.ts';

/** Creates many devices from a list, and hands their tokens over as a sheet of QR codes and as files. */
export default function Enrol() {
  const t = useTexts(texts);
  const format = useFormat();
  const errorText = useErrorText();
  const { rest } = useSession();
  const [made, setMade] = useState<readonly Enrolled[]>([]);
  const [failed, setFailed] = useState<readonly Failed[]>([]);
  const [progress, setProgress] = useState<{ done: number; of: number }>();

  async function create(devices: readonly ListedDevice[]): Promise<void> {
    setFailed([]);
    setProgress({ done: 0, of: devices.length });
    const result = await enrol(rest, devices, (done) => setProgress({ done, of: devices.length }));
    setMade((before) => [...before, ...result.made]);
    setFailed(result.failed);
    setProgress(undefined);
  }

  return (
    <Page
      title={t.title}
      lead={
        <Link href="/provisioning" className={styles.back}>
          <Icon name="back" /> {t.back}
        </Link>
      }
    >
      {progress ? (
        <Section title={t.list}>
          <p role="status">{t.creating(format.number(progress.done), format.number(progress.of))}</p>
          <progress className={styles.progress} value={progress.done} max={progress.of} aria-label={t.list} />
        </Section>
      ) : (
        <>
          {failed.length > 0 && (
            <Section
              title={t.failed(format.number(failed.length))}
              tools={<Button onClick={() => void create(failed.map(({ device }) => device))}>{t.retry}</Button>}
            >
              <ul className={styles.failed}>
                {failed.map(({ device, error }) => {
                  const { title, detail } = errorText(error);
                  const isLost = (error as { code?: string }).code === 'unreachable';
                  return (
                    <li key={device.line}>
                      <b>{device.id || device.name}</b>: {[title, detail, isLost && t.lost].filter(Boolean).join('. ')}
                    </li>
                  );
                })}
              </ul>
            </Section>
          )}
          {made.length > 0 ? (
            <Sheet devices={made} more={() => setMade([])} />
          ) : (
            failed.length === 0 && <ListForm create={(devices) => void create(devices)} />
          )}
        </>
      )}
    </Page>
  );
}
