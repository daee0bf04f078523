import { type ErrorCode, errors, type Fault } from '../../protocol/errors.ts';
import { useServerWords } from './server-words.ts';
import { defineTexts, useTexts } from './texts.ts';

/** The kind of an error; `unreachable`: no response. */
export type Trouble =
  | ErrorCode
  | 'protocol_mismatch'
  | 'session_over'
  | 'sso_denied'
  | 'sso_failed'
  | 'unreachable'
  | 'unknown';

export const errorTexts = defineTexts(
  {
    invalid_payload: 'The server rejected this data',
    payload_too_large: 'Too large',
    rate_limited: 'Too many requests. Wait a moment.',
    unauthorized: 'This token is not valid',
    forbidden: 'Your role does not allow this',
    not_registered: 'The device has not registered',
    device_mismatch: 'This is a different device',
    device_unknown: 'Device not found',
    session_replaced: 'Replaced by a newer connection',
    revoked: 'The device was removed',
    command_unknown: 'Unknown command',
    command_invalid: 'The command is not valid',
    unproven: 'The current state is unknown',
    queue_full: 'Too many commands are waiting for this device',
    conflict: 'It already exists, or was changed in the meantime',
    blocked: 'The device is blocked',
    restricted: 'The device is restricted: it sends too much',
    fleet_full: 'The fleet is full',
    draining: 'The server is restarting. Try again in a moment.',
    unavailable: 'Currently unavailable',
    internal: 'Server error. See the server’s log.',
    protocol_mismatch: 'This page is older than the server. Reload it.',
    session_over: 'You were signed out. Sign in again.',
    sso_denied: 'Your account has no access to this console. Ask its administrator.',
    sso_failed: 'Signing in did not work. Try again, or use a token.',
    unreachable: 'The server cannot be reached',
    unknown: 'Something went wrong',
  } satisfies Record<Trouble, string>,
  {
    invalid_payload: 'El servidor no acepta estos datos',
    payload_too_large: 'Demasiado grande',
    rate_limited: 'Demasiadas solicitudes. Reintentar en un momento.',
    unauthorized: 'Este token no es válido',
    forbidden: 'Tu rol no lo permite',
    not_registered: 'El dispositivo no se ha registrado',
    device_mismatch: 'Es otro dispositivo',
    device_unknown: 'No se encontró el dispositivo',
    session_replaced: 'Sustituido por una conexión más reciente',
    revoked: 'El dispositivo se eliminó',
    command_unknown: 'Comando desconocido',
    command_invalid: 'El comando no es válido',
    unproven: 'Se desconoce el estado actual',
    queue_full: 'Hay demasiados comandos en espera para este dispositivo',
    conflict: 'Ya existe, o cambió mientras tanto',
    blocked: 'El dispositivo está bloqueado',
    restricted: 'El dispositivo está restringido: envía demasiado',
    fleet_full: 'La flota está completa',
    draining: 'El servidor se está reiniciando. Reintentar en un momento.',
    unavailable: 'No disponible en este momento',
    internal: 'Error del servidor. El registro del servidor tiene los detalles.',
    protocol_mismatch: 'Esta página es anterior al servidor. Recargarla.',
    session_over: 'La sesión terminó. Hay que iniciarla de nuevo.',
    sso_denied: 'Tu cuenta no tiene acceso a esta consola. Consultar a quien la administra.',
    sso_failed: 'No se pudo iniciar sesión. Reintentar o usar un token.',
    unreachable: 'No se puede conectar con el servidor',
    unknown: 'Algo salió mal',
  },
);

/** What to do next, where the text above does not say it. */
const nextTexts = defineTexts(
  {
    invalid_payload: 'Check the fields and try again.',
    payload_too_large: 'Shorten it, or divide it into parts.',
    unauthorized: 'Check that it was copied whole. It may also have expired or been revoked: ask an administrator.',
    forbidden: 'Ask an administrator for a role that does.',
    device_unknown: 'It may have been removed. Search for it on the wall.',
    queue_full: 'Wait until some of them have ended.',
    conflict: 'Reload the page to see how it is now.',
    blocked: 'An administrator can unblock it under Provisioning.',
    fleet_full: 'Remove devices that are no longer used.',
    unavailable: 'Try again in a moment.',
    unreachable: 'Check your network and try again.',
    unknown: 'Try again. If it does not help, reload the page.',
  } satisfies Partial<Record<Trouble, string>>,
  {
    invalid_payload: 'Revisar los campos y reintentar.',
    payload_too_large: 'Acortarlo o dividirlo en partes.',
    unauthorized:
      'Comprobar que se copió entero. También puede haber caducado o estar revocado: consultar a quien administra.',
    forbidden: 'Pedir a quien administra un rol que lo permita.',
    device_unknown: 'Puede que se haya eliminado. Buscarlo entre las pantallas.',
    queue_full: 'Esperar a que terminen algunos.',
    conflict: 'Recargar la página para ver cómo está ahora.',
    blocked: 'Quien administra puede desbloquearlo en Dispositivos nuevos.',
    fleet_full: 'Eliminar los dispositivos que ya no se usan.',
    unavailable: 'Reintentar en un momento.',
    unreachable: 'Comprobar la red y reintentar.',
    unknown: 'Reintentar. Si no ayuda, recargar la página.',
  },
);

/** The server refused a request or did not respond. */
export class RestError extends Error {
  override name = 'RestError';
  readonly code: Trouble;
  readonly status: number;
  /** Faults in the input, by path. */
  readonly faults: readonly Fault[];

  constructor(code: Trouble, status: number, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.code = code;
    this.status = status;
    this.faults = faults;
  }
}

/** Describes an error in the user's language, with the server's message if it says more; otherwise with what to do. */
export function useErrorText(): (error: unknown) => { title: string; detail?: string } {
  const texts = useTexts(errorTexts);
  const next: Partial<Record<Trouble, string>> = useTexts(nextTexts);
  const words = useServerWords();
  return (error) => {
    const { code, message, faults, details } = (error ?? {}) as Partial<RestError> & { details?: readonly Fault[] };
    const kind: Trouble = code !== undefined && code in texts ? code : 'unknown';
    const told = (faults ?? details ?? []).map((fault) => `${fault.path}: ${words(fault.message)}`).join('; ');
    // The title already covers the code's general meaning.
    const isUsual = message === errors[code as ErrorCode]?.meaning;
    const detail = told || (isUsual || !message ? next[kind] : words(message));
    return detail ? { title: texts[kind], detail } : { title: texts[kind] };
  };
}
