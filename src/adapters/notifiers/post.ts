import { RefusedError } from '../../ports/notifier.ts';
import type { Guard } from './guard.ts';

/** Response timeout, after which a message is retried. */
export const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 4096;
const MAX_ANSWER = 200;

export interface PostOptions {
  answerMs?: number | undefined;
  headers?: Record<string, string>;
  guard?: Guard | undefined;
  /**
   * Set to show the answer, without these texts. Left out where the URL is the secret: servers repeat parts of it in
   * many forms, so that only the status is shown.
   */
  secrets?: readonly string[];
}

/**
 * Posts JSON. Redirects are not followed, since their target was not configured.
 * @returns the status, and the beginning of the answer if it is read
 * @throws RefusedError if the receiver rejects the message permanently; an Error if a retry may succeed. Neither
 * contains the URL, which may include a secret.
 */
export async function post(
  url: URL,
  body: string,
  { answerMs = ANSWER_MS, headers = {}, guard, secrets }: PostOptions = {},
): Promise<string> {
  await guard?.(url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80));
  const { username, password } = url;
  const target = new URL(url);
  target.username = '';
  target.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const response = await fetch(target, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(username && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
    body,
    signal: AbortSignal.timeout(answerMs),
  }).catch((error) => {
    throw new Error(`no answer: ${reasonOf(error)}`);
  });
  const said = secrets
    ? hideSecrets(await beginningOf(response), [...secrets, ...secretsOf(url)])
    : await unread(response);
  const { status } = response;
  const answer = `answered ${status}${said && `: ${said}`}`;
  if (response.ok) return answer;
  const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
  throw mayPass ? new Error(answer) : new RefusedError(answer, status);
}

/** One short line, without these texts: a receiver may repeat what it got. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  // The longest first: the rest of one would show what is not hidden of another.
  const forms = secrets.flatMap((it) => [it, encodeURIComponent(it)]).sort((a, b) => b.length - a.length);
  let line = text;
  for (const form of forms) if (form) line = line.replaceAll(form, '…');
  return line
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_ANSWER);
}

/** What may be secret of a URL whose path is not: the user, the password and the query. */
function secretsOf({ username, password, search, searchParams }: URL): string[] {
  const parts = [username, password].map((it) => decodeURIComponent(it));
  return [...parts, Buffer.from(parts.join(':')).toString('base64'), search.slice(1), ...searchParams.values()];
}

/** An unread body would block the connection. */
async function unread(response: Response): Promise<string> {
  await response.body?.cancel();
  return '';
}

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status has come; the rest of the answer is not needed.
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : name;
}
