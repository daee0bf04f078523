import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useFormat, useNow } from '../../../core/clock.tsx';
import { useGroups } from '../../../core/grouping.ts';
import { useShortcuts } from '../../../core/keys.tsx';
import { useListing } from '../../../core/listing.ts';
import { usePreferences } from '../../../core/preferences.tsx';
import { screenStatusOf, toneOf } from '../../../core/screen-status.ts';
import { useLink, useSession } from '../../../core/session.tsx';
import { useTexts } from '../../../core/texts.ts';
import { useFreshPage, useWakeLock } from '../../../core/tv.ts';
import { ConnectionNote } from '../../../shell/connection-note.tsx';
import { Button } from '../../../ui/button.tsx';
import { useFilter } from '../../../ui/filter-bar.tsx';
import { linesIn } from '../char-width.ts';
import { DeviceList } from '../device-list.tsx';
import { useByGroup, useSort, useView } from '../layout.ts';
import { useNames } from '../use-names.ts';
import { useViews } from '../views/use-views.ts';
import { scaleFor } from './scale.ts';
import { texts } from './texts.ts';
import styles from './tv.module.css';
import { usePaging } from './use-paging.ts';

/** A view of the wall without controls, scaled to be read from afar. It needs nobody. */
export default function Tv() {
  const t = useTexts(texts);
  const [view] = useView();
  const [sort] = useSort();
  const [isByGroup] = useByGroup();
  const { filter } = useFilter();
  const ids = useListing(filter, sort);
  const groups = useGroups(ids, isByGroup);
  const trouble = useTrouble(ids);
  const { current } = useViews();
  const board = useRef<HTMLDivElement>(null);
  const size = useSize(board);
  const namesOf = useNames();
  const names = useMemo(() => groups?.map((it) => namesOf(it.own)) ?? [namesOf(ids)], [groups, ids, namesOf]);
  const scale = useMemo(() => scaleFor(view, names, isByGroup, size, linesIn), [view, names, isByGroup, size]);
  usePaging(board, trouble);
  useFreshPage();
  useWakeLock();
  const leave = useLeave();
  const isAwake = useAwake();
  const name = current?.name ?? (filter.group || t.all);
  useEffect(() => {
    document.title = `${name} · vigia`;
  }, [name]);
  return (
    <main className={`${styles.tv} ${isAwake ? '' : styles.asleep}`}>
      <header className={styles.header}>
        <h1 className={styles.name}>{name}</h1>
        <Count trouble={trouble} all={ids.length} />
        <Clock />
      </header>
      <ConnectionNote />
      <div ref={board} className={styles.board}>
        <div
          inert
          className={styles.scaled}
          style={{ width: size.width / scale, height: size.height / scale, transform: `scale(${scale})` }}
        >
          {ids.length > 0 && <DeviceList ids={ids} view={view} isByGroup={isByGroup} isStatic />}
        </div>
      </div>
      <Button className={styles.leave} title={`${t.leave} (Esc)`} onClick={leave}>
        {t.leave}
      </Button>
    </main>
  );
}

function Count({ trouble, all }: { trouble: number; all: number }) {
  const t = useTexts(texts);
  const format = useFormat();
  const link = useLink();
  const count = format.number(all);
  if (link === 'connecting') return <p className={styles.count}>{t.connecting}</p>;
  if (trouble > 0) return <p className={`${styles.count} ${styles.bad}`}>{t.trouble(format.number(trouble), count)}</p>;
  return <p className={`${styles.count} ${all > 0 ? styles.good : ''}`}>{all > 0 ? t.none(count) : t.noneShown}</p>;
}

function Clock() {
  const { locale, zone: timeZone } = usePreferences();
  const now = new Date(useNow(1000));
  const time = now.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  return (
    <p className={styles.clock}>
      <small>{now.toLocaleDateString(locale, { weekday: 'long', day: 'numeric', month: 'long', timeZone })}</small>
      <time dateTime={now.toISOString()}>{time}</time>
    </p>
  );
}

const COUNT_MS = 2000;

function useTrouble(ids: readonly string[]): number {
  const { fleet } = useSession();
  const step = useNow(COUNT_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number follows the fleet at its own pace
  return useMemo(() => {
    let trouble = 0;
    for (const id of ids) {
      const document = fleet.devices.get(id)?.document;
      if (document && toneOf[screenStatusOf(document)] === 'bad') trouble++;
    }
    return trouble;
  }, [ids, fleet, step]);
}

function useSize(ref: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 1280, height: 720 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

/** Back to the wall with the same view, by the button or Escape. */
function useLeave(): () => void {
  const t = useTexts(texts);
  const [, setParams] = useSearchParams();
  const leave = () =>
    setParams((before) => {
      const after = new URLSearchParams(before);
      after.delete('tv');
      return after;
    });
  useShortcuts([{ key: 'Escape', does: t.leave, run: leave }]);
  return leave;
}

const AWAKE_MS = 3000;

/** While the mouse moves, its pointer and the button are there. */
function useAwake(): boolean {
  const [isAwake, setAwake] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moved = () => {
      clearTimeout(timer);
      setAwake(true);
      timer = setTimeout(() => setAwake(false), AWAKE_MS);
    };
    document.addEventListener('pointermove', moved);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('pointermove', moved);
    };
  }, []);
  return isAwake;
}
