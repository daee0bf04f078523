import { RefusedError } from '../../ports/notifier.ts';

/** Response timeout, after which a message is retried. */
export const ANSWER_MS = 10_000;

/**
 * Posts JSON. Redirects are not followed, since their target was not configured.
 * @throws RefusedError if the receiver rejects the message permanently; an Error if a retry may succeed. Neither
 * contains the URL, which may include a secret.
 */
export async function post(
  url: URL,
  body: string,
  { answerMs = ANSWER_MS, headers = {} }: { answerMs?: number; headers?: Record<string, string> } = {},
): Promise<void> {
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
  // An unread body would block the connection.
  await response.body?.cancel();
  const { status } = response;
  if (response.ok) return;
  const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
  throw mayPass ? new Error(`answered ${status}`) : new RefusedError(`answered ${status}`, status);
}

function reasonOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : name;
}
