import { type ReactNode, useEffect, useState } from 'react';
import { useFormat, useNow } from '../core/clock.tsx';
import { useKeptFrom } from '../core/kept-from.ts';
import type { Moment } from '../core/moment.ts';
import { defineTexts, useTexts } from '../core/texts.ts';
import { useZone } from '../core/zone.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import styles from './time-bar.module.css';
import { ZoneSelect } from './zone-select.tsx';

const texts = defineTexts(
  {
    past: (at: string) => `Showing ${at}`,
    backToLive: 'Back to live',
    moment: 'Point in time',
    dateTime: 'Date and time',
    tooOld: (from: string) => `The history begins on ${from}.`,
    future: 'This is in the future.',
    lastNight: (time: string) => `Last night at ${time}`,
    earlier: 'A minute earlier',
    later: 'A minute later',
    span: 'Period of the slider',
    h1: 'An hour',
    h24: 'A day',
    d7: 'A week',
    play: 'Play from here',
    pause: 'Pause',
    speed: 'Speed',
    perSecond: (length: string) => `${length} per second`,
  },
  {
    past: (at: string) => `Estado del ${at}`,
    backToLive: 'Volver a en vivo',
    moment: 'Momento',
    dateTime: 'Fecha y hora',
    tooOld: (from: string) => `El historial empieza el ${from}.`,
    future: 'Está en el futuro.',
    lastNight: (time: string) => `Anoche a las ${time}`,
    earlier: 'Un minuto antes',
    later: 'Un minuto después',
    span: 'Período de la barra',
    h1: 'Una hora',
    h24: 'Un día',
    d7: 'Una semana',
    play: 'Reproducir desde aquí',
    pause: 'Pausar',
    speed: 'Velocidad',
    perSecond: (length: string) => `${length} por segundo`,
  },
);

const MINUTE = 60_000;
const spans = { h1: 60 * MINUTE, h24: 1440 * MINUTE, d7: 7 * 1440 * MINUTE } as const;
const speeds = [1, 5, 15, 30] as const;
const NIGHT_HOUR = 3;
/** Waits until the slider rests before it loads. */
const REST_MS = 150;
const STEP_MS = 1000;

interface TimeBarProps extends Moment {
  /** What is said while the page is live. */
  live: ReactNode;
  /** More about the time that is shown. */
  note?: ReactNode;
  /** The time that is chosen has been loaded. */
  isLoaded: boolean;
  /** What happened in the slider's span. */
  band?(from: number, to: number): ReactNode;
}

/** Chooses the time that a page shows: by a slider, by date and time, and by a button for last night. */
export function TimeBar({ at, setAt, live, note, isLoaded, band }: TimeBarProps) {
  const t = useTexts(texts);
  const format = useFormat();
  const zone = useZone();
  const now = useNow(5000);
  const [span, setSpan] = useState<keyof typeof spans>('h24');
  const [dragged, setDragged] = useState<number>();
  const { from, to } = windowOf(at, spans[span], now);
  const value = Math.min(to, Math.max(from, dragged ?? at ?? now));
  const go = (next: number) => setAt(next >= now ? undefined : next);

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
  const keptFrom = useKeptFrom();
  const isTooOld = isPast && keptFrom !== undefined && at < keptFrom;
  const night = zone.last(NIGHT_HOUR, now);
  return (
    <div className={`${styles.bar} ${isPast ? styles.past : ''}`}>
      <span className={styles.status} role="status">
        {isPast ? t.past(format.dateTime(dragged ?? at)) : live}
        {isTooOld ? ` · ${t.tooOld(format.date(keptFrom))}` : note}
      </span>
      <div className={styles.track}>
        {band?.(from, to)}
        <input
          type="range"
          aria-label={t.moment}
          aria-valuetext={format.dateTime(value)}
          min={from}
          max={to}
          step={span === 'h1' ? 1000 : MINUTE}
          value={value}
          onChange={(event) => setDragged(Number(event.target.value))}
        />
      </div>
      <span className={styles.steps}>
        <Button kind="quiet" aria-label={t.earlier} title={t.earlier} onClick={() => go((at ?? now) - MINUTE)}>
          <Icon name="back" />
        </Button>
        <Button
          kind="quiet"
          aria-label={t.later}
          title={t.later}
          disabled={!isPast}
          onClick={() => isPast && go(at + MINUTE)}
        >
          <Icon name="forward" />
        </Button>
        <select
          aria-label={t.span}
          title={t.span}
          value={span}
          onChange={(event) => setSpan(event.target.value as keyof typeof spans)}
        >
          {Object.keys(spans).map((it) => (
            <option key={it} value={it}>
              {t[it as keyof typeof spans]}
            </option>
          ))}
        </select>
      </span>
      <div className={styles.choice}>
        <Button aria-pressed={at === night} onClick={() => setAt(night)}>
          <Icon name="moon" /> {t.lastNight(format.clock(night))}
        </Button>
        <DateTime at={at} now={now} keptFrom={keptFrom} choose={go} />
        <ZoneSelect />
        {isPast && <Player at={at} isLoaded={isLoaded} go={go} />}
        {isPast && (
          <Button kind="primary" className={styles.back} onClick={() => setAt(undefined)}>
            {t.backToLive}
          </Button>
        )}
      </div>
    </div>
  );
}

/** The slider ends now; for an earlier time it shows the span around it that ends a whole number of spans ago. */
function windowOf(at: number | undefined, span: number, now: number): { from: number; to: number } {
  const back = at === undefined ? 0 : Math.max(0, Math.floor((now - at) / span));
  return { from: now - (back + 1) * span, to: now - back * span };
}

interface DateTimeProps {
  at: number | undefined;
  now: number;
  keptFrom: number | undefined;
  choose(at: number): void;
}

function DateTime({ at, now, keptFrom, choose }: DateTimeProps) {
  const t = useTexts(texts);
  const format = useFormat();
  const zone = useZone();
  const from = keptFrom ?? 0;
  // While it is typed it is not replaced, and may be incomplete.
  const [typed, setTyped] = useState<string>();
  const given = typed === undefined ? Number.NaN : Date.parse(zone.fromInput(typed));
  const fault = given > now ? t.future : given < from ? t.tooOld(format.date(from)) : undefined;
  const isValid = !Number.isNaN(given) && !fault;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed asks
  useEffect(() => {
    if (!isValid) return;
    const timer = setTimeout(() => choose(given), 2 * REST_MS);
    return () => clearTimeout(timer);
  }, [given]);
  return (
    <span className={styles.dateTime}>
      <input
        type="datetime-local"
        aria-label={t.dateTime}
        aria-invalid={fault !== undefined}
        min={zone.toInput(keptFrom)}
        max={zone.toInput(now)}
        value={typed ?? zone.toInput(at ?? now)}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => {
          if (isValid) choose(given);
          setTyped(undefined);
        }}
      />
      {fault && given > 0 && <small role="alert">{fault}</small>}
    </span>
  );
}

/** Moves the time on, a step each second, once the last step has loaded. */
function Player({ at, isLoaded, go }: { at: number; isLoaded: boolean; go(at: number): void }) {
  const t = useTexts(texts);
  const format = useFormat();
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(5);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `go` changes with each render
  useEffect(() => {
    if (!isPlaying || !isLoaded) return;
    const timer = setTimeout(() => go(at + speed * MINUTE), STEP_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, isLoaded, at, speed]);
  return (
    <span className={styles.player}>
      <Button aria-label={isPlaying ? t.pause : t.play} onClick={() => setPlaying(!isPlaying)}>
        <Icon name={isPlaying ? 'pause' : 'play'} />
      </Button>
      <select aria-label={t.speed} title={t.speed} value={speed} onChange={(event) => setSpeed(+event.target.value)}>
        {speeds.map((it) => (
          <option key={it} value={it}>
            {t.perSecond(format.duration(it * MINUTE))}
          </option>
        ))}
      </select>
    </span>
  );
}
