import { type ErrorCode, errors, type Fault } from '../../protocol/errors.ts';
import { defineTexts, useTexts } from './texts.ts';

/** What kind of trouble a thrown value is; `unreachable`: nobody answered. */
export type Trouble = ErrorCode | 'unreachable' | 'unknown';

export const errorTexts = defineTexts(
  {
    invalid_payload: 'The server does not accept this',
    payload_too_large: 'That is too large',
    rate_limited: 'Too many requests; wait a moment',
    unauthorized: 'This token is not valid here',
    forbidden: 'Your role does not allow this',
    not_registered: 'The device has not registered',
    device_mismatch: 'That is another device',
    device_unknown: 'There is no such device',
    session_replaced: 'A newer connection took its place',
    revoked: 'It was removed',
    command_unknown: 'There is no such command',
    command_invalid: 'The command is not valid',
    unproven: 'What it would do now is not known',
    queue_full: 'Too many commands wait for this device',
    conflict: 'It exists already, or was changed meanwhile',
    blocked: 'The device is blocked',
    restricted: 'The device does too much and is restricted',
    fleet_full: 'No more devices are taken in',
    draining: 'The server is restarting; try again in a moment',
    unavailable: 'Something that is needed cannot be reached now',
    internal: 'A fault of the server; it is logged there',
    unreachable: 'The server cannot be reached',
    unknown: 'That did not work',
  } satisfies Record<Trouble, string>,
  {
    invalid_payload: 'El servidor no acepta estos datos',
    payload_too_large: 'Es demasiado grande',
    rate_limited: 'Demasiadas peticiones; espera un momento',
    unauthorized: 'Este token no es válido aquí',
    forbidden: 'Tu rol no lo permite',
    not_registered: 'El dispositivo no se ha registrado',
    device_mismatch: 'Es otro dispositivo',
    device_unknown: 'No existe ese dispositivo',
    session_replaced: 'Una conexión más nueva ocupó su lugar',
    revoked: 'Fue retirado',
    command_unknown: 'No existe esa orden',
    command_invalid: 'La orden no es válida',
    unproven: 'No se sabe qué haría ahora',
    queue_full: 'Hay demasiadas órdenes en espera para este dispositivo',
    conflict: 'Ya existe, o cambió entretanto',
    blocked: 'El dispositivo está bloqueado',
    restricted: 'El dispositivo hace demasiado y está restringido',
    fleet_full: 'No se admiten más dispositivos',
    draining: 'El servidor se está reiniciando; inténtalo en un momento',
    unavailable: 'Algo necesario no está accesible ahora',
    internal: 'Un fallo del servidor; allí queda registrado',
    unreachable: 'No se puede alcanzar el servidor',
    unknown: 'No ha funcionado',
  },
);

/** A call that the server refused, or did not answer. */
export class RestError extends Error {
  override name = 'RestError';
  readonly code: Trouble;
  readonly status: number;
  /** Where in the input the faults are. */
  readonly faults: readonly Fault[];

  constructor(code: Trouble, status: number, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.code = code;
    this.status = status;
    this.faults = faults;
  }
}

/** Says what went wrong in the reader's language, and the server's own words where they tell more. */
export function useErrorText(): (error: unknown) => { title: string; detail?: string } {
  const texts = useTexts(errorTexts);
  return (error) => {
    const { code, message, faults, details } = (error ?? {}) as Partial<RestError> & { details?: readonly Fault[] };
    const title = texts[code as Trouble] ?? texts.unknown;
    const told = (faults ?? details ?? []).map((fault) => `${fault.path}: ${fault.message}`).join('; ');
    // What every error of this code says is in the title, in the reader's language.
    const isUsual = message === errors[code as ErrorCode]?.meaning;
    const detail = told || (isUsual ? '' : message);
    return detail ? { title, detail } : { title };
  };
}
