import type { ErrorCode, Fault } from '../protocol/errors.ts';

/** A refusal by the server, or what the library gave up waiting for (`unavailable`). */
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

/** What ends a session for good (the error table's `closes: 'session'`): trying again would be refused again. */
const FINAL: ReadonlySet<unknown> = new Set(['unauthorized', 'session_replaced', 'revoked']);

export const isFinal = (code: unknown): code is ErrorCode => FINAL.has(code);

/** Refused before anything was done. After any other error the request may have been carried out. */
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

/** A listener's fault is its owner's to see; it must not stop what goes on here. */
export function callSafely(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
