/** The database cannot be used. The message is meant for the operator and never contains the password. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}

/** A record cannot be converted to a row. */
export class InvalidRecordError extends Error {
  override name = 'InvalidRecordError';
}

/**
 * Whether the database rejected the statement itself (an invalid value), so that a retry is useless. Other errors
 * (connection lost, disk full, timeout) may be temporary.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof InvalidRecordError) return true;
  const code = codeOf(error);
  // PostgreSQL's classes for data exceptions, violated constraints and exceeded limits:
  // https://www.postgresql.org/docs/current/errcodes-appendix.html
  return /^(2[23]|54)...$/.test(code) || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

/** Authentication failed: a retry is useless. */
export function isSignInFault(error: unknown): boolean {
  return /^28...$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}
