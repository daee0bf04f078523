import { type ReactNode, useState } from 'react';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import styles from './statistics.module.css';
import { texts } from './texts.ts';

export type Tone = 'good' | 'wait' | 'bad' | 'muted' | 'accent' | 'soft';

export interface Part {
  name: string;
  tone: Tone;
  value: number;
}

export interface Stack {
  /** The day. */
  key: string;
  title: string;
  parts: readonly Part[];
}

/**
 * A column chart over time. `stacked`: parts are stacked; otherwise they overlap, the last in front. The SVG is
 * stretched, so its labels are HTML. A button shows the same data as a table.
 */
export function ColumnChart<T>({
  title,
  stacks,
  max,
  stacked = false,
  text,
  legend,
  table,
}: {
  title: string;
  stacks: readonly Stack[];
  max: number;
  stacked?: boolean;
  text(value: number): string;
  legend: readonly { name: string; tone: Tone }[];
  table: { rows: readonly T[]; columns: readonly Column<T>[]; keyOf(row: T): string };
}) {
  const t = useTexts(texts);
  const [isTable, setTable] = useState(false);
  // Limits the width of columns when there are few days.
  const width = 7 * Math.min(1, stacks.length / 8);
  return (
    <Section
      title={title}
      tools={
        <Button
          kind="quiet"
          className={styles.toggle}
          aria-pressed={isTable}
          aria-label={`${t.table}: ${title}`}
          onClick={() => setTable(!isTable)}
        >
          {t.table}
        </Button>
      }
    >
      {isTable ? (
        <div className={styles.scroll}>
          <Table caption={title} {...table} />
        </div>
      ) : (
        <figure className={styles.chart}>
          <Axis max={max} text={text} />
          <svg
            className={styles.columns}
            viewBox={`0 0 ${Math.max(1, stacks.length) * 10} 100`}
            preserveAspectRatio="none"
            role="img"
            aria-label={title}
          >
            <Lines width={stacks.length * 10} />
            {stacks.map((stack, i) => (
              <StackedColumn
                key={stack.key}
                stack={stack}
                x={i * 10}
                width={width}
                max={max}
                stacked={stacked}
                text={text}
              />
            ))}
          </svg>
          <Days stacks={stacks} />
          {legend.length > 1 && (
            <figcaption className={styles.legend}>
              {legend.map(({ name, tone }) => (
                <span key={name}>
                  <svg viewBox="0 0 10 10" aria-hidden="true">
                    <rect width="10" height="10" rx="2" className={styles[tone]} />
                  </svg>
                  {name}
                </span>
              ))}
            </figcaption>
          )}
        </figure>
      )}
    </Section>
  );
}

function Axis({ max, text }: { max: number; text(value: number): string }): ReactNode {
  return (
    <div className={styles.axis} aria-hidden="true">
      <span>{text(max)}</span>
      <span>{text(max / 2)}</span>
      <span>{text(0)}</span>
    </div>
  );
}

function Lines({ width }: { width: number }) {
  return [0.5, 50, 99.5].map((y) => <line key={y} x1={0} x2={width} y1={y} y2={y} className={styles.line} />);
}

function StackedColumn({
  stack: { title, parts },
  x,
  width,
  max,
  stacked,
  text,
}: {
  stack: Stack;
  x: number;
  width: number;
  max: number;
  stacked: boolean;
  text(value: number): string;
}) {
  let base = 0;
  return (
    <g>
      <title>{`${title}\n${parts.map((it) => `${it.name}: ${text(it.value)}`).join('\n')}`}</title>
      {/* Covers the full height, so that hovering anywhere over the day shows its title. */}
      <rect x={x} width={10} y={0} height={100} className={styles.place} />
      {parts.map((it) => {
        const height = max > 0 ? (it.value / max) * 100 : 0;
        const y = 100 - height - (stacked ? base : 0);
        base += height;
        return (
          <rect key={it.name} x={x + 5 - width / 2} width={width} y={y} height={height} className={styles[it.tone]} />
        );
      })}
    </g>
  );
}

/** Up to this many day labels fit side by side. */
const MAX_LABELS = 4;

/** Above that, only the first, middle and last day are labelled. */
function Days({ stacks }: { stacks: readonly Stack[] }) {
  const last = stacks.length - 1;
  const isFew = stacks.length <= MAX_LABELS;
  const shown = isFew ? stacks : [0, Math.floor(last / 2), last].flatMap((i) => stacks[i] ?? []);
  return (
    <div className={isFew ? styles.fewDays : styles.days} aria-hidden="true">
      {shown.map(({ key, title }) => (
        <span key={key}>{title}</span>
      ))}
    </div>
  );
}

/** The next round number. */
export function roundUp(value: number): number {
  if (value <= 4) return 4;
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((it) => it * step).find((it) => it >= value) ?? value;
}
