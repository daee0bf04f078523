import type { ErrorCode, Fault } from '../protocol/errors.ts';
import { diagnose, parseUrl } from './diagnosis.ts';
import { ClientError } from './errors.ts';
import { type TokenSource, tokenOf } from './token.ts';

/**
 * Sends an HTTP request.
 * @param refused error message if the response comes from an intermediary and is not the server's JSON
 */
export async function callRest(
  { url, token: source }: { url: string; token?: TokenSource | undefined },
  path: string,
  { type, ...init }: RequestInit & { type?: string },
  refused: string,
): Promise<unknown> {
  const token = await tokenOf(source);
  // Without a token, the console's session signs in, which needs this header.
  const credential: Record<string, string> =
    token === undefined ? { 'x-vigia-session': '1' } : { authorization: `Bearer ${token}` };
  const headers = { ...credential, ...(type !== undefined && { 'content-type': type }) };
  const { origin, path: base } = parseUrl(url);
  const response = await fetch(`${origin}${base}/api/v1${path}`, { ...init, headers }).catch(async (error) => {
    throw await diagnose({ origin, path: base }, error);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { code, detail, errors } = (answer ?? {}) as { code?: ErrorCode; detail?: string; errors?: readonly Fault[] };
  throw new ClientError({
    code: code ?? 'unavailable',
    message: detail ?? `${refused}: ${response.status}.`,
    details: errors,
  });
}
