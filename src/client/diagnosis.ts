import { PROTOCOL } from '../protocol/version.ts';
import { ClientError } from './errors.ts';

const WAIT_MS = 5000;
/** What browsers have and Node has not. */
const browser = globalThis as { document?: object; location?: { origin: string } };

/** The base URL of a server: scheme, host and, behind a proxy, a path. */
export interface Address {
  origin: string;
  /** Empty, or a path without a slash at its end. */
  path: string;
}

/** @throws ClientError `bad_url` */
export function parseUrl(url: string): Address {
  const said = `"${url}"`;
  const bad = (message: string, remedy: string) => new ClientError({ code: 'bad_url', message, remedy, cause: url });
  const remedy = 'Write the address of the server, such as https://vigia.example or http://localhost:3001.';
  if (typeof url !== 'string' || url.trim() === '') throw bad('There is no URL of the server.', remedy);
  // `localhost:3001` is a URL with the scheme `localhost:`.
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    throw bad(`The URL ${said} has no scheme.`, `Write http://${url}, or https://${url} if the server has TLS.`);
  }
  const parsed = parsedUrl(url);
  if (!parsed) throw bad(`${said} is no URL.`, remedy);
  const { protocol, origin, pathname } = parsed;
  if (/^wss?:$/.test(protocol)) {
    throw bad(`The URL ${said} has the scheme of a WebSocket.`, `Write ${url.replace(/^ws/i, 'http')}.`);
  }
  if (!/^https?:$/.test(protocol)) throw bad(`The URL ${said} has the scheme ${protocol.slice(0, -1)}.`, remedy);
  return { origin, path: pathname.replace(/\/+$/, '') };
}

/** Instead of `URL.canParse`, which the browsers of many players do not have yet. */
function parsedUrl(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

/** `protocol_mismatch` if the server's protocol is more than one version away; undefined if it is understood. */
export function mismatch(protocol: unknown): ClientError | undefined {
  if (typeof protocol !== 'number' || Math.abs(protocol - PROTOCOL) <= 1) return undefined;
  const older = protocol > PROTOCOL ? 'this client' : 'the server';
  return new ClientError({
    code: 'protocol_mismatch',
    message: `The server speaks version ${protocol} of the protocol, this client version ${PROTOCOL}.`,
    remedy: `Update ${older}.`,
    cause: { server: protocol, client: PROTOCOL },
  });
}

/**
 * Finds out why no connection could be opened.
 * @param cause the error of the attempt
 */
export async function diagnose({ origin, path }: Address, cause: unknown): Promise<ClientError> {
  const base = origin + path;
  const answer = await identify(base);
  if (answer.kind === 'vigia') {
    return (
      mismatch(answer.protocol) ??
      new ClientError({
        code: 'unavailable',
        message: `The server at ${base} answers, but not to this request.`,
        remedy: 'It may be busy or restarting. If this lasts: a proxy must let /socket.io/ through.',
        cause,
      })
    );
  }
  if (answer.kind === 'none') return unreachable(origin, answer.error);
  if (answer.kind === 'hidden') {
    const page = browser.location?.origin ?? 'this page';
    return new ClientError({
      code: 'cors_refused',
      message: `A server answers at ${base}, but does not allow requests from ${page}.`,
      remedy: `Add ${page} to its CORS_ORIGINS, or serve the page from the same origin. If it is not vigia, correct the URL.`,
      cause,
    });
  }
  const { status } = answer;
  if (status >= 500 || status === 429) {
    return new ClientError({
      code: 'unavailable',
      message: `The server at ${base} does not answer; something before it does, with HTTP ${status}.`,
      remedy: 'Wait until the server runs again. The log of the proxy says more.',
      cause,
    });
  }
  const atRoot = path === '' ? undefined : await identify(origin);
  return new ClientError({
    code: 'not_vigia',
    message:
      atRoot?.kind === 'vigia'
        ? `There is no vigia under ${path}, but there is at ${origin}.`
        : `What answers at ${base} is not vigia (HTTP ${status}).`,
    remedy:
      atRoot?.kind === 'vigia'
        ? `Use ${origin}, without a path.`
        : 'Correct host, port and path. Behind a proxy, the path is the BASE_PATH of the server.',
    cause,
  });
}

type Identity =
  | { kind: 'vigia'; protocol: unknown }
  | { kind: 'other'; status: number }
  /** In a browser: it answers, but not to this origin. */
  | { kind: 'hidden' }
  | { kind: 'none'; error: unknown };

async function identify(base: string): Promise<Identity> {
  const url = `${base}/api/v1`;
  try {
    return await inTime(async (signal): Promise<Identity> => {
      const response = await fetch(url, { signal });
      const body = (await response.json().catch(() => undefined)) as Record<string, unknown> | null | undefined;
      // A server of version 0.2 asks for a token here.
      if (body?.server === 'vigia' || body?.code === 'unauthorized') return { kind: 'vigia', protocol: body.protocol };
      return { kind: 'other', status: response.status };
    });
  } catch (error) {
    if (browser.document === undefined) return { kind: 'none', error };
    // Without CORS, a browser shows only whether anything answers.
    const answers = await inTime((signal) => fetch(url, { mode: 'no-cors', signal })).catch(() => undefined);
    return answers ? { kind: 'hidden' } : { kind: 'none', error };
  }
}

/** Instead of `AbortSignal.timeout`, which older browsers do not have. */
async function inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), WAIT_MS);
  try {
    return await ask(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What to do about a certificate that Node refuses with this code; undefined: the code is about something else. */
export function certificateRemedy(code: string): string | undefined {
  if (code === 'CERT_HAS_EXPIRED')
    return 'Renew it, and reload what serves it; or set the clock of this machine right.';
  if (code === 'CERT_NOT_YET_VALID') return 'Set the clock of this machine right.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Use a name that the certificate has, or add this one to it.';
  if (code === 'CERT_REVOKED') return 'Its CA has revoked it: replace it by a new one.';
  // Not the alerts of a server that wants a certificate of ours, such as ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED.
  if (!/^(CERT_|DEPTH_|SELF_|UNABLE_TO_|ERR_TLS_CERT_)/.test(code)) return undefined;
  return 'Serve it with its chain (fullchain.pem). If a CA of your own signed it, set NODE_EXTRA_CA_CERTS to the file of that CA.';
}

/** What Node says about a failed request; browsers say nothing. */
function unreachable(origin: string, error: unknown): ClientError {
  const { code = '' } = ((error as { cause?: unknown })?.cause ?? {}) as { code?: string };
  const { host, hostname, protocol } = new URL(origin);
  const about = code && ` (${code})`;
  const told = (message: string, remedy: string) =>
    new ClientError({ code: 'unavailable', message, remedy, cause: error });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return told(`The name ${hostname} is not known${about}.`, 'Correct the host in the URL, or check the network.');
  }
  const remedy = certificateRemedy(code);
  if (remedy) return told(`The certificate of ${host} is not accepted${about}.`, remedy);
  if (code.includes('_ALERT_')) {
    return told(
      `${host} refuses the TLS connection${about}.`,
      'It must take clients without a certificate; see its log.',
    );
  }
  if (protocol === 'https:' && /SSL|EPROTO|TLS/.test(code)) {
    return told(`No TLS is spoken at ${host}${about}.`, `Use http://${host}, or set up TLS on the server.`);
  }
  return told(
    `Nothing answers at ${origin}${about}.`,
    'Check host and port, that the server runs, and that no firewall is in between.',
  );
}
