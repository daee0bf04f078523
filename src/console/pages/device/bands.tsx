import { type MouseEvent, useMemo } from 'react';
import { useClock, useFormat } from '../../core/clock.tsx';
import { useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { useReason } from '../../core/why.ts';
import { useZone } from '../../core/zone.ts';
import { Outcome, Section } from '../../ui/page.tsx';
import styles from './device.module.css';
import { type Period, usePeriods } from './periods.ts';
import { texts } from './texts.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const classOf: Record<string, string | undefined> = {
  online: styles.good,
  yes: styles.good,
  reconnecting: styles.wait,
  unknown: styles.wait,
  offline: styles.bad,
  no: styles.bad,
};

/** The last days, one line each: connection above, on-air status below. A click goes to that time. */
export function Bands({ id, choose }: { id: string; choose(at: number): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const clock = useClock();
  const zone = useZone();
  const connection = usePeriods(id, 'connection', 7 * DAY);
  const onAir = usePeriods(id, 'onAir', 7 * DAY);
  const days = useMemo(() => {
    const now = clock.now();
    return [6, 5, 4, 3, 2, 1, 0].map((back) => ({ from: zone.midnight(now, -back), to: zone.midnight(now, 1 - back) }));
  }, [clock, zone]);
  const error = connection.error ?? onAir.error;
  const reload = () => {
    connection.reload();
    onAir.reload();
  };
  return (
    <Section title={t.bands}>
      <Outcome
        error={error}
        isStale={false}
        loading={connection.loading || onAir.loading}
        reload={reload}
        isEmpty={Boolean(error) && !(connection.data && onAir.data)}
        empty={null}
      >
        <p className={styles.help}>{t.bandsHelp}</p>
        <ul className={styles.days}>
          {days.map(({ from, to }) => {
            const go = (event: MouseEvent<HTMLElement>) => {
              const { left, width } = event.currentTarget.getBoundingClientRect();
              choose(Math.min(clock.now(), from + ((event.clientX - left) / width) * (to - from)));
            };
            return (
              <li key={from} className={styles.day}>
                <span className="number">{format.date(from)}</span>
                {/* biome-ignore lint/a11y/noStaticElementInteractions: for the mouse; the slider does the same by keys */}
                {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
                <div className={styles.dayBands} onClick={go}>
                  <Line title={t.connection} periods={connection.data ?? []} from={from} to={to} />
                  <Line title={t.onAir} periods={onAir.data ?? []} from={from} to={to} />
                </div>
              </li>
            );
          })}
        </ul>
      </Outcome>
    </Section>
  );
}

/** One band for any span, behind the time slider. */
export function Band({ id, from, to }: { id: string; from: number; to: number }) {
  const t = useTexts(texts);
  const { rest } = useSession();
  const [first, last] = [from, to].map((at) => new Date(at - (at % MINUTE)).toISOString());
  const periods = useLoad(
    (signal) =>
      rest.get<{ periods: Period[] }>(
        `/devices/${id}/periods`,
        { kind: 'connection', from: first, to: last, limit: 2000 },
        signal,
      ),
    `${id} ${first} ${last}`,
  );
  return <Line title={t.connection} periods={periods.data?.periods ?? []} from={from} to={to} />;
}

function Line({ title, periods, from, to }: { title: string; periods: readonly Period[]; from: number; to: number }) {
  const t = useTexts(texts);
  const reasonText = useReason();
  const format = useFormat();
  const now = useClock().now();
  const parts = periods.flatMap((it) => {
    const start = Math.max(from, Date.parse(it.from));
    const end = Math.min(to, it.to === null ? now : Date.parse(it.to));
    return end > start ? [{ ...it, start, end }] : [];
  });
  return (
    <svg className={styles.band} viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label={title}>
      {parts.map(({ start, end, status = '', reason, why, from: since }) => (
        <rect
          key={since}
          x={((start - from) / (to - from)) * 1000}
          width={Math.max(1.2, ((end - start) / (to - from)) * 1000)}
          y="0"
          height="10"
          className={classOf[status]}
        >
          <title>
            {`${t[status as 'online'] ?? status} ${reasonText(reason ?? why)} · ${format.time(start)} – ${format.time(end)}`}
          </title>
        </rect>
      ))}
    </svg>
  );
}
