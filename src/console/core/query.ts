import { useSearchParams } from 'wouter';

/** What a page shows, kept in its address: it can be sent to somebody, and is there again on the way back. */
export function useQuery<K extends string>(
  keys: readonly K[],
): [Readonly<Record<K, string>>, (change: Partial<Record<K, string>>) => void] {
  const [params, setParams] = useSearchParams();
  const query = Object.fromEntries(keys.map((key) => [key, params.get(key) ?? ''])) as Record<K, string>;
  const change = (part: Partial<Record<K, string>>) =>
    setParams((before) => {
      const next = new URLSearchParams(before);
      for (const [key, value] of Object.entries(part) as [K, string][]) {
        if (value) next.set(key, value);
        else next.delete(key);
      }
      return next;
    });
  return [query, change];
}
