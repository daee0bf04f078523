import { useMemo } from 'react';
import { useSearch } from 'wouter';
import type { SavedView } from '../../../../protocol/views.ts';
import { useLoad } from '../../../core/load.ts';
import { useSession } from '../../../core/session.tsx';
import { queryOf, useView } from '../layout.ts';

/** The saved views, and which of them is shown. */
export function useViews() {
  const { rest } = useSession();
  const [view] = useView();
  const search = useSearch();
  const loaded = useLoad(
    async (signal) => (await rest.get<{ views: SavedView[] }>('/views', {}, signal)).views,
    'views',
  );
  const query = queryOf(search, view);
  const { data } = loaded;
  const current = useMemo(() => data?.find((it) => queryOf(it.query, view) === query), [data, query, view]);
  return { ...loaded, views: data ?? [], current, query };
}
