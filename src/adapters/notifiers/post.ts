import type { LookupAddress } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import { RefusedError } from '../../ports/notifier.ts';
import type { Guard } from './guard.ts';

/** Response timeout, after which a message is retried. */
export const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 4096;
const MAX_ANSWER = 200;

/** Shorter than the time after which most servers close an idle connection. */
const IDLE_MS = 4000;
const agent = { keepAlive: true, timeout: IDLE_MS };
const agentsOf = () => ({ http: new http.Agent(agent), https: new https.Agent(agent) });
/** What is checked does not use a connection that was opened unchecked. */
const agents = { guarded: agentsOf(), free: agentsOf() };

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
  const isTls = url.protocol === 'https:';
  const addresses = await guard?.(url.hostname, Number(url.port) || (isTls ? 443 : 80));
  const options: RequestOptions = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'vigia', ...headers },
    signal: AbortSignal.timeout(answerMs),
    agent: agents[guard ? 'guarded' : 'free'][isTls ? 'https' : 'http'],
    ...(addresses && { lookup: lookupIn(addresses) }),
  };
  const response = await answerTo(url, options, body).catch((error) => {
    throw new Error(`no answer: ${reasonOf(error)}`);
  });
  const said = secrets ? hideSecrets(await beginningOf(response), [...secrets, ...secretsOf(url)]) : '';
  // An unread body would keep the connection busy; nobody waits for its end.
  if (!secrets) void beginningOf(response);
  const { statusCode: status = 0 } = response;
  const answer = `answered ${status}${said && `: ${said}`}`;
  if (status >= 200 && status < 300) return answer;
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

function answerTo(url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? https.request : http.request;
    request(url, options, resolve).on('error', reject).end(body);
  });
}

/** Only these addresses, which were checked: the name is not looked up again. */
function lookupIn(addresses: readonly LookupAddress[]): LookupFunction {
  const [first] = addresses as [LookupAddress];
  return (_, { all }, found) => (all ? found(null, [...addresses]) : found(null, first.address, first.family));
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status has come; the rest of the answer is not needed.
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf({ name, code }: Error & { code?: string }): string {
  return code === 'ABORT_ERR' ? 'TimeoutError' : (code ?? name);
}
