import { useCallback, useEffect, useRef, useState } from 'react';
import { errors } from '../../protocol/errors.ts';
import { useLink } from './session.tsx';

/** How often a failed request is retried. */
const RETRY_MS = 5000;

function isTemporary(error: unknown): boolean {
  const { code, status = 0 } = (error ?? {}) as { code?: string; status?: number };
  return code === 'unreachable' || status >= 500 || errors[code as keyof typeof errors]?.retry === true;
}

export interface Loaded<T> {
  /** The last result; while `isStale`, that of the previous `key`. */
  data: T | undefined;
  isStale: boolean;
  error: unknown;
  loading: boolean;
  reload(): void;
}

/**
 * Loads on mount and when `key` changes; late responses to earlier keys are dropped. The previous result stays until
 * the next one arrives, so nothing flickers. Temporary failures are retried.
 */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, key: string): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: unknown; loading: boolean }>({
    key,
    loading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks again
  useEffect(() => {
    const gone = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    latest.current(gone.signal).then(
      (data) => gone.signal.aborted || setState({ key, data, loading: false }),
      (error) =>
        gone.signal.aborted ||
        setState((before) =>
          before.key === key ? { ...before, error, loading: false } : { key, error, loading: false },
        ),
    );
    return () => gone.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((it) => it + 1), []);
  const isStale = state.key !== key;
  const link = useLink();
  const isToRetry = !isStale && !state.loading && isTemporary(state.error);
  useEffect(() => {
    if (!isToRetry) return;
    const timer = setTimeout(reload, RETRY_MS);
    return () => clearTimeout(timer);
  }, [isToRetry, reload]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the connection that is back asks, and nothing else
  useEffect(() => {
    if (isToRetry && link === 'live') reload();
  }, [link]);
  return {
    data: state.data,
    isStale,
    error: isStale ? undefined : state.error,
    loading: state.loading || isStale,
    reload,
  };
}

/** The number of changes of a value: makes a `key` for values that are not strings. */
export function useRound(value: unknown): number {
  const last = useRef({ value, round: 0 });
  if (last.current.value !== value) last.current = { value, round: last.current.round + 1 };
  return last.current.round;
}

export interface Pages<T> {
  items: readonly T[];
  /** The items belong to the previous query. */
  isStale: boolean;
  error: unknown;
  loading: boolean;
  hasMore: boolean;
  /** True once the first page has loaded. */
  isLoaded: boolean;
  more(): void;
  reload(): void;
}

/** A list with cursor pagination. */
export function usePages<T>(
  load: (
    cursor: string | undefined,
    signal: AbortSignal,
  ) => Promise<{ items: readonly T[]; cursor?: string | undefined }>,
  key: string,
): Pages<T> {
  const first = useLoad((signal) => load(undefined, signal), key);
  const [later, setLater] = useState<{
    of: unknown;
    items: readonly T[];
    cursor?: string | undefined;
    error?: unknown;
  }>();
  const [loading, setLoading] = useState(false);
  const rest = later && later.of === first.data ? later : undefined;
  const cursor = rest ? rest.cursor : first.data?.cursor;

  async function more(): Promise<void> {
    if (cursor === undefined || loading || first.isStale) return;
    const items = rest?.items ?? [];
    const of = first.data;
    setLoading(true);
    try {
      const next = await load(cursor, new AbortController().signal);
      setLater({ of, items: [...items, ...next.items], cursor: next.cursor });
    } catch (error) {
      setLater({ of, items, cursor, error });
    } finally {
      setLoading(false);
    }
  }

  return {
    items: rest ? [...(first.data?.items ?? []), ...rest.items] : (first.data?.items ?? []),
    isStale: first.isStale,
    error: rest?.error ?? first.error,
    loading: first.loading || loading,
    hasMore: cursor !== undefined && !first.isStale,
    isLoaded: first.data !== undefined,
    more: () => void more(),
    reload: first.reload,
  };
}
