import { lazy, Suspense, useEffect, useState } from 'react';
import { Link, useSearch } from 'wouter';
import { rememberWall } from '../../core/back-to-wall.ts';
import { useFormat } from '../../core/clock.tsx';
import { useShortcuts } from '../../core/keys.tsx';
import { useMoment } from '../../core/moment.ts';
import { ShowPast, usePast } from '../../core/past.tsx';
import { useCensus, useMay } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { type WallView, wallViews } from '../../core/wall-views.ts';
import { Button } from '../../ui/button.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { ErrorNote, Page } from '../../ui/page.tsx';
import { useByGroup, useView } from './layout.ts';
import { Screens } from './screens.tsx';
import { texts } from './texts.ts';
import { Views } from './views/views.tsx';
import styles from './wall.module.css';

/** Not needed for the first page. */
const TimeBar = lazy(async () => ({ default: (await import('../../ui/time-bar.tsx')).TimeBar }));

/** All screens, those with problems first; as of now, or of the chosen time. */
export default function Wall() {
  const t = useTexts(texts);
  const format = useFormat();
  const moment = useMoment();
  const past = usePast(moment.at);
  const isPast = moment.at !== undefined;
  const { loading, error, note } = past.status;
  const [isOpen, setOpen] = useState(false);
  const search = useSearch();
  useEffect(() => rememberWall(search && `?${search}`), [search]);
  return (
    <div className={styles.fit}>
      <Page title={t.wall} tools={<Tools isPast={isPast} isOpen={isOpen} setOpen={setOpen} />}>
        {(isOpen || isPast) && (
          <Suspense>
            <TimeBar
              {...moment}
              live={<b>{t.live}</b>}
              note={
                <small className="muted">
                  {loading !== undefined && ` · ${t.loadingPast(format.number(loading))}`}
                  {note && ` · ${note}`}
                </small>
              }
              isLoaded={loading === undefined && error === undefined}
            />
          </Suspense>
        )}
        {error !== undefined && <ErrorNote error={error} retry={() => past.fleet.show(past.at as number)} />}
        <ShowPast past={past}>
          <Screens isLoading={isPast && (loading !== undefined || error !== undefined)} />
        </ShowPast>
      </Page>
    </div>
  );
}

function Tools({ isPast, isOpen, setOpen }: { isPast: boolean; isOpen: boolean; setOpen(is: boolean): void }) {
  const t = useTexts(texts);
  const mayCommand = useMay('operator');
  const [view, setView] = useView();
  const [isByGroup, setByGroup] = useByGroup();
  const { devices } = useCensus();
  useShortcuts([{ key: 'v', does: t.switchView, run: () => setView(view === 'grid' ? 'table' : 'grid') }]);
  return (
    <>
      {mayCommand && !isPast && devices > 0 && (
        <Link href={`/rollouts${location.search}`} className={styles.command} title={t.command}>
          <Icon name="bulk" /> <span className={styles.commandText}>{t.command}</span>
        </Link>
      )}
      <Button
        kind="quiet"
        className={styles.toggle}
        aria-label={t.time}
        title={t.time}
        aria-pressed={isOpen || isPast}
        disabled={isPast}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="clock" /> <span className={styles.wideText}>{t.time}</span>
      </Button>
      <Views />
      <Button
        kind="quiet"
        className={styles.toggle}
        title={t.byGroup}
        aria-pressed={isByGroup}
        onClick={() => setByGroup(!isByGroup)}
      >
        <Icon name="layers" /> <span className={styles.commandText}>{t.byGroup}</span>
      </Button>
      <fieldset className={styles.views}>
        <legend className="visually-hidden">{t.view}</legend>
        {wallViews.map((it) => (
          <Button
            key={it}
            kind="quiet"
            aria-label={t[it]}
            title={t[it]}
            aria-pressed={view === it}
            onClick={() => setView(it)}
          >
            <Icon name={icons[it]} />
          </Button>
        ))}
      </fieldset>
    </>
  );
}

const icons: Readonly<Record<WallView, IconName>> = { grid: 'grid', compact: 'tiles', table: 'rows' };
