import type { ReactNode } from 'react';
import { inventory } from '../../../../machines/reading.ts';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useFormat } from '../../core/clock.tsx';
import { thumbnailOf } from '../../core/playing.ts';
import { line, usePlayingText } from '../../core/playing-text.ts';
import { useTexts } from '../../core/texts.ts';
import { Section } from '../../ui/page.tsx';
import { Picture } from '../../ui/picture.tsx';
import { PlaybackBar } from '../../ui/playback.tsx';
import { Ago, MeasuredAgo } from '../../ui/time.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

export function NowPlaying({ document }: { document: DeviceDocument }) {
  const t = useTexts(texts);
  const { title, details, more } = usePlayingText()(document);
  const thumbnail = thumbnailOf(document.state);
  return (
    <Section title={t.now}>
      <div className={styles.now}>
        <div className={styles.screen}>
          {thumbnail ? (
            <Picture url={thumbnail.replace('/thumbnail', '')} alt="" />
          ) : (
            <span className="muted">{t.noPicture}</span>
          )}
        </div>
        <div className={styles.nowText}>
          <p className={styles.item}>{title}</p>
          <p className="muted">{line(details, more)}</p>
          <PlaybackBar document={document} />
          <p className={styles.old}>
            <MeasuredAgo report={document.report} />
          </p>
        </div>
      </div>
    </Section>
  );
}

export function Facts({ document, tools }: { document: DeviceDocument; tools?: ReactNode }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { id, group, labels, appVersion, type, connection, report, state } = document;
  const { hostName, addresses, macs, memory, disk } = inventory(state);
  const skew = connection.clockSkewMs;
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t.id, <code key="id">{id}</code>],
    [t.group, group ?? t.none],
    [t.version, [type, appVersion].filter(Boolean).join(' ') || '–'],
    [t.address, connection.address ?? '–'],
    [t.host, hostName ?? '–'],
    [t.lan, lines(addresses)],
    [t.mac, lines(macs)],
    [t.memory, memory ? t.free(format.bytes(memory.freeBytes), format.bytes(memory.totalBytes)) : '–'],
    [
      t.disk,
      disk
        ? `${t.used(format.bytes(disk.usedBytes), format.bytes(disk.totalBytes))} (${format.percent(disk.usedBytes / disk.totalBytes)})`
        : '–',
    ],
    [t.report, report.receivedAt ? <Ago key="report" at={report.receivedAt} /> : t.none],
    [t.measured, report.measuredAt ? <Ago key="measured" at={report.measuredAt} /> : t.none],
    [t.lastSeen, connection.lastSeenAt ? <Ago key="seen" at={connection.lastSeenAt} /> : t.none],
    [t.clock, skew === null ? '–' : format.duration(Math.abs(skew))],
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
