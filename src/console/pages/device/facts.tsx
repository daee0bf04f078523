import type { ReactNode } from 'react';
import type { DeviceDocument } from '../../../protocol/document.ts';
import { useFormat } from '../../core/clock.tsx';
import { playingOf, thumbnailOf } from '../../core/playing.ts';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { Section } from '../../ui/page.tsx';
import { Picture } from '../../ui/picture.tsx';
import { PlaybackBar } from '../../ui/playback.tsx';
import { Ago } from '../../ui/time.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

export function NowPlaying({ document }: { document: DeviceDocument }) {
  const t = useTexts(texts);
  const reasonText = useReason();
  const { item, playlist, doing } = playingOf(document.state);
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
          <p className={styles.item}>{item ?? t.nothing}</p>
          <p className="muted">{[reasonText(doing), playlist].filter(Boolean).join(' · ')}</p>
          <PlaybackBar document={document} />
        </div>
      </div>
    </Section>
  );
}

export function Facts({ document, tools }: { document: DeviceDocument; tools?: ReactNode }) {
  const t = useTexts(texts);
  const format = useFormat();
  const { id, group, labels, appVersion, type, connection, report } = document;
  const skew = connection.clockSkewMs;
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t.id, <code key="id">{id}</code>],
    [t.group, group ?? t.none],
    [t.version, [type, appVersion].filter(Boolean).join(' ') || '–'],
    [t.address, connection.address ?? '–'],
    [t.report, report.receivedAt ? <Ago key="report" at={report.receivedAt} /> : t.none],
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
