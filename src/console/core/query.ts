import { useSearchParams } from 'wouter';

/** View state in the URL, so that it can be shared and survives navigation. */
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
