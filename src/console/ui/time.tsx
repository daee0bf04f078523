import { useFormat, useNow } from '../core/clock.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';

const texts = defineTexts(
  { ago: (length: string) => `${length} ago`, now: 'just now' },
  { ago: (length: string) => `hace ${length}`, now: 'ahora mismo' },
);

/** How long ago, growing by itself; the exact time is in its title. */
export function Ago({ at }: { at: string | number }) {
  const t = useTexts(texts);
  const format = useFormat();
  const since = useNow() - (typeof at === 'number' ? at : Date.parse(at));
  return (
    <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)} className="number">
      {since < 2000 ? t.now : t.ago(format.duration(since))}
    </time>
  );
}

/** For how long already. */
export function For({ since }: { since: string }) {
  const format = useFormat();
  return (
    <time dateTime={since} title={format.dateTime(since)} className="number">
      {format.duration(Math.max(1000, useNow() - Date.parse(since)))}
    </time>
  );
}
