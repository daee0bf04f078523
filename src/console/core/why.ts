import type { DeviceDocument } from '../../protocol/document.ts';
import { defineTexts, useTexts } from './texts.ts';

/** The values of `onAir.why` and `connection.reason` (SPEC O1–O5, D2) as texts. */
const texts = defineTexts(
  {
    playing: 'playing',
    paused: 'paused',
    stopped: 'stopped',
    'not playing': 'not playing',
    unavailable: 'the player cannot reach VLC',
    stuck: 'the picture is stuck',
    black: 'the screen is black',
    'not connected': 'not connected',
    'no report': 'no report',
    'not measured': 'no recent measurement',
    'not told': 'does not report what plays',
    still: 'the picture does not move',
    connection_lost: 'connection lost',
    no_heartbeat: 'stopped responding',
    left: 'disconnected normally',
    transport_error: 'network error',
    protocol_error: 'protocol error',
    message_too_large: 'message too large',
    slow_reader: 'reads too slowly',
    rate_limited: 'sent too much',
    payload_too_large: 'too large',
    invalid_payload: 'not valid',
    session_replaced: 'replaced by another connection',
    revoked: 'removed',
    blocked: 'blocked',
    server_shutdown: 'server shut down',
    server_restart: 'server restarted',
    instance_lost: 'server instance lost',
    rebalanced: 'moved to another server instance',
    closed_by_server: 'closed by the server',
    ended: 'ended',
    never_connected: 'never connected',
    other: 'other',
    conflict: 'two machines use this id',
    restricted: 'restricted',
    fleet_full: 'the fleet is full',
    flapping: 'connects too often',
    flooding: 'sends too much',
    oversized: 'sends messages that are too large',
  },
  {
    playing: 'reproduciendo',
    paused: 'en pausa',
    stopped: 'detenido',
    'not playing': 'no reproduce',
    unavailable: 'el reproductor no puede conectar con VLC',
    stuck: 'la imagen está congelada',
    black: 'la pantalla está en negro',
    'not connected': 'sin conexión',
    'no report': 'sin informe',
    'not measured': 'sin medición reciente',
    'not told': 'no informa qué reproduce',
    still: 'la imagen no se mueve',
    connection_lost: 'conexión perdida',
    no_heartbeat: 'dejó de responder',
    left: 'se desconectó normalmente',
    transport_error: 'error de red',
    protocol_error: 'error de protocolo',
    message_too_large: 'mensaje demasiado grande',
    slow_reader: 'lee demasiado despacio',
    rate_limited: 'envió demasiado',
    payload_too_large: 'demasiado grandes',
    invalid_payload: 'no válidos',
    session_replaced: 'sustituido por otra conexión',
    revoked: 'eliminado',
    blocked: 'bloqueado',
    server_shutdown: 'servidor apagado',
    server_restart: 'servidor reiniciado',
    instance_lost: 'instancia del servidor perdida',
    rebalanced: 'trasladado a otra instancia del servidor',
    closed_by_server: 'cerrado por el servidor',
    ended: 'terminado',
    never_connected: 'nunca se ha conectado',
    other: 'otro motivo',
    conflict: 'dos máquinas usan este id',
    restricted: 'restringido',
    fleet_full: 'la flota está completa',
    flapping: 'se conecta demasiado a menudo',
    flooding: 'envía demasiado',
    oversized: 'envía mensajes demasiado grandes',
  },
);

/** Why a connection was lost, with a hint for the operator. */
const losses = defineTexts(
  {
    connection_lost: 'the player closed it, or was restarted',
    no_heartbeat: 'its network or power went away',
    left: 'the player was stopped or restarted',
    transport_error: 'its network failed',
    protocol_error: 'it sent something that is not valid',
    message_too_large: 'it sent a message that is too large',
    slow_reader: 'it does not read what it is sent, or its line is too slow',
    fleet_full: 'the fleet has no place for it',
    server_shutdown: 'the server was shut down',
    server_restart: 'the server was restarted',
    instance_lost: 'its server instance was lost',
    rebalanced: 'it was moved to another server instance',
    closed_by_server: 'the server closed it',
    session_replaced: 'a newer connection replaced it',
    rate_limited: 'it sent too much',
    restricted: 'it did too much and had to pause',
    blocked: 'it was blocked',
    revoked: 'it was removed',
  },
  {
    connection_lost: 'el reproductor la cerró o se reinició',
    no_heartbeat: 'se quedó sin red o sin corriente',
    left: 'el reproductor se detuvo o se reinició',
    transport_error: 'falló su red',
    protocol_error: 'envió algo que no es válido',
    message_too_large: 'envió un mensaje demasiado grande',
    slow_reader: 'no lee lo que se le envía, o su línea es demasiado lenta',
    fleet_full: 'no hay sitio para él en la flota',
    server_shutdown: 'el servidor se apagó',
    server_restart: 'el servidor se reinició',
    instance_lost: 'se perdió su instancia del servidor',
    rebalanced: 'se trasladó a otra instancia del servidor',
    closed_by_server: 'la cerró el servidor',
    session_replaced: 'otra conexión ocupó su lugar',
    rate_limited: 'envió demasiado',
    restricted: 'hizo demasiado y tuvo que pausar',
    blocked: 'se bloqueó',
    revoked: 'se eliminó',
  },
);

export function useLossReason(): (reason: string) => string {
  const t: Readonly<Record<string, string>> = useTexts(losses);
  const reasonText = useReason();
  return (reason) => t[reason] ?? reasonText(reason);
}

type Reason = keyof (typeof texts)['en'];

/** A reason in the user's language; unknown ones are returned unchanged. */
export function useReason(): (reason: string | undefined) => string {
  const t = useTexts(texts);
  return (reason) => (reason === undefined ? '' : (t[reason as Reason] ?? reason.replaceAll('_', ' ')));
}

/** The reason of the device's status, and since when it applies. */
export function whyOf({ connection, onAir }: DeviceDocument): { reason: string; since: string } {
  if (connection.conflict) return { reason: 'conflict', since: connection.conflict.since };
  if (connection.restricted) return { reason: connection.restricted.why, since: connection.restricted.since };
  if (connection.status !== 'online') return { reason: connection.reason ?? 'not connected', since: connection.since };
  return { reason: onAir.why, since: onAir.since };
}
