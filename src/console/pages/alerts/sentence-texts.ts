import type { AlertEnding, AlertName } from '../../../protocol/alerts.ts';
import { defineTexts } from '../../core/texts.ts';

/** What an alert found, already in the reader's language. */
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

/** What happened. The device stands beside it. */
export const foundTexts = defineTexts(
  {
    device_offline: ({ since, reason }: Found) => `Not connected since ${since}${reason && `: ${reason}`}`,
    device_not_on_air: ({ since, reason }: Found) => `Not on air since ${since}: ${reason}`,
    device_restricted: ({ reason, evidence }: Found) => `Restricted: ${reason}${evidence && ` (${evidence})`}`,
    device_unstable: ({ losses, availability }: Found) =>
      `Lost ${losses} times within an hour, and connected for ${availability} of it`,
    device_conflict: ({ places }: Found) => `Two machines use its id: ${places}`,
    device_clock_off: ({ skew }: Found) => `Its clock was off by ${skew}`,
    device_disk_full: ({ fullness }: Found) => `Its disk was full to ${fullness}`,
    device_not_as_desired: ({ since, tried }: Found) => `Not in the desired state since ${since}. Tried: ${tried}`,
    device_state_refused: ({ reason, code }: Found) => `Its states were refused: ${reason} (${code})`,
    device_actor_failed: () => 'The server failed again and again to follow it',
    site_incident: ({ lost }: Found) => `${lost} devices were lost at about the same time`,
    fleet_not_returned: ({ lost }: Found) =>
      `The server was away, and these players gave up (${lost}). Restart them on site: the player program, or the power`,
    server_database_lost: () => 'The database could not be written',
    server_disk_full: () => 'The disk with the data was nearly full',
    fleet_full: () => 'New devices were refused: the fleet is full, or one address brought too many at a time',
  } satisfies Sentences,
  {
    device_offline: ({ since, reason }: Found) => `Sin conexión desde ${since}${reason && `: ${reason}`}`,
    device_not_on_air: ({ since, reason }: Found) => `Fuera del aire desde ${since}: ${reason}`,
    device_restricted: ({ reason, evidence }: Found) => `Restringido: ${reason}${evidence && ` (${evidence})`}`,
    device_unstable: ({ losses, availability }: Found) =>
      `Se perdió ${losses} veces en una hora y estuvo conectado el ${availability} de ella`,
    device_conflict: ({ places }: Found) => `Dos máquinas usan su id: ${places}`,
    device_clock_off: ({ skew }: Found) => `Su reloj tenía un desfase de ${skew}`,
    device_disk_full: ({ fullness }: Found) => `Su disco estaba lleno al ${fullness}`,
    device_not_as_desired: ({ since, tried }: Found) =>
      `No está en el estado deseado desde ${since}. Se intentó: ${tried}`,
    device_state_refused: ({ reason, code }: Found) => `Sus estados se rechazaban: ${reason} (${code})`,
    device_actor_failed: () => 'El servidor falló una y otra vez al seguirlo',
    site_incident: ({ lost }: Found) => `${lost} dispositivos se perdieron casi al mismo tiempo`,
    fleet_not_returned: ({ lost }: Found) =>
      `El servidor no estuvo disponible y estos reproductores dejaron de intentarlo (${lost}). Reinícialos in situ: el programa o la alimentación`,
    server_database_lost: () => 'No se podía escribir en la base de datos',
    server_disk_full: () => 'El disco con los datos estaba casi lleno',
    fleet_full: () =>
      'Se rechazaron dispositivos nuevos: la flota está completa, o una dirección trajo demasiados a la vez',
  },
);

/** How it ended, where what it told of holds no more. `left`: who of a site is still lost. */
export const overTexts = defineTexts(
  {
    device_offline: () => 'It is connected again',
    device_not_on_air: () => 'It is on air again',
    device_restricted: () => 'It is not restricted any more',
    device_unstable: () => 'Its connection is steady again',
    device_conflict: () => 'One machine uses the id again',
    device_clock_off: () => 'The clock is right again',
    device_disk_full: () => 'The disk has room again',
    device_not_as_desired: () => 'It is in the desired state again, or has none now',
    device_state_refused: () => 'Its states are accepted again',
    device_actor_failed: () => 'The server follows it again',
    site_incident: (left: string) => (left ? `All are back but ${left}` : 'All are back'),
    fleet_not_returned: () => 'All are back',
    server_database_lost: () => 'The database can be written again',
    server_disk_full: () => 'The disk has room again',
    fleet_full: () => 'No new device was refused for five minutes',
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
    device_state_refused: () => 'Sus estados se aceptan de nuevo',
    device_actor_failed: () => 'El servidor lo sigue de nuevo',
    site_incident: (left: string) => (left ? `Han vuelto todos menos ${left}` : 'Han vuelto todos'),
    fleet_not_returned: () => 'Han vuelto todos',
    server_database_lost: () => 'Se puede escribir en la base de datos de nuevo',
    server_disk_full: () => 'El disco tiene espacio de nuevo',
    fleet_full: () => 'Hace cinco minutos que no se rechaza ningún dispositivo nuevo',
  },
);

export const endingTexts = defineTexts(
  {
    removed: 'The device was removed',
    gone: 'The instance is gone',
  } satisfies Record<Exclude<AlertEnding, 'over'>, string>,
  {
    removed: 'El dispositivo se eliminó',
    gone: 'La instancia ya no está',
  },
);
