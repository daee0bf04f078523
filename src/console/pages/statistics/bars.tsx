import { type ReactNode, useState } from 'react';
import { useFormat } from '../../core/clock.tsx';
import { statusTexts } from '../../core/command-texts.ts';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/page.tsx';
import type { Tone } from './columns.tsx';
import { endings, toneOf } from './day-charts.tsx';
import styles from './statistics.module.css';
import type { Stats } from './stats.ts';
import { texts } from './texts.ts';

interface Bar {
  key: string;
  name: ReactNode;
  value: number;
  /** The value as text. */
  says: string;
  tone: Tone;
}

/** Bars for comparison; also readable as text. */
function Bars({ bars, none }: { bars: readonly Bar[]; none: string }) {
  const max = Math.max(...bars.map((it) => it.value));
  if (bars.length === 0) return <p className="muted">{none}</p>;
  return (
    <ul className={styles.bars}>
      {bars.map(({ key, name, value, says, tone }) => (
        <li key={key} className={styles.barRow}>
          <span className={styles.barName}>{name}</span>
          <span className="number">{says}</span>
          <svg className={styles.bar} viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect width={max > 0 ? Math.max(2, (value / max) * 1000) : 0} height="10" className={styles[tone]} />
          </svg>
        </li>
      ))}
    </ul>
  );
}

export function Reasons({ total }: { total: Stats['total'] }) {
  const t = useTexts(texts);
  const format = useFormat();
  const reasonText = useReason();
  const bars = Object.entries(total.disconnections.reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]): Bar => {
      return { key: reason, name: reasonText(reason), value: count, says: format.number(count), tone: 'wait' };
    });
  return (
    <Section title={t.reasons}>
      <Bars bars={bars} none={t.noReasons} />
    </Section>
  );
}

export function Outcomes({ total: { commands } }: { total: Stats['total'] }) {
  const t = useTexts(texts);
  const format = useFormat();
  const names = useTexts(statusTexts);
  const bars = endings
    .map((status) => ({ status, count: commands.byStatus[status] ?? 0 }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }): Bar => {
      const says = `${format.number(count)} · ${format.percent(count / commands.count)}`;
      return { key: status, name: names[status], value: count, says, tone: toneOf(status) };
    });
  return (
    <Section title={t.outcomes}>
      <Bars bars={bars} none={t.noCommands} />
    </Section>
  );
}

const FIRST = 8;

export function Playback({ total: { playback } }: { total: Stats['total'] }) {
  const t = useTexts(texts);
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  const bars = playback.slice(0, isWhole ? playback.length : FIRST).map(({ item, playlist, ms }): Bar => {
    const name = (
      <>
        <span title={item ?? ''}>{item?.split('/').at(-1) || t.noItem}</span>
        {playlist && <small className="muted"> {playlist}</small>}
      </>
    );
    return { key: `${item}\n${playlist}`, name, value: ms, says: format.duration(ms), tone: 'accent' };
  });
  return (
    <Section
      title={t.playback}
      tools={
        playback.length > FIRST &&
        !isWhole && (
          <Button kind="quiet" className={styles.toggle} onClick={() => setWhole(true)}>
            {t.all(format.number(playback.length))}
          </Button>
        )
      }
    >
      <Bars bars={bars} none={t.noPlayback} />
    </Section>
  );
}
