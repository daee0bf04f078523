import type { ErrorCode, Fault } from '../protocol/errors.ts';

/** An error response of the server, or a timeout of this library (`unavailable`). */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly code: ErrorCode;
  readonly details: readonly Fault[] | undefined;

  constructor({
    code,
    message,
    details,
  }: { code: ErrorCode; message: string; details?: readonly Fault[] | undefined }) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Errors that end a session for good (the error table's `closes: 'session'`): a retry would be refused, too. */
const FINAL: ReadonlySet<unknown> = new Set(['unauthorized', 'session_replaced', 'revoked']);

export const isFinal = (code: unknown): code is ErrorCode => FINAL.has(code);

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
