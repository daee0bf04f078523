/**
 * All error codes: the meaning, whether a retry helps, and the effect on the connection. `closes`: 'transport' closes
 * the transport (players reconnect by themselves), 'session' closes the namespace (final).
 */
export const errors = {
  invalid_payload: {
    meaning: 'The message does not follow the protocol; `details` names each error.',
    retry: false,
    closes: 'no',
    http: 400,
  },
  payload_too_large: {
    meaning: 'The message or the state exceeds its size limit.',
    retry: false,
    closes: 'no',
    http: 413,
  },
  rate_limited: {
    meaning: 'Too many messages, or too much data; the excess was dropped. A device that continues is restricted.',
    retry: true,
    closes: 'no',
    http: 429,
  },
  unauthorized: { meaning: 'The token is missing, or is not valid here.', retry: false, closes: 'session', http: 401 },
  forbidden: {
    meaning: 'The token is valid, but its role does not allow this.',
    retry: false,
    closes: 'no',
    http: 403,
  },
  not_registered: { meaning: 'The socket must send `player:register` first.', retry: true, closes: 'no', http: 409 },
  device_mismatch: {
    meaning: 'The message names a device other than the one that signed in.',
    retry: false,
    closes: 'no',
    http: 409,
  },
  device_unknown: { meaning: 'There is no such device.', retry: false, closes: 'no', http: 404 },
  session_replaced: {
    meaning: 'A newer connection registered as this device.',
    retry: false,
    closes: 'session',
    http: 409,
  },
  revoked: { meaning: 'The device was removed.', retry: false, closes: 'session', http: 401 },
  command_unknown: { meaning: 'There is no command with that name or id.', retry: false, closes: 'no', http: 404 },
  command_invalid: {
    meaning: 'The command or its parameters are invalid; `details` names each error.',
    retry: false,
    closes: 'no',
    http: 422,
  },
  unproven: {
    meaning: 'The effect that the command would have now is not known, so it was not sent; `force` sends it anyway.',
    retry: true,
    closes: 'no',
    http: 409,
  },
  queue_full: { meaning: 'Too many commands are waiting for this device.', retry: true, closes: 'no', http: 429 },
  conflict: { meaning: 'It already exists, or it has changed in the meantime.', retry: false, closes: 'no', http: 409 },
  blocked: {
    meaning: 'The device is blocked. It can connect again once it is unblocked.',
    retry: true,
    closes: 'transport',
    http: 403,
  },
  restricted: {
    meaning: 'The device did too much and must pause; it may come back by itself.',
    retry: true,
    closes: 'transport',
    http: 429,
  },
  fleet_full: {
    meaning: 'The server accepts no new devices at the moment; the device may come back by itself.',
    retry: true,
    closes: 'transport',
    http: 409,
  },
  draining: { meaning: 'The instance is shutting down; connect again.', retry: true, closes: 'transport', http: 503 },
  unavailable: {
    meaning: 'A service that the request needs is not available now.',
    retry: true,
    closes: 'no',
    http: 503,
  },
  internal: { meaning: 'An internal error; the server has logged it.', retry: true, closes: 'no', http: 500 },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  meaning: string;
  retry: boolean;
  closes: 'no' | 'transport' | 'session';
  http: number;
}

export type ErrorCode = keyof typeof errors;

/** A fault in the input: the path of keys, and a message. */
export interface Fault {
  path: string;
  message: string;
  /** For a text: the offset of the fault in characters, from 0. */
  offset?: number;
}

/** An error for clients. It never contains a stack, a token or another device's data. */
export class VigiaError extends Error {
  override name = 'VigiaError';
  readonly code: ErrorCode;
  readonly details: readonly Fault[] | undefined;

  constructor(code: ErrorCode, message?: string, details?: readonly Fault[]) {
    super(message ?? errors[code].meaning);
    this.code = code;
    this.details = details;
  }
}

/** The public part of any thrown value. */
export function publicError(thrown: unknown): { code: ErrorCode; message: string; details?: readonly Fault[] } {
  if (!(thrown instanceof VigiaError)) return { code: 'internal', message: errors.internal.meaning };
  const { code, message, details } = thrown;
  return details ? { code, message, details } : { code, message };
}

/**
 * The result of `read`. If it fails, calls `noted` for the log.
 * @throws VigiaError `unavailable` with this message
 */
export async function orUnavailable<T>(
  read: () => Promise<T>,
  message: string,
  noted: (error: unknown) => void,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    noted(error);
    throw new VigiaError('unavailable', message);
  }
}
