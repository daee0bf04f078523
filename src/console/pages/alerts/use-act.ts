import { useState } from 'react';
import type { ActFacts, AlertAct } from '../../../protocol/alert-acts.ts';
import { useSession } from '../../core/session.tsx';
import { useToast } from '../../ui/toast.tsx';

/** Acts on an alert. Resolves with whether it worked; errors are shown. */
export function useAct(
  id: string,
  done: () => void,
): { act(act: AlertAct, facts: ActFacts): Promise<boolean>; isActing: boolean } {
  const { rest } = useSession();
  const toast = useToast();
  const [isActing, setActing] = useState(false);
  async function act(name: AlertAct, facts: ActFacts): Promise<boolean> {
    setActing(true);
    try {
      await rest.post(`/alerts/${id}/${name}`, facts);
      return true;
    } catch (error) {
      toast.error(error);
      return false;
    } finally {
      setActing(false);
      done();
    }
  }
  return { act, isActing };
}
