import { useCallback, useEffect, useRef } from 'react';
import { Link, useSearch, useSearchParams } from 'wouter';
import { rememberWall } from '../../core/back-to-wall.ts';
import { useFormat } from '../../core/clock.tsx';
import { isEmptyFilter } from '../../core/filter.ts';
import { useShortcuts } from '../../core/keys.tsx';
import { type Sort, sorts, useListing } from '../../core/listing.ts';
import { usePreferences, type WallView, wallViews } from '../../core/preferences.tsx';
import { useQuery } from '../../core/query.ts';
import { useCensus, useLink, useMay } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { FilterBar, useFilter } from '../../ui/filter-bar.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Empty, Page } from '../../ui/page.tsx';
import { ActionBar } from './actions/action-bar.tsx';
import { DeviceList } from './device-list.tsx';
import { texts } from './texts.ts';
import styles from './wall.module.css';

/** All screens, those with problems first. */
export default function Wall() {
  const t = useTexts(texts);
  const format = useFormat();
  const link = useLink();
  const mayCommand = useMay('operator');
  const [view, setView] = useView();
  const [layout, setLayout] = useQuery(['by']);
  const isByGroup = layout.by === 'group';
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
            <Button
              kind="quiet"
              className={styles.toggle}
              title={t.byGroup}
              aria-pressed={isByGroup}
              onClick={() => setLayout({ by: isByGroup ? '' : 'group' })}
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

/** The view from the URL, so that it can be shared; otherwise the last one chosen in this browser. */
function useView(): [WallView, (view: WallView) => void] {
  const { wall, set } = usePreferences();
  const [query, change] = useQuery(['view']);
  const view = wallViews.find((it) => it === query.view) ?? wall;
  return [
    view,
    (next) => {
      set({ wall: next });
      change({ view: next });
    },
  ];
}

function useSort(): [Sort, (sort: Sort) => void] {
  const [params, setParams] = useSearchParams();
  const sort = sorts.find((it) => it === params.get('sort')) ?? 'trouble';
  const choose = (next: Sort) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (next === 'trouble') after.delete('sort');
        else after.set('sort', next);
        return after;
      },
      { replace: true },
    );
  return [sort, choose];
}
