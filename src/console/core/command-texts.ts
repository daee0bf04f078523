import type { RequestName } from '../../protocol/commands.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import type { CommandStatus } from './command-status.ts';
import type { Tone } from './standing.ts';
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

/** What a command is called: an intent, a button of the player, or what the device itself declared. */
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
    success: 'done',
    error: 'failed',
    timeout: 'no answer',
    undelivered: 'not delivered',
    cancelled: 'cancelled',
    unknown: 'not known',
  } satisfies Record<CommandStatus, string>,
  {
    queued: 'en cola',
    sent: 'enviada',
    verifying: 'verificando',
    success: 'hecha',
    error: 'fallida',
    timeout: 'sin respuesta',
    undelivered: 'no entregada',
    cancelled: 'cancelada',
    unknown: 'desconocido',
  },
);

/** What an ending means, in a sentence. */
export const endingTexts = defineTexts(
  {
    response: 'The device answered.',
    notMeasured: 'The device answered; not measured yet.',
    state: 'Its state proves it.',
    alreadySo: 'It was so already. Nothing was sent.',
    unproven: 'Not sent: what it would do now is not known.',
    error: 'The device refused it.',
    timeout: 'It was sent and nothing came back: it may have taken effect.',
    undelivered: 'It never left: it took no effect.',
    cancelled: 'It was cancelled before it was sent.',
    unknown: 'How it ended was not told: it may have taken effect. The commands of the device tell.',
  },
  {
    response: 'El dispositivo respondió.',
    notMeasured: 'El dispositivo respondió; aún sin medir.',
    state: 'Su estado lo prueba.',
    alreadySo: 'Ya estaba así. No se envió nada.',
    unproven: 'No se envió: no se sabe qué haría ahora.',
    error: 'El dispositivo la rechazó.',
    timeout: 'Se envió y no hubo respuesta: puede haber tenido efecto.',
    undelivered: 'No llegó a salir: no tuvo efecto.',
    cancelled: 'Se canceló antes de enviarse.',
    unknown: 'No se supo cómo terminó: puede haber tenido efecto. Lo dicen las órdenes del dispositivo.',
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
