import type { IntentName } from '../../../../../machines/intents.ts';
import type { CommandStatus } from '../../../core/command-status.ts';
import { defineTexts } from '../../../core/texts.ts';

export const commandDialogTexts = defineTexts(
  {
    title: (name: string) => `Send command to ${name}`,
    command: 'Command',
    unproven: (n: number) => (n === 1 ? '1 is in an unknown state' : `${n} are in an unknown state`),
    offline: (n: number) => (n === 1 ? '1 is offline' : `${n} are offline`),
    type: (n: number) => `${n} screens will go dark. Type ${n} to confirm`,
    cancel: 'Cancel',
    send: (n: number) => (n === 1 ? 'Send to 1 device' : `Send to ${n} devices`),
    nothing: 'There is nothing to send.',
    tooMany: 'More than 10,000 at once need a rollout',
    rollout: 'Roll out step by step…',
    done: (name: string, command: string) => `${name} · ${command}`,
    succeeded: (n: number) => `${n} succeeded`,
    failed: (n: number) => `${n} failed`,
  },
  {
    title: (name: string) => `Enviar comando a ${name}`,
    command: 'Comando',
    unproven: (n: number) => (n === 1 ? '1 está en un estado desconocido' : `${n} están en un estado desconocido`),
    offline: (n: number) => (n === 1 ? '1 está desconectado' : `${n} están desconectados`),
    type: (n: number) => `${n} pantallas quedarán a oscuras. Escribir ${n} para confirmar`,
    cancel: 'Cancelar',
    send: (n: number) => (n === 1 ? 'Enviar a 1 dispositivo' : `Enviar a ${n} dispositivos`),
    nothing: 'No hay nada que enviar.',
    tooMany: 'Más de 10.000 a la vez requieren un despliegue',
    rollout: 'Desplegar por pasos…',
    done: (name: string, command: string) => `${name} · ${command}`,
    succeeded: (n: number) => (n === 1 ? '1 completado' : `${n} completados`),
    failed: (n: number) => (n === 1 ? '1 fallido' : `${n} fallidos`),
  },
);

/** Why it failed on one device, after its name. */
export const failureTexts = defineTexts<Partial<Record<CommandStatus, string>>>(
  {
    error: 'player error',
    timeout: 'no answer',
    undelivered: 'not delivered',
    cancelled: 'cancelled',
  },
  {
    error: 'error del reproductor',
    timeout: 'sin respuesta',
    undelivered: 'no entregado',
    cancelled: 'cancelado',
  },
);

type Count = (n: number) => string;
const count =
  (one: string, many: string): Count =>
  (n) =>
    `${n} ${n === 1 ? one : many}`;

export const willTexts = defineTexts(
  {
    play: count('will play', 'will play'),
    resume: count('will resume', 'will resume'),
    pause: count('will pause', 'will pause'),
    stop: count('will stop', 'will stop'),
    'fullscreen:on': count('will go full screen', 'will go full screen'),
    'fullscreen:off': count('will leave full screen', 'will leave full screen'),
    snapshot: count('will take a screenshot', 'will take a screenshot'),
  } satisfies Record<IntentName, Count>,
  {
    play: count('reproducirá', 'reproducirán'),
    resume: count('se reanudará', 'se reanudarán'),
    pause: count('se pausará', 'se pausarán'),
    stop: count('se detendrá', 'se detendrán'),
    'fullscreen:on': count('pasará a pantalla completa', 'pasarán a pantalla completa'),
    'fullscreen:off': count('saldrá de pantalla completa', 'saldrán de pantalla completa'),
    snapshot: count('tomará una captura', 'tomarán una captura'),
  },
);

export const alreadyTexts = defineTexts(
  {
    play: count('is playing already', 'are playing already'),
    resume: count('is not paused', 'are not paused'),
    pause: count('is paused or stopped already', 'are paused or stopped already'),
    stop: count('is stopped already', 'are stopped already'),
    'fullscreen:on': count('is full screen already', 'are full screen already'),
    'fullscreen:off': count('is not full screen', 'are not full screen'),
    snapshot: count('has one', 'have one'),
  } satisfies Record<IntentName, Count>,
  {
    play: count('ya reproduce', 'ya reproducen'),
    resume: count('no está en pausa', 'no están en pausa'),
    pause: count('ya está en pausa o detenido', 'ya están en pausa o detenidos'),
    stop: count('ya está detenido', 'ya están detenidos'),
    'fullscreen:on': count('ya está en pantalla completa', 'ya están en pantalla completa'),
    'fullscreen:off': count('no está en pantalla completa', 'no están en pantalla completa'),
    snapshot: count('ya tiene una', 'ya tienen una'),
  },
);
