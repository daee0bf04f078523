import type { AlertEnding, AlertName } from '../../../protocol/alerts.ts';
import { defineTexts } from '../../core/texts.ts';

/** The details of an alert, translated. */
export interface Found {
  since: string;
  reason: string;
  places: string;
  skew: string;
  fullness: string;
  code: string;
  lost: string;
  evidence: string;
  losses: string;
  availability: string;
  tried: string;
}

type Sentences = Record<AlertName, (found: Found) => string>;

/** What happened. The device is shown next to it. */
export const foundTexts = defineTexts(
  {
    device_offline: ({ since, reason }: Found) => `Not connected since ${since}${reason && `: ${reason}`}`,
    device_not_on_air: ({ since, reason }: Found) => `Not on air since ${since}: ${reason}`,
    device_restricted: ({ reason, evidence }: Found) => `Restricted: ${reason}${evidence && ` (${evidence})`}`,
    device_unstable: ({ losses, availability }: Found) =>
      `Lost ${losses} times in an hour; connected ${availability} of the time`,
    device_conflict: ({ places }: Found) => `Two machines use its id: ${places}`,
    device_clock_off: ({ skew }: Found) => `Its clock was off by ${skew}`,
    device_disk_full: ({ fullness }: Found) => `Its disk was ${fullness} full`,
    device_not_as_desired: ({ since, tried }: Found) => `Not in the desired state since ${since}. Tried: ${tried}`,
    device_state_refused: ({ reason, code }: Found) => `Its reports were rejected: ${reason} (${code})`,
    device_actor_failed: () => 'The server repeatedly failed to process this device',
    site_incident: ({ lost }: Found) => `${lost} devices were lost at about the same time`,
    fleet_not_returned: ({ lost }: Found) =>
      `${lost} players stopped trying to reconnect while the server was down. Restart the player program or its power on site`,
    server_database_lost: () => 'The database could not be written',
    server_disk_full: () => 'The data disk was nearly full',
    fleet_full: () => 'New devices were refused: the fleet is full, or one address enrolled too many at once',
  } satisfies Sentences,
  {
    device_offline: ({ since, reason }: Found) => `Sin conexión desde ${since}${reason && `: ${reason}`}`,
    device_not_on_air: ({ since, reason }: Found) => `Fuera del aire desde ${since}: ${reason}`,
    device_restricted: ({ reason, evidence }: Found) => `Restringido: ${reason}${evidence && ` (${evidence})`}`,
    device_unstable: ({ losses, availability }: Found) =>
      `Se perdió ${losses} veces en una hora; conectado el ${availability} del tiempo`,
    device_conflict: ({ places }: Found) => `Dos máquinas usan su id: ${places}`,
    device_clock_off: ({ skew }: Found) => `Su reloj tenía un desfase de ${skew}`,
    device_disk_full: ({ fullness }: Found) => `Su disco estaba ocupado al ${fullness}`,
    device_not_as_desired: ({ since, tried }: Found) =>
      `No está en el estado deseado desde ${since}. Se intentó: ${tried}`,
    device_state_refused: ({ reason, code }: Found) => `Sus informes se rechazaban: ${reason} (${code})`,
    device_actor_failed: () => 'El servidor falló repetidamente al procesar este dispositivo',
    site_incident: ({ lost }: Found) => `${lost} dispositivos se perdieron casi al mismo tiempo`,
    fleet_not_returned: ({ lost }: Found) =>
      `${lost} reproductores dejaron de intentar reconectarse mientras el servidor no estaba disponible. Hay que reiniciar en el lugar el programa o la alimentación`,
    server_database_lost: () => 'No se podía escribir en la base de datos',
    server_disk_full: () => 'El disco con los datos estaba casi lleno',
    fleet_full: () =>
      'Se rechazaron dispositivos nuevos: la flota está completa, o una dirección registró demasiados a la vez',
  },
);

/** How the alert ended, if the condition no longer holds. `left`: devices of a site that are still lost. */
export const overTexts = defineTexts(
  {
    device_offline: () => 'Connected again',
    device_not_on_air: () => 'On air again',
    device_restricted: () => 'No longer restricted',
    device_unstable: () => 'Connection is stable again',
    device_conflict: () => 'Only one machine uses the id again',
    device_clock_off: () => 'The clock is right again',
    device_disk_full: () => 'The disk has room again',
    device_not_as_desired: () => 'In the desired state again, or no longer has one',
    device_state_refused: () => 'Reports are accepted again',
    device_actor_failed: () => 'The server processes it again',
    site_incident: (left: string) => (left ? `All are back except ${left}` : 'All are back'),
    fleet_not_returned: () => 'All are back',
    server_database_lost: () => 'The database can be written again',
    server_disk_full: () => 'The disk has room again',
    fleet_full: () => 'No new devices were refused for five minutes',
  } satisfies Record<AlertName, (left: string) => string>,
  {
    device_offline: () => 'Está conectado de nuevo',
    device_not_on_air: () => 'Está en el aire de nuevo',
    device_restricted: () => 'Ya no está restringido',
    device_unstable: () => 'Su conexión es estable de nuevo',
    device_conflict: () => 'Una sola máquina usa el id de nuevo',
    device_clock_off: () => 'El reloj está bien de nuevo',
    device_disk_full: () => 'El disco tiene espacio de nuevo',
    device_not_as_desired: () => 'Está de nuevo en el estado deseado, o ya no tiene uno',
    device_state_refused: () => 'Sus informes se aceptan de nuevo',
    device_actor_failed: () => 'El servidor lo procesa de nuevo',
    site_incident: (left: string) => (left ? `Han vuelto todos menos ${left}` : 'Han vuelto todos'),
    fleet_not_returned: () => 'Han vuelto todos',
    server_database_lost: () => 'Se puede escribir en la base de datos de nuevo',
    server_disk_full: () => 'El disco tiene espacio de nuevo',
    fleet_full: () => 'Hace cinco minutos que no se rechaza ningún dispositivo nuevo',
  },
);

export const endingTexts = defineTexts(
  {
    removed: () => 'The device was removed',
    gone: () => 'The instance is gone',
    closed: (by: string) => `Closed by ${by}`,
  } satisfies Record<Exclude<AlertEnding, 'over'>, (by: string) => string>,
  {
    removed: () => 'El dispositivo se eliminó',
    gone: () => 'La instancia ya no está',
    closed: (by: string) => `La cerró ${by}`,
  },
);
