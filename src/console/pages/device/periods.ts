import { useNow } from '../../core/clock.tsx';
import { type Loaded, useLoad } from '../../core/load.ts';
import { useSession } from '../../core/session.tsx';

export interface Period {
  from: string;
  to: string | null;
  status?: string;
  reason?: string;
  why?: string;
  item?: string;
  playlist?: string;
}

const RELOAD_MS = 60_000;

/** The periods of the last `spanMs`. Reloads every minute and when `round` changes. */
export function usePeriods(
  id: string,
  kind: 'connection' | 'onAir' | 'playback',
  spanMs: number,
  limit = 2000,
  round: unknown = '',
): Loaded<readonly Period[]> {
  const { rest } = useSession();
  const minute = useNow(RELOAD_MS);
  return useLoad(async (signal) => {
    const from = new Date(minute - spanMs).toISOString();
    const answer = await rest.get<{ periods: Period[] }>(`/devices/${id}/periods`, { kind, from, limit }, signal);
    return answer.periods;
  }, `${id} ${kind} ${spanMs} ${minute} ${round}`);
}
