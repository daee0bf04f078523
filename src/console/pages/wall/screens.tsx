import { useCallback, useRef } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../core/clock.tsx';
import { isEmptyFilter } from '../../core/filter.ts';
import { type Sort, sorts, useListing } from '../../core/listing.ts';
import { useIsPast } from '../../core/moment.ts';
import { useCensus, useLink, useMay } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { FilterBar, useFilter } from '../../ui/filter-bar.tsx';
import { Empty } from '../../ui/page.tsx';
import { ActionBar } from './actions/action-bar.tsx';
import { DeviceList } from './device-list.tsx';
import { useByGroup, useSort, useView } from './layout.ts';
import { texts } from './texts.ts';
import styles from './wall.module.css';

/** The filter and the screens that match it. `isLoading`: those of the chosen time. */
export function Screens({ isLoading }: { isLoading: boolean }) {
  const t = useTexts(texts);
  const format = useFormat();
  const isConnecting = useLink() === 'connecting';
  const isPast = useIsPast();
  const [view] = useView();
  const [isByGroup] = useByGroup();
  const { filter, change } = useFilter();
  const [sort, setSort] = useSort();
  const ids = useListing(filter, sort);
  const census = useCensus();
  const mayEnrol = useMay('admin');
  const searchRef = useRef<HTMLInputElement>(null);
  const clear = useCallback(() => change({ q: '', screenStatuses: [], group: '', label: '' }), [change]);
  const counts = [format.number(ids.length), format.number(census.devices)] as const;
  return (
    <>
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
        {isPast ? t.devicesThen(...counts) : isConnecting ? t.connecting : t.shown(...counts)}
        {census.pending > 0 && <span> · {t.pending(format.number(census.pending))}</span>}
      </p>
      {ids.length > 0 ? (
        <DeviceList ids={ids} view={view} isByGroup={isByGroup} isStatic={isPast} />
      ) : isLoading || (!isPast && isConnecting) ? (
        <Empty title={t.connecting} />
      ) : !isEmptyFilter(filter) ? (
        <Empty icon="search" title={t.noneFits}>
          <p>{t.noneFitsWhy}</p>
          <Button onClick={clear}>{t.clear}</Button>
        </Empty>
      ) : isPast ? (
        <Empty icon="clock" title={t.noneThen}>
          {t.noneThenWhy}
        </Empty>
      ) : (
        <Empty title={t.none}>
          <p>{t.noneWhy}</p>
          {mayEnrol && <Link href="/provisioning">{t.enrol}</Link>}
        </Empty>
      )}
      {!isPast && <ActionBar shown={ids} />}
    </>
  );
}
