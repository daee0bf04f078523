/** The database cannot be used, in words for whoever starts the server. Never holds the password of its URL. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}

/** A record that no row can be made of. */
export class UnkeepableError extends Error {
  override name = 'UnkeepableError';
}

/**
 * Did the database understand and refuse (a value that it cannot keep), so that trying again is of no use? Everything
 * else (gone, full, too slow) may pass.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof UnkeepableError) return true;
  const code = codeOf(error);
  // PostgreSQL: data exceptions, violated constraints, and too much of something; https://www.postgresql.org/docs/current/errcodes-appendix.html
  return /^(2[23]|54)...$/.test(code) || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

/** Signing in failed: waiting does not help. */
export function isSignInFault(error: unknown): boolean {
  return /^28...$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}
