import { useLoad } from './load.ts';
import { useSession } from './session.tsx';

/** The oldest moment that the history keeps; undefined until it is known. */
export function useKeptFrom(): number | undefined {
  const { rest } = useSession();
  const kept = useLoad((signal) => rest.get<{ keptFrom: string }>('/history', {}, signal), '').data;
  return kept && Date.parse(kept.keptFrom);
}
