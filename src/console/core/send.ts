import { useCallback } from 'react';
import type { CommandName } from '../../protocol/commands.ts';
import { useConfirm } from '../ui/dialog.tsx';
import { useToast } from '../ui/toast.tsx';
import { isPending } from './command-status.ts';
import { commandTexts, endingTexts, statusTexts, statusTone } from './command-texts.ts';
import { useErrorText } from './errors.ts';
import { useShortcuts } from './keys.tsx';
import type { Order } from './orders.ts';
import { useSession } from './session.tsx';
import { defineTexts, useTexts } from './texts.ts';

const texts = defineTexts(
  {
    stop: (name: string) => `Stop ${name}?`,
    dark: 'The screen goes dark until something is played again.',
    noRole: 'Your role may watch, but not command',
  },
  {
    stop: (name: string) => `¿Detener ${name}?`,
    dark: 'La pantalla queda a oscuras hasta que se reproduzca algo.',
    noRole: 'Tu rol puede mirar, pero no dar órdenes',
  },
);

/** Says how an order ended, never more than is known. */
export function useEndingText(): (order: Pick<Order, 'status' | 'ending' | 'error'>) => string {
  const t = useTexts(endingTexts);
  const errorText = useErrorText();
  return ({ status, ending, error }) => {
    if (isPending(status)) return '';
    if (status === 'success') {
      const sentence = t[ending?.confirmedBy ?? 'response'];
      // A screenshot that was taken, and is not here.
      const missing = (ending?.result as { error?: { message?: string } } | null | undefined)?.error?.message;
      return missing ? `${sentence} (${missing})` : sentence;
    }
    const sentence = t[status as Exclude<typeof status, 'success' | 'queued' | 'sent' | 'verifying'>];
    const why = ending?.error?.message ?? ending?.message ?? (error ? errorText(error).title : undefined);
    return why ? `${sentence} (${why})` : sentence;
  };
}

/** Sends a command to one device: asks where it darkens a screen, and tells how it ended. */
export function useSend(): (device: { id: string; name: string }, command: CommandName) => void {
  const { orders, role } = useSession();
  const confirm = useConfirm();
  const toast = useToast();
  const t = useTexts(texts);
  const names = useTexts(commandTexts);
  const statuses = useTexts(statusTexts);
  const endingText = useEndingText();
  return useCallback(
    async ({ id, name }, command) => {
      if (role === 'viewer') return toast(t.noRole, 'wait');
      if (command === 'vlc:stop') {
        const isSure = await confirm({ title: t.stop(name), text: t.dark, action: names[command], danger: true });
        if (!isSure) return;
      }
      const order = await orders.send(id, command);
      const { status } = order;
      const tone = statusTone[status];
      toast(`${name} · ${names[command]}: ${statuses[status]}`, tone === 'muted' ? 'wait' : tone, endingText(order));
    },
    [orders, role, confirm, toast, t, names, statuses, endingText],
  );
}

/** The keys that command the device at hand; `of` says which one that is. */
export function useCommandKeys(of: () => { id: string; name: string } | undefined): void {
  const send = useSend();
  const names = useTexts(commandTexts);
  const key = (letter: string, command: CommandName) => ({
    key: letter,
    does: names[command],
    run() {
      const device = of();
      if (device) send(device, command);
    },
  });
  useShortcuts([
    key('p', 'vlc:play'),
    key('a', 'vlc:pause'),
    key('s', 'vlc:stop'),
    key('f', 'vlc:fullscreen'),
    key('c', 'vlc:snapshot'),
  ]);
}
