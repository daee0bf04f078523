import { useEffect, useState } from 'react';
import type { ZonePlan } from '../../../protocol/schedules.ts';
import { useFormat } from '../../core/clock.tsx';
import { useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Stale } from '../../ui/page.tsx';
import { type Draft, isNamed, timesOf } from './draft.ts';
import styles from './schedules.module.css';
import { texts } from './texts.ts';
import { useLocalTime } from './use-local-time.ts';

/** Delay after the last key press. */
const PAUSE_MS = 300;

/** The next ten runs of the form's schedule in each time zone. Calls `failed` with the server's errors. */
export function Preview({ draft, failed }: { draft: Draft; failed(error: unknown): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const localTime = useLocalTime();
  const { rest } = useSession();
  const asked = useSettled(isNamed(draft) && draft.start !== '' ? JSON.stringify(timesOf(draft)) : '');
  const isAsked = asked !== '';
  const { data, error, isStale } = useLoad<ZonePlan[]>(
    async () =>
      isAsked ? (await rest.post<{ zones: ZonePlan[] }>('/schedules/preview', JSON.parse(asked))).zones : [],
    asked,
  );
  useEffect(() => failed(error), [error, failed]);
  const zones = error ? [] : (data ?? []);
  const hasRuns = zones.some(({ runs }) => runs.length > 0);
  return (
    <section className={styles.preview} aria-label={t.preview} aria-live="polite">
      <h3>{t.preview}</h3>
      {!isAsked && <p className="muted">{t.previewIncomplete}</p>}
      {isAsked && !isStale && !error && !hasRuns && <p className="muted">{t.previewNone}</p>}
      <Stale is={isStale}>
        {zones.map(({ timeZone, devices, runs }, i) => (
          // Only the zone with the most devices is expanded.
          <details key={timeZone} open={i === 0}>
            <summary>{t.devicesIn(timeZone, devices === 1 ? t.oneDevice : t.count(format.number(devices)))}</summary>
            <ol>
              {runs.map(({ local, at }) => (
                <li key={at}>
                  <time dateTime={at} title={at}>
                    {localTime(local)}
                  </time>
                </li>
              ))}
            </ol>
          </details>
        ))}
      </Stale>
    </section>
  );
}

/** The value, once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
