import { type ReactNode, type RefObject, useId, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { useFormat } from '../core/clock.tsx';
import { type Filter, filterOf, useFilterFault } from '../core/filter.ts';
import { groupChoices } from '../core/group-tree.ts';
import { useShortcuts } from '../core/keys.tsx';
import { type ScreenStatus, screenStatuses, screenStatusTexts, toneOf } from '../core/screen-status.ts';
import { useCensus } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { Dot } from './badge.tsx';
import styles from './filter-bar.module.css';
import { Icon } from './icon.tsx';

const texts = defineTexts(
  {
    search: 'Search',
    placeholder: 'Name, address… or status:offline version<2.3',
    all: 'All',
    status: 'Status',
    group: 'Group',
    allGroups: 'All groups',
    label: 'Label',
    allLabels: 'All labels',
  },
  {
    search: 'Buscar',
    placeholder: 'Nombre, dirección… o status:offline version<2.3',
    all: 'Todos',
    status: 'Estado',
    group: 'Grupo',
    allGroups: 'Todos los grupos',
    label: 'Etiqueta',
    allLabels: 'Todas las etiquetas',
  },
);

/** Shown only if there are such devices, or if chosen. */
const RARE: ReadonlySet<ScreenStatus> = new Set(['restricted', 'notReturned', 'awaiting']);

interface FilterState {
  filter: Filter;
  change(part: Partial<Filter>): void;
}

/** The filter in the URL, so that it can be shared and survives navigation. */
export function useFilter(): FilterState {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => filterOf(params), [params]);
  const change = (part: Partial<Filter>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        const wanted = { ...filterOf(before), ...part };
        const { q, group, label } = wanted;
        const given = { q, group, label, status: wanted.screenStatuses.join() };
        for (const [key, value] of Object.entries(given)) {
          if (value) next.set(key, value);
          else next.delete(key);
        }
        return next;
      },
      { replace: true },
    );
  return { filter, change };
}

/** Live counts that filter by status; search, group and label, and further controls. */
export function FilterBar({
  filter,
  change,
  searchRef,
  children,
}: FilterState & { searchRef: RefObject<HTMLInputElement | null>; children?: ReactNode }) {
  const t = useTexts(texts);
  const census = useCensus();
  const groups = useMemo(() => groupChoices(census.groups.map(([name]) => name)), [census.groups]);
  const fault = useFilterFault(filter.q);
  const faultId = useId();
  useShortcuts([{ key: '/', does: t.search, run: () => searchRef.current?.select() }]);
  return (
    <div className={styles.bar}>
      <Counters wanted={filter.screenStatuses} choose={(it) => change({ screenStatuses: it })} />
      <div className={styles.fields}>
        <label className={styles.search}>
          <span className="visually-hidden">{t.search}</span>
          <Icon name="search" />
          <input
            ref={searchRef}
            type="search"
            value={filter.q}
            {...(fault && { 'aria-invalid': true, 'aria-describedby': faultId })}
            placeholder={t.placeholder}
            onChange={(event) => change({ q: event.target.value })}
            onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          />
        </label>
        <Choice
          label={t.group}
          all={t.allGroups}
          value={filter.group}
          options={groups}
          choose={(group) => change({ group })}
        />
        {(census.labels.length > 0 || filter.label) && (
          <Choice
            label={t.label}
            all={t.allLabels}
            value={filter.label}
            options={census.labels}
            choose={(label) => change({ label })}
          />
        )}
        {children}
      </div>
      {fault && (
        <small id={faultId} className={styles.fault}>
          {fault}
        </small>
      )}
    </div>
  );
}

function Counters({
  wanted,
  choose,
}: {
  wanted: readonly ScreenStatus[];
  choose(next: readonly ScreenStatus[]): void;
}) {
  const t = useTexts(texts);
  const names = useTexts(screenStatusTexts);
  const format = useFormat();
  const census = useCensus();
  const toggle = (it: ScreenStatus) =>
    choose(wanted.includes(it) ? wanted.filter((one) => one !== it) : [...wanted, it]);
  const isShown = (it: ScreenStatus) => !RARE.has(it) || census.screenStatuses[it] > 0 || wanted.includes(it);
  return (
    <fieldset className={styles.counters}>
      <legend className="visually-hidden">{t.status}</legend>
      <button type="button" className={styles.counter} aria-pressed={wanted.length === 0} onClick={() => choose([])}>
        {t.all} <b>{format.number(census.devices)}</b>
      </button>
      {screenStatuses.filter(isShown).map((it) => (
        <button
          key={it}
          type="button"
          className={`${styles.counter} ${census.screenStatuses[it] > 0 ? styles[toneOf[it]] : ''}`}
          aria-pressed={wanted.includes(it)}
          onClick={() => toggle(it)}
        >
          <Dot tone={census.screenStatuses[it] > 0 ? toneOf[it] : 'muted'} /> {names[it]}{' '}
          <b>{format.number(census.screenStatuses[it])}</b>
        </button>
      ))}
    </fieldset>
  );
}

function Choice({
  label,
  all,
  value,
  options,
  choose,
}: {
  label: string;
  all: string;
  value: string;
  options: readonly string[];
  choose(value: string): void;
}) {
  return (
    <select aria-label={label} value={value} onChange={(event) => choose(event.target.value)}>
      <option value="">{all}</option>
      {value && !options.includes(value) && <option>{value}</option>}
      {options.map((it) => (
        <option key={it}>{it}</option>
      ))}
    </select>
  );
}
