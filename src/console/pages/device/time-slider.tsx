import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { VersionedDocument } from '../../../protocol/document.ts';
import { useFormat, useNow } from '../../core/clock.tsx';
import { useLink } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Band } from './bands.tsx';
import styles from './device.module.css';
import { texts } from './texts.ts';

const MINUTE = 60_000;
const spans = { h1: 60 * MINUTE, h24: 1440 * MINUTE, d7: 7 * 1440 * MINUTE } as const;
/** Waits until the slider rests before it loads. */
const REST_MS = 150;

/** The chosen time, in the URL; undefined: live. */
export function useMoment(): { at: number | undefined; setAt(at: number | undefined): void } {
  const [params, setParams] = useSearchParams();
  const given = Date.parse(params.get('at') ?? '');
  return {
    at: Number.isNaN(given) ? undefined : given,
    setAt: (at) => setParams(at === undefined ? {} : { at: new Date(at).toISOString() }, { replace: true }),
  };
}

/** `coarse`: the document as of `since`; later changes were not stored. */
export interface PastDocument extends VersionedDocument {
  coarse?: true;
  since?: string;
}

interface TimeSliderProps {
  id: string;
  at: number | undefined;
  setAt(at: number | undefined): void;
  past: PastDocument | undefined;
  isConnected: boolean;
}

export function TimeSlider({ id, at, setAt, past, isConnected }: TimeSliderProps) {
  const t = useTexts(texts);
  const format = useFormat();
  const now = useNow(5000);
  const [span, setSpan] = useState<keyof typeof spans>('h24');
  const [dragged, setDragged] = useState<number>();
  const from = now - spans[span];
  const value = Math.min(now, Math.max(from, dragged ?? at ?? now));

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a move asks
  useEffect(() => {
    if (dragged === undefined) return;
    const timer = setTimeout(() => {
      setAt(dragged >= now - 1000 ? undefined : dragged);
      setDragged(undefined);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [dragged]);

  const isPast = at !== undefined;
  // If the device or the server is unreachable, the page shows the last known state.
  const isLive = useLink() === 'live' && isConnected;
  return (
    <div className={`${styles.slider} ${isPast ? styles.past : ''}`}>
      <span className={styles.momentText} role="status">
        {isPast ? (
          <>
            {t.past(format.dateTime(dragged ?? at))}
            {past && <small className="muted"> · v{past.version}</small>}
            {past?.coarse && (
              <small className={styles.coarse}>{t.coarse(format.dateTime(Date.parse(past.since as string)))}</small>
            )}
          </>
        ) : (
          <b className={isLive ? styles.live : 'muted'}>{isLive ? t.live : t.lastKnown}</b>
        )}
      </span>
      <div className={styles.track}>
        <Band id={id} from={from} to={now} />
        <input
          type="range"
          aria-label={t.moment}
          aria-valuetext={isPast ? format.dateTime(value) : isLive ? t.live : t.lastKnown}
          min={from}
          max={now}
          step={span === 'h1' ? 1000 : MINUTE}
          value={value}
          onChange={(event) => setDragged(Number(event.target.value))}
        />
      </div>
      <span className={styles.steps}>
        <Button kind="quiet" aria-label={t.earlier} title={t.earlier} onClick={() => setAt((at ?? now) - MINUTE)}>
          <Icon name="back" />
        </Button>
        <Button
          kind="quiet"
          aria-label={t.later}
          title={t.later}
          disabled={!isPast}
          onClick={() => setAt(at === undefined || at + MINUTE >= now ? undefined : at + MINUTE)}
        >
          <Icon name="forward" />
        </Button>
        <select
          aria-label={t.span}
          value={span}
          onChange={(event) => setSpan(event.target.value as keyof typeof spans)}
        >
          {Object.keys(spans).map((it) => (
            <option key={it} value={it}>
              {t[it as keyof typeof spans]}
            </option>
          ))}
        </select>
        {isPast && (
          <Button kind="primary" onClick={() => setAt(undefined)}>
            {t.backToLive}
          </Button>
        )}
      </span>
    </div>
  );
}
