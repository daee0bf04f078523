import { useSession } from '../core/session.tsx';
import { defineTexts, useTexts } from '../core/texts.ts';
import { useToast } from './toast.tsx';

const texts = defineTexts(
  { unblocked: (id: string) => `${id} unblocked` },
  { unblocked: (id: string) => `${id}: desbloqueado` },
);

/** Unblocks an id, and shows a message. */
export function useUnblock(): (id: string) => Promise<void> {
  const t = useTexts(texts);
  const { rest } = useSession();
  const toast = useToast();
  return async (id) => {
    try {
      await rest.delete(`/devices/${encodeURIComponent(id)}/block`);
      toast(t.unblocked(id));
    } catch (error) {
      toast.error(error);
    }
  };
}
