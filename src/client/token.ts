import { ClientError } from './errors.ts';

/** A token, or what returns one: it is called for each connection and request, so that short-lived ones can be used. */
export type TokenSource = string | (() => string | Promise<string>);

/** @throws ClientError `unavailable` if the app's function fails */
export async function tokenOf(source: TokenSource | undefined): Promise<string | undefined> {
  if (typeof source !== 'function') return source;
  try {
    return await source();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError({ code: 'unavailable', message: `The app's function \`token\` failed: ${why}`, cause });
  }
}
