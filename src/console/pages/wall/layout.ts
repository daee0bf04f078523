import { useSearchParams } from 'wouter';
import { type Sort, sorts } from '../../core/listing.ts';
import { usePreferences } from '../../core/preferences.tsx';
import { useQuery } from '../../core/query.ts';
import { type WallView, wallViews } from '../../core/wall-views.ts';

/** The density from the URL, so that it can be shared; otherwise the last one chosen in this browser. */
export function useView(): [WallView, (view: WallView) => void] {
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

export function useSort(): [Sort, (sort: Sort) => void] {
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

export function useByGroup(): [boolean, (is: boolean) => void] {
  const [{ by }, change] = useQuery(['by']);
  return [by === 'group', (is) => change({ by: is ? 'group' : '' })];
}

const saved = ['q', 'status', 'group', 'label', 'sort', 'by'] as const;

/** The part of the wall's address that a saved view has, in a fixed order. */
export function queryOf(search: string, otherwise: WallView): string {
  const params = new URLSearchParams(search);
  const kept = saved.flatMap((key): [string, string][] => {
    const value = params.get(key);
    return value ? [[key, value]] : [];
  });
  return new URLSearchParams([...kept, ['view', params.get('view') ?? otherwise]]).toString();
}
