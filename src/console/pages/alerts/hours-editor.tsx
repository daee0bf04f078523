import type { Weekday } from '../../../protocol/alerts.ts';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import styles from './alerts.module.css';
import { type Span, type Week, weekdays } from './policy.ts';
import { policyTexts } from './policy-texts.ts';
import { useDays } from './words.ts';

interface Props {
  hours: Week;
  change(hours: Week): void;
  /** The fault at this path. */
  at(path: string): string | undefined;
  help?: string;
}

/** The week, one line per day, as text and as a bar. */
export function HoursEditor({ hours, change, at, help }: Props) {
  const t = useTexts(policyTexts);
  const dayName = useDays('long');
  const set = (day: Weekday, spans: readonly Span[]) => change({ ...hours, [day]: spans });
  const toAll = () => change(Object.fromEntries(weekdays.map((day) => [day, hours.mon])) as unknown as Week);
  return (
    <div className={styles.week}>
      <p className={styles.otherwise}>{help ?? t.hoursHelp}</p>
      {weekdays.map((day) => {
        const spans = hours[day];
        const name = dayName(day);
        const setSpan = (i: number, span: Span) =>
          set(
            day,
            spans.map((it, n) => (n === i ? span : it)),
          );
        return (
          <fieldset key={day} className={styles.day}>
            <legend>{name}</legend>
            <div className={styles.spans}>
              {spans.length === 0 && <span className="muted">{t.closed}</span>}
              {spans.map((span, i) => (
                <SpanInputs
                  // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name, and keep no state
                  key={i}
                  span={span}
                  name={name}
                  change={(next) => setSpan(i, next)}
                  remove={() =>
                    set(
                      day,
                      spans.filter((_, n) => n !== i),
                    )
                  }
                  faults={[`hours.${day}.${i}.0`, `hours.${day}.${i}.1`, `hours.${day}.${i}`].map(at)}
                />
              ))}
              <Button
                kind="quiet"
                className={styles.small}
                aria-label={t.addSpan(name)}
                title={t.addSpan(name)}
                onClick={() => set(day, [...spans, ['08:00', '22:00']])}
              >
                <Icon name="plus" size={14} />
              </Button>
            </div>
            <DayBar spans={spans} before={hours[weekdays[(weekdays.indexOf(day) + 6) % 7] ?? 'sun']} />
          </fieldset>
        );
      })}
      <div>
        <Button className={styles.small} onClick={toAll}>
          {t.toAll}
        </Button>
      </div>
    </div>
  );
}

function SpanInputs({
  span: [from, to],
  name,
  change,
  remove,
  faults: [atFrom, atTo, atBoth],
}: {
  span: Span;
  name: string;
  change(span: Span): void;
  remove(): void;
  faults: readonly (string | undefined)[];
}) {
  const t = useTexts(policyTexts);
  const fault = atFrom ?? atTo ?? atBoth;
  const invalid = (is: string | undefined) => (is ? { 'aria-invalid': true } : {});
  return (
    <span className={styles.span}>
      <input
        value={from}
        aria-label={t.opens(name)}
        inputMode="numeric"
        maxLength={5}
        {...invalid(atFrom ?? atBoth)}
        onChange={(event) => change([event.target.value, to])}
      />
      –
      <input
        value={to}
        aria-label={t.closes(name)}
        inputMode="numeric"
        maxLength={5}
        {...invalid(atTo ?? atBoth)}
        onChange={(event) => change([from, event.target.value])}
      />
      <Button kind="quiet" className={styles.small} aria-label={t.removeSpan(name, from, to)} onClick={remove}>
        <Icon name="close" size={13} />
      </Button>
      {fault && (
        <small className={styles.fault} role="alert">
          {fault}
        </small>
      )}
    </span>
  );
}

const minutesOf = (time: string) => {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(time) ?? [];
  return hours === undefined ? Number.NaN : Number(hours) * 60 + Number(minutes);
};

/** The day from midnight to midnight, with the rest of the previous day's last span. */
function DayBar({ spans, before }: { spans: readonly Span[]; before: readonly Span[] }) {
  const today = spans.map(([from, to]) => [minutesOf(from), minutesOf(to)] as const);
  const yesterday = before.map(([from, to]) => [minutesOf(from), minutesOf(to)] as const);
  const parts = [
    ...today.map(([from, to]) => [from, to < from ? 1440 : to] as const),
    ...yesterday.filter(([from, to]) => to < from).map(([, to]) => [0, to] as const),
  ].filter(([from, to]) => to > from);
  return (
    <svg className={styles.bar} viewBox="0 0 1440 10" preserveAspectRatio="none" aria-hidden="true">
      {parts.map(([from, to]) => (
        <rect key={`${from} ${to}`} x={from} width={to - from} y="0" height="10" />
      ))}
      {[360, 720, 1080].map((x) => (
        <line key={x} x1={x} x2={x} y1="0" y2="10" />
      ))}
    </svg>
  );
}
