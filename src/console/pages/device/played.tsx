import { useState } from 'react';
import { useClock, useFormat } from '../../core/clock.tsx';
import { useTexts } from '../../core/texts.ts';
import { Empty, Outcome, Section } from '../../ui/page.tsx';
import { Table } from '../../ui/table.tsx';
import styles from './device.module.css';
import { type Period, usePeriods } from './periods.ts';
import { texts } from './texts.ts';

const spans = { h1: 3_600_000, h24: 86_400_000 } as const;
const SHOWN = 100;

export function Played({ id }: { id: string }) {
  const t = useTexts(texts);
  const format = useFormat();
  const clock = useClock();
  const [span, setSpan] = useState<keyof typeof spans>('h1');
  const periods = usePeriods(id, 'playback', spans[span], SHOWN);
  const rows = [...(periods.data ?? [])].reverse();
  const lengthOf = ({ from, to }: Period) => (to === null ? clock.now() : Date.parse(to)) - Date.parse(from);
  return (
    <Section
      title={t.played}
      tools={
        <select
          aria-label={t.span}
          value={span}
          onChange={(event) => setSpan(event.target.value as keyof typeof spans)}
        >
          <option value="h1">{t.h1}</option>
          <option value="h24">{t.h24}</option>
        </select>
      }
    >
      <Outcome {...periods} isEmpty={rows.length === 0} empty={<Empty icon="clock" title={t.noPlayed} />}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that the keys can scroll it */}
        <section className={styles.played} tabIndex={0} aria-label={t.played}>
          <Table
            caption={t.played}
            rows={rows}
            keyOf={({ from }) => from}
            columns={[
              { title: t.from, cell: ({ from }) => <span className="number">{format.time(from)}</span> },
              { title: t.item, cell: ({ item }) => item ?? '–' },
              { title: t.playlist, cell: ({ playlist }) => playlist ?? '–' },
              {
                title: t.length,
                align: 'end',
                cell: (it) => (it.to === null ? t.goesOn : format.duration(lengthOf(it))),
              },
            ]}
          />
        </section>
      </Outcome>
    </Section>
  );
}
