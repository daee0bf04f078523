import { type ReactNode, useRef, useState } from 'react';
import type { NewRollout } from '../../../protocol/rollouts.ts';
import { useFormat } from '../../core/clock.tsx';
import { isEmptyFilter } from '../../core/filter.ts';
import { filterTextOf } from '../../core/filter-text.ts';
import { useListing } from '../../core/listing.ts';
import { useQuery } from '../../core/query.ts';
import { useSelection } from '../../core/session.tsx';
import { useTexts } from '../../core/texts.ts';
import { Button } from '../../ui/button.tsx';
import { FilterBar, useFilter } from '../../ui/filter-bar.tsx';
import { texts } from './texts.ts';

interface Targets {
  ids: readonly string[];
  /** As asked for, because that is what the rollout shows. A list of ids is fixed while the question is open. */
  request(): Pick<NewRollout, 'deviceIds' | 'filter' | 'all'>;
  choice: ReactNode;
}

/** Those selected on the wall, those that match the filter, or all of them. At first, none. */
export function useTargets(): Targets {
  const t = useTexts(texts);
  const format = useFormat();
  const [query, setQuery] = useQuery(['selected']);
  const selected = useSelection();
  const { filter, change } = useFilter();
  const searchRef = useRef<HTMLInputElement>(null);
  const fitting = useListing(filter, 'name');
  const [isAll, setAll] = useState(false);
  if (query.selected && selected.size > 0) {
    const ids = [...selected];
    return {
      ids,
      request: () => ({ deviceIds: ids }),
      choice: (
        <div>
          <Button onClick={() => setQuery({ selected: '' })}>{t.byFilter}</Button>
        </div>
      ),
    };
  }
  const isNone = isEmptyFilter(filter) && !isAll;
  return {
    ids: isNone ? [] : fitting,
    request() {
      const filterText = filterTextOf(filter);
      if (filterText === undefined) return { deviceIds: [...fitting] };
      return filterText ? { filter: filterText } : { all: true };
    },
    choice: (
      <>
        <FilterBar
          filter={filter}
          change={(part) => {
            setAll(false);
            change(part);
          }}
          searchRef={searchRef}
        />
        {isNone && fitting.length > 0 && (
          <div>
            <Button onClick={() => setAll(true)}>{t.chooseAll(format.number(fitting.length))}</Button>
          </div>
        )}
      </>
    ),
  };
}
