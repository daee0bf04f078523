import type { Report } from '../../protocol/document.ts';
import { useFormat, useNow } from '../core/clock.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';

const texts = defineTexts(
  { ago: (length: string) => `${length} ago`, now: 'just now', measured: 'measured' },
  { ago: (length: string) => `hace ${length}`, now: 'ahora mismo', measured: 'medido' },
);

/** A live age; the exact time is in its title. */
export function Ago({ at }: { at: string | number }) {
  const t = useTexts(texts);
  const format = useFormat();
  const since = useNow() - (typeof at === 'number' ? at : Date.parse(at));
  return (
    <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)} className="number">
      {since < 2000 ? t.now : t.ago(format.roughly(since))}
    </time>
  );
}

/** What a screen plays; if it is offline, the last known playback with its age. */
export function Plays({ title, seenAt }: { title: string; seenAt?: string | undefined }) {
  return (
    <>
      <span>{title}</span>
      {seenAt && (
        <>
          {', '}
          <Ago at={seenAt} />
        </>
      )}
    </>
  );
}

/** `measured 3 h ago`, if the report is old; otherwise nothing. */
export function MeasuredAgo({ report: { status, measuredAt } }: { report: Report }) {
  const t = useTexts(texts);
  if (status === 'live' || !measuredAt) return null;
  return (
    <>
      {t.measured} <Ago at={measuredAt} />
    </>
  );
}

/** Above a minute, seconds are not shown. */
const wholeMinutes = (ms: number) => (ms < 60_000 ? ms : ms - (ms % 60_000));

/** A live duration since a time. */
export function For({ since, roughly = false }: { since: string; roughly?: boolean }) {
  const format = useFormat();
  const length = Math.max(1000, useNow() - Date.parse(since));
  return (
    <time dateTime={since} title={format.dateTime(since)} className="number">
      {roughly ? format.roughly(length) : format.duration(wholeMinutes(length))}
    </time>
  );
}
