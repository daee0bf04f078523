import type { CommandName } from '../../protocol/commands.ts';
import type { CommandStatus } from './command-status.ts';
import type { Tone } from './standing.ts';
import { defineTexts } from './texts.ts';

export const commandTexts = defineTexts(
  {
    'vlc:play': 'Play',
    'vlc:pause': 'Pause',
    'vlc:stop': 'Stop',
    'vlc:fullscreen': 'Full screen',
    'vlc:snapshot': 'Screenshot',
  } satisfies Record<CommandName, string>,
  {
    'vlc:play': 'Reproducir',
    'vlc:pause': 'Pausar',
    'vlc:stop': 'Detener',
    'vlc:fullscreen': 'Pantalla completa',
    'vlc:snapshot': 'Captura',
  },
);

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
