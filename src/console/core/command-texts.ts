import type { RequestName } from '../../protocol/commands.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import type { CommandStatus } from './command-status.ts';
import type { Tone } from './screen-status.ts';
import { defineTexts, useTexts } from './texts.ts';

export const commandTexts = defineTexts(
  {
    play: 'Play',
    resume: 'Resume',
    pause: 'Pause',
    stop: 'Stop',
    'fullscreen:on': 'Full screen',
    'fullscreen:off': 'Leave full screen',
    snapshot: 'Screenshot',
    'vlc:play': 'Play',
    'vlc:pause': 'Pause or resume',
    'vlc:stop': 'Stop',
    'vlc:fullscreen': 'Full screen on or off',
    'vlc:snapshot': 'Screenshot',
  } satisfies Record<RequestName, string>,
  {
    play: 'Reproducir',
    resume: 'Reanudar',
    pause: 'Pausar',
    stop: 'Detener',
    'fullscreen:on': 'Pantalla completa',
    'fullscreen:off': 'Salir de pantalla completa',
    snapshot: 'Captura',
    'vlc:play': 'Reproducir',
    'vlc:pause': 'Pausar o reanudar',
    'vlc:stop': 'Detener',
    'vlc:fullscreen': 'Activar o quitar pantalla completa',
    'vlc:snapshot': 'Captura',
  },
);

/** The name of a command: an intent, a player command, or one that the device declared. */
export function useCommandName(): (command: string, device?: DeviceDocument) => string {
  const names: Readonly<Record<string, string>> = useTexts(commandTexts);
  return (command, device) =>
    names[command] ?? device?.capabilities?.commands.find(({ name }) => name === command)?.title ?? command;
}

export const statusTexts = defineTexts(
  {
    queued: 'queued',
    sent: 'sent',
    verifying: 'verifying',
    success: 'succeeded',
    error: 'failed',
    timeout: 'no answer',
    undelivered: 'not delivered',
    cancelled: 'cancelled',
    unknown: 'unknown',
  } satisfies Record<CommandStatus, string>,
  {
    queued: 'en cola',
    sent: 'enviado',
    verifying: 'verificando',
    success: 'completado',
    error: 'fallido',
    timeout: 'sin respuesta',
    undelivered: 'no entregado',
    cancelled: 'cancelado',
    unknown: 'desconocido',
  },
);

/** The outcome as a sentence. */
export const endingTexts = defineTexts(
  {
    response: 'The device answered.',
    notMeasured: 'The device answered. Not measured yet.',
    state: 'Confirmed by a measurement.',
    alreadySo: 'Already so. Nothing was sent.',
    unproven: 'Not sent: the current state is unknown, so the result would be too.',
    error: 'The device reported an error.',
    timeout: 'No answer. It may have taken effect.',
    undelivered: 'Not delivered. Nothing changed.',
    cancelled: 'Cancelled before it was sent.',
    unknown: 'The result is unknown. It may have taken effect; see the device’s commands.',
  },
  {
    response: 'El dispositivo respondió.',
    notMeasured: 'El dispositivo respondió. Aún sin medición.',
    state: 'Confirmado por una medición.',
    alreadySo: 'Ya estaba así. No se envió nada.',
    unproven: 'No se envió: se desconoce el estado actual, y por tanto el resultado.',
    error: 'El dispositivo informó de un error.',
    timeout: 'Sin respuesta. Puede haber tenido efecto.',
    undelivered: 'No se entregó. Nada cambió.',
    cancelled: 'Se canceló antes de enviarlo.',
    unknown: 'Se desconoce el resultado. Puede haber tenido efecto; la lista de comandos del dispositivo lo dice.',
  },
);

export const statusTone: Readonly<Record<CommandStatus, Tone>> = {
  queued: 'muted',
  sent: 'wait',
  verifying: 'wait',
  success: 'good',
  error: 'bad',
  timeout: 'bad',
  undelivered: 'bad',
  cancelled: 'muted',
  unknown: 'bad',
};
