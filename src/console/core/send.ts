import { useCallback } from 'react';
import { commandFor } from '../../../machines/intents.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import { useConfirm } from '../ui/dialog.tsx';
import { useToast } from '../ui/toast.tsx';
import { isPending } from './command-status.ts';
import { commandTexts, endingTexts, statusTexts, statusTone, useCommandName } from './command-texts.ts';
import { useErrorText } from './errors.ts';
import { useShortcuts } from './keys.tsx';
import type { Order, OrderOptions } from './orders.ts';
import { screenStatusOf } from './screen-status.ts';
import { useServerWords } from './server-words.ts';
import { useSession } from './session.tsx';
import { defineTexts, useTexts } from './texts.ts';

const texts = defineTexts(
  {
    stop: (name: string) => `Stop ${name}?`,
    dark: 'The screen goes dark until something is played again.',
    noRole: 'Your role is read-only',
    noServer: 'No connection to the server',
    offline: 'The screen is offline',
    awaiting: 'The screen has never connected',
  },
  {
    stop: (name: string) => `¿Detener ${name}?`,
    dark: 'La pantalla queda a oscuras hasta que se reproduzca algo.',
    noRole: 'Tu rol es de solo lectura',
    noServer: 'Sin conexión con el servidor',
    offline: 'La pantalla está desconectada',
    awaiting: 'La pantalla nunca se conectó',
  },
);

/** Describes the outcome of a command, and claims no more than is known. */
export function useEndingText(): (order: Pick<Order, 'status' | 'ending' | 'error'>) => string {
  const t = useTexts(endingTexts);
  const errorText = useErrorText();
  const words = useServerWords();
  return ({ status, ending, error }) => {
    if (isPending(status)) return '';
    if (status === 'success') {
      const sentence = t[ending?.alreadySo ? 'alreadySo' : (ending?.confirmedBy ?? 'response')];
      // The screenshot was taken, but could not be fetched.
      const missing = (ending?.result as { error?: { message?: string } } | null | undefined)?.error?.message;
      return missing ? `${sentence} ${words(missing)}` : sentence;
    }
    if (ending?.code === 'unproven') return t.unproven;
    const sentence = t[status as Exclude<typeof status, 'success' | 'queued' | 'sent' | 'verifying'>];
    const why = ending?.error?.message ?? ending?.message ?? (error ? errorText(error).title : undefined);
    return why ? `${sentence} (${words(why).replace(/\.$/, '')})` : sentence;
  };
}

/** Why commands cannot be sent to this device now; undefined if they can. */
export function useObstacle(): (device: DeviceDocument | undefined) => string | undefined {
  const { role, admin } = useSession();
  const t = useTexts(texts);
  return useCallback(
    (device) => {
      if (role === 'viewer') return t.noRole;
      if (admin.status.link !== 'live') return t.noServer;
      if (device?.connection.status !== 'offline') return undefined;
      return screenStatusOf(device) === 'awaiting' ? t.awaiting : t.offline;
    },
    [role, admin, t],
  );
}

/**
 * Sends a command to one device. Asks for confirmation if the screen goes dark, and shows the outcome. If the caller
 * gave `accepted`, resolves with the error of a command that the server refused, for the caller to show.
 */
export function useSend(): (
  device: { id: string; name: string },
  command: string,
  options?: OrderOptions,
) => Promise<unknown> {
  const { orders, fleet } = useSession();
  const obstacleTo = useObstacle();
  const confirm = useConfirm();
  const toast = useToast();
  const t = useTexts(texts);
  const nameOf = useCommandName();
  const statuses = useTexts(statusTexts);
  const endingText = useEndingText();
  return useCallback(
    async ({ id, name }, command, options) => {
      const device = () => fleet.devices.get(id)?.document;
      const refused = () => {
        const obstacle = obstacleTo(device());
        if (obstacle !== undefined) toast(obstacle, 'wait');
        return obstacle !== undefined;
      };
      if (refused()) return;
      const called = nameOf(command, device());
      if (commandFor(command) === 'vlc:stop') {
        const isSure = await confirm({ title: t.stop(name), text: t.dark, action: called, danger: true });
        if (!isSure || refused()) return;
      }
      const order = await orders.send(id, command, options);
      const { status, error } = order;
      if (error && options?.accepted && order.steps.length < 2) return error;
      const tone = statusTone[status];
      toast(`${name} · ${called}: ${statuses[status]}`, tone === 'muted' ? 'wait' : tone, endingText(order));
    },
    [orders, obstacleTo, fleet, confirm, toast, t, nameOf, statuses, endingText],
  );
}

type Playback = DeviceDocument['playback'];

/** The intent of the pause button, by the current playback. */
export const pauseOrResume = (playback: Playback | undefined) => (playback?.status === 'paused' ? 'resume' : 'pause');
export const fullscreenOnOrOff = (playback: Playback | undefined) =>
  playback?.fullscreen ? 'fullscreen:off' : 'fullscreen:on';

/**
 * Shortcuts for commands to the device that `of` returns. They take two keys, because a single one is easily pressed by
 * mistake.
 */
export function useCommandKeys(of: () => { id: string; name: string } | undefined): void {
  const send = useSend();
  const { fleet } = useSession();
  const names = useTexts(commandTexts);
  const key = (letter: string, does: string, intentOf: (playback: Playback | undefined) => string) => ({
    key: `c ${letter}`,
    does,
    run() {
      const device = of();
      if (device) void send(device, intentOf(fleet.devices.get(device.id)?.document.playback));
    },
  });
  useShortcuts([
    key('p', names.play, () => 'play'),
    key('a', names['vlc:pause'], pauseOrResume),
    key('s', names.stop, () => 'stop'),
    key('f', names['vlc:fullscreen'], fullscreenOnOrOff),
    key('c', names.snapshot, () => 'snapshot'),
  ]);
}
