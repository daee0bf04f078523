import type { ErrorCode, Fault } from '../protocol/errors.ts';

/**
 * `bad_url`: the URL cannot be used. `not_vigia`: something else answers there. `cors_refused`: the server does not
 * allow this page's origin. `protocol_mismatch`: client and server are too many versions apart. `player_fault`: something
 * of the player itself failed, such as its storage. All others come from the server; `unavailable` also means that it does
 * not answer.
 */
export type ClientErrorCode =
  | ErrorCode
  | 'bad_url'
  | 'not_vigia'
  | 'cors_refused'
  | 'protocol_mismatch'
  | 'player_fault';

interface Facts {
  code: ClientErrorCode;
  message: string;
  details?: readonly Fault[] | undefined;
  cause?: unknown;
  remedy?: string | undefined;
}

/** An error response of the server, a timeout of this library (`unavailable`), or why it cannot connect. */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly code: ClientErrorCode;
  readonly details: readonly Fault[] | undefined;
  /** What to do about it, if it is known. */
  readonly remedy: string | undefined;

  constructor({ code, message, details, cause, remedy }: Facts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
    this.remedy = remedy;
  }
}

/**
 * Errors that end a session for good (the error table's `closes: 'session'`, and two of this library): a retry would fail,
 * too.
 */
const FINAL: ReadonlySet<unknown> = new Set<ClientErrorCode>([
  'unauthorized',
  'session_replaced',
  'revoked',
  'bad_url',
  'protocol_mismatch',
]);

export const isFinal = (code: unknown): code is ClientErrorCode => FINAL.has(code);

/** It cannot succeed as things are. Retries go on, because a proxy may answer for a server that is starting. */
export const isHopeless = ({ code }: ClientError): boolean => code === 'not_vigia' || code === 'cors_refused';

/** These refuse a request before it has any effect. After any other error, the request may have been executed. */
const REFUSALS: ReadonlySet<unknown> = new Set<ErrorCode>([
  'invalid_payload',
  'payload_too_large',
  'forbidden',
  'device_unknown',
  'command_unknown',
  'command_invalid',
  'queue_full',
]);

export const isRefusal = (error: unknown): boolean => REFUSALS.has((error as { code?: unknown } | undefined)?.code);

/** Reports a listener's exception as unhandled, so that it cannot interrupt the library. */
export function callSafely(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
