import { useState } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../core/clock.tsx';
import { useFilterFault } from '../../core/filter.ts';
import { useListing } from '../../core/listing.ts';
import { screenStatusOf, screenStatusTexts, toneOf } from '../../core/screen-status.ts';
import { useCensus, useDevice } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Dot } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { NewDeviceToken, useNewDeviceToken } from '../../ui/new-device-token.tsx';
import { Empty, ErrorNote, Section } from '../../ui/page.tsx';
import { RemoveDevice } from '../../ui/remove-device.tsx';
import { Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import styles from './provisioning.module.css';
import { texts } from './texts.ts';

const STEP = 25;

/** Searches all devices, to give one a new token, or to block or remove it. */
export function Devices() {
  const t = useTexts(texts);
  const format = useFormat();
  const census = useCensus();
  const [q, setQ] = useState('');
  const [most, setMost] = useState(STEP);
  const [leaving, setLeaving] = useState<string>();
  const ids = useListing({ q, screenStatuses: [], group: '', label: '' }, 'name');
  const fault = useFilterFault(q);
  const rotation = useNewDeviceToken();
  const shown = ids.slice(0, most);
  return (
    <Section
      title={t.devices}
      tools={
        <input
          type="search"
          className={styles.search}
          aria-label={t.search}
          placeholder={t.placeholder}
          value={q}
          aria-invalid={fault !== undefined}
          onChange={(event) => {
            setQ(event.target.value);
            setMost(STEP);
          }}
        />
      }
    >
      {rotation.error ? <ErrorNote error={rotation.error} /> : null}
      {shown.length === 0 ? (
        census.devices === 0 ? (
          <Empty title={t.none}>{t.noneWhy}</Empty>
        ) : (
          <Empty icon="search" title={t.noneFits}>
            {fault}
          </Empty>
        )
      ) : (
        <Table
          caption={t.devices}
          rows={shown}
          keyOf={(id) => id}
          columns={[
            { title: t.device, cell: (id) => <Name id={id} /> },
            { title: t.status, cell: (id) => <Status id={id} /> },
            { title: t.since, cell: (id) => <Heard id={id} /> },
            {
              title: t.actions,
              align: 'end',
              cell: (id) => (
                <span className={styles.actions}>
                  <Button kind="quiet" aria-label={t.tokenOf(id)} onClick={() => void rotation.ask(id)}>
                    {t.token}
                  </Button>
                  <Button
                    kind="quiet"
                    className={styles.remove}
                    aria-label={t.removeOf(id)}
                    onClick={() => setLeaving(id)}
                  >
                    {t.remove}
                  </Button>
                </span>
              ),
            },
          ]}
        />
      )}
      <div className={styles.foot}>
        <span className="muted">{t.shown(format.number(shown.length), format.number(census.devices))}</span>
        {ids.length > shown.length && <Button onClick={() => setMost(most + STEP * 4)}>{t.more}</Button>}
      </div>
      <NewDeviceToken {...rotation} />
      <RemoveDevice id={leaving} onClose={() => setLeaving(undefined)} />
    </Section>
  );
}

function Name({ id }: { id: string }) {
  const document = useDevice(id)?.document;
  const details = [document?.name ? id : undefined, document?.group].filter(Boolean).join(' · ');
  return (
    <span className={styles.name}>
      <Link href={`/devices/${encodeURIComponent(id)}`}>{document?.name ?? id}</Link>
      {details && <small className="muted">{details}</small>}
    </span>
  );
}

function Status({ id }: { id: string }) {
  const names = useTexts(screenStatusTexts);
  const document = useDevice(id)?.document;
  if (!document) return null;
  const screenStatus = screenStatusOf(document);
  return (
    <span className={styles.status}>
      <Dot tone={toneOf[screenStatus]} /> {names[screenStatus]}
    </span>
  );
}

function Heard({ id }: { id: string }) {
  const t = useTexts(texts);
  const at = useDevice(id)?.document.connection.lastSeenAt;
  return at ? <Ago at={at} /> : <span className="muted">{t.never}</span>;
}
