import { useCallback, useEffect, useRef } from 'react';
import { Link, useSearch } from 'wouter';
import { rememberWall } from '../../core/back-to-wall.ts';
import { useFormat } from '../../core/clock.tsx';
import { isEmptyFilter } from '../../core/filter.ts';
import { useShortcuts } from '../../core/keys.tsx';
import { type Sort, sorts, useListing } from '../../core/listing.ts';
import { useCensus, useLink, useMay } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { type WallView, wallViews } from '../../core/wall-views.ts';
import { Button } from '../../ui/button.tsx';
import { FilterBar, useFilter } from '../../ui/filter-bar.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Empty, Page } from '../../ui/page.tsx';
import { ActionBar } from './actions/action-bar.tsx';
import { DeviceList } from './device-list.tsx';
import { useByGroup, useSort, useView } from './layout.ts';
import { texts } from './texts.ts';
import { Views } from './views/views.tsx';
import styles from './wall.module.css';

/** All screens, those with problems first. */
export default function Wall() {
  const t = useTexts(texts);
  const format = useFormat();
  const link = useLink();
  const mayCommand = useMay('operator');
  const [view, setView] = useView();
  const [isByGroup, setByGroup] = useByGroup();
  const { filter, change } = useFilter();
  const [sort, setSort] = useSort();
  const ids = useListing(filter, sort);
  const census = useCensus();
  const searchRef = useRef<HTMLInputElement>(null);

  useShortcuts([{ key: 'v', does: t.switchView, run: () => setView(view === 'grid' ? 'table' : 'grid') }]);
  const search = useSearch();
  useEffect(() => rememberWall(search && `?${search}`), [search]);
  const clear = useCallback(() => change({ q: '', screenStatuses: [], group: '', label: '' }), [change]);

  return (
    <div className={styles.fit}>
      <Page
        title={t.wall}
        tools={
          <>
            {mayCommand && ids.length > 0 && (
              <Link href={`/rollouts${location.search}`} className={styles.command} title={t.command}>
                <Icon name="bulk" /> <span className={styles.commandText}>{t.command}</span>
              </Link>
            )}
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
        }
      >
        <FilterBar filter={filter} change={change} searchRef={searchRef}>
          <select aria-label={t.sort} value={sort} onChange={(event) => setSort(event.target.value as Sort)}>
            {sorts.map((it) => (
              <option key={it} value={it}>
                {t[it]}
              </option>
            ))}
          </select>
        </FilterBar>
        <p className={styles.count}>
          {link === 'connecting' ? t.connecting : t.shown(format.number(ids.length), format.number(census.devices))}
          {census.pending > 0 && <span> · {t.pending(format.number(census.pending))}</span>}
        </p>
        {ids.length > 0 ? (
          <DeviceList ids={ids} view={view} isByGroup={isByGroup} />
        ) : link === 'connecting' ? (
          <Empty title={t.connecting} />
        ) : isEmptyFilter(filter) ? (
          <Empty title={t.none}>{t.noneWhy}</Empty>
        ) : (
          <Empty icon="search" title={t.noneFits}>
            <p>{t.noneFitsWhy}</p>
            <Button onClick={clear}>{t.clear}</Button>
          </Empty>
        )}
        <ActionBar shown={ids} />
      </Page>
    </div>
  );
}

const icons: Readonly<Record<WallView, IconName>> = { grid: 'grid', compact: 'tiles', table: 'rows' };
