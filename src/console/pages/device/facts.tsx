import type { ReactNode } from 'react';
import { inventory } from '../../../../machines/reading.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useTexts } from '../../core/texts.ts';
import { Section } from '../../ui/page.tsx';
import { Ago } from '../../ui/time.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

export function Facts({ document, tools }: { document: DeviceDocument; tools?: ReactNode }) {
  const t = useTexts(texts);
  const { id, group, labels, appVersion, type, connection, report, state } = document;
  const { hostName, addresses, macs } = inventory(state);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t.id, <code key="id">{id}</code>],
    [t.group, group ?? t.none],
    [t.version, [type, appVersion].filter(Boolean).join(' ') || '–'],
    [t.address, connection.address ?? '–'],
    [t.host, hostName ?? '–'],
    [t.lan, lines(addresses)],
    [t.mac, lines(macs)],
    [t.report, report.receivedAt ? <Ago key="report" at={report.receivedAt} /> : t.none],
    [t.measured, report.measuredAt ? <Ago key="measured" at={report.measuredAt} /> : t.none],
    [t.lastSeen, connection.lastSeenAt ? <Ago key="seen" at={connection.lastSeenAt} /> : t.none],
    ...Object.entries(labels),
  ];
  return (
    <Section title={t.facts} tools={tools}>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

const lines = (values: readonly string[]): ReactNode =>
  values.length > 0 ? values.map((it) => <div key={it}>{it}</div>) : '–';
