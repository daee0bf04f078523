import { isLostByServerStop } from '../../protocol/connection.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import { defineTexts } from './texts.ts';

/** The status of a device as shown, worst first. `awaiting`: never connected, which is no problem. */
export const screenStatuses = [
  'conflict',
  'restricted',
  'notReturned',
  'offline',
  'offAir',
  'reconnecting',
  'unknown',
  'onAir',
  'awaiting',
] as const;
export type ScreenStatus = (typeof screenStatuses)[number];
export type Tone = 'bad' | 'wait' | 'good' | 'muted';

const NEVER = 'never_connected';

export function screenStatusOf({ connection, onAir }: DeviceDocument): ScreenStatus {
  if (connection.conflict) return 'conflict';
  if (connection.restricted) return 'restricted';
  if (connection.status === 'offline') {
    if (connection.lastSeenAt === null && connection.reason === NEVER) return 'awaiting';
    return isLostByServerStop(connection) ? 'notReturned' : 'offline';
  }
  if (connection.status === 'reconnecting') return 'reconnecting';
  if (onAir.status === 'no') return 'offAir';
  return onAir.status === 'yes' ? 'onAir' : 'unknown';
}

export const toneOf: Readonly<Record<ScreenStatus, Tone>> = {
  conflict: 'bad',
  restricted: 'bad',
  notReturned: 'bad',
  offline: 'bad',
  offAir: 'bad',
  reconnecting: 'wait',
  unknown: 'wait',
  onAir: 'good',
  awaiting: 'muted',
};

export const screenStatusTexts = defineTexts(
  {
    conflict: 'Conflict',
    restricted: 'Restricted',
    notReturned: 'Did not return',
    offline: 'Offline',
    offAir: 'Not on air',
    reconnecting: 'Reconnecting',
    unknown: 'Unknown',
    onAir: 'On air',
    awaiting: 'Awaiting first connection',
  } satisfies Record<ScreenStatus, string>,
  {
    conflict: 'Conflicto',
    restricted: 'Restringido',
    notReturned: 'No ha vuelto',
    offline: 'Desconectado',
    offAir: 'Fuera del aire',
    reconnecting: 'Reconectando',
    unknown: 'Sin datos',
    onAir: 'En el aire',
    awaiting: 'A la espera de la primera conexión',
  },
);
