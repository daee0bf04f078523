import { randomBytes } from 'node:crypto';
import { certificateRemedy } from '../../client/diagnosis.ts';
import { isHere } from '../operator/server.ts';
import { codeOf, connectionFault, type Finding, findingsOf, messageOf } from './finding.ts';
import { type Answer, certificateOf, get } from './http.ts';
import { compareClocks } from './machine.ts';
import { expiry } from './port.ts';

/** `Date` headers have whole seconds. */
const DATE_PATIENCE_MS = 5_000;
/** An address that is nobody's (RFC 5737): a proxy must not pass on that a client claims it. */
const CLAIMED = '192.0.2.123';

interface Seen {
  address: string;
  peer: string;
  forwardedFor: string;
}

/** The address that players and admins use: everything between it and the server. */
export async function checkPublicUrl(url: string, token: string | undefined): Promise<Finding[]> {
  const proxy = findingsOf('address');
  let health: Answer;
  try {
    health = await get(`${url}/healthz`);
  } catch (error) {
    return [await unreachable(url, error)];
  }
  if (health.status === 502 || health.status === 503 || health.status === 504) {
    const text = `A proxy answers at ${url}, but it does not reach the server (HTTP ${health.status}).`;
    return [proxy.fault(text, 'Is the server running, and does the proxy have its address and port?')];
  }
  if (health.status !== 200 || !health.body.includes('"ok"')) {
    const text = `What answers at ${url} is not vigia (HTTP ${health.status} at /healthz).`;
    return [proxy.fault(text, 'Check the address. Under a path, BASE_PATH must name it.')];
  }
  const findings = [proxy.ok(`${url} leads to vigia.`)];
  if (url.startsWith('https:')) findings.push(await checkExpiry(url));
  const date = Date.parse(health.headers.date ?? '');
  if (date > 0) findings.push(compareClocks(url, date, Date.now(), DATE_PATIENCE_MS));
  return [...findings, await checkPolling(url), await checkWebSocket(url), ...(await checkHeaders(url, token))];
}

async function checkExpiry(url: string): Promise<Finding> {
  try {
    return expiry(await certificateOf(url), new URL(url).host);
  } catch (error) {
    return findingsOf('certificate').fault(`The certificate of ${url} cannot be read: ${messageOf(error)}`);
  }
}

async function unreachable(url: string, error: unknown): Promise<Finding> {
  const { fault } = findingsOf('address');
  const code = codeOf(error);
  const remedy = certificateRemedy(code);
  if (remedy) return fault(`Clients do not trust the certificate of ${url}: ${messageOf(error)} (${code}).`, remedy);
  const found = connectionFault(error, url);
  return fault(found.text, found.remedy);
}

/** Fielded players begin with long-polling. */
async function checkPolling(url: string): Promise<Finding> {
  const { ok, fault } = findingsOf('long-polling');
  try {
    const { status, body } = await get(`${url}/socket.io/?EIO=4&transport=polling`);
    if (status === 200 && body.includes('"waiting-room"')) {
      return fault('The proxy answers players itself (waiting room): it does not reach the server.', 'See its log.');
    }
    if (status === 200 && /^0\{"sid":/.test(body)) return ok('Players can connect by long-polling.');
    return fault(
      `Long-polling gets HTTP ${status} at ${url}/socket.io/.`,
      'Let the proxy pass all paths on, with their queries.',
    );
  } catch (error) {
    return fault(`Long-polling fails: ${messageOf(error)}`, 'Let the proxy pass /socket.io/ on.');
  }
}

async function checkWebSocket(url: string): Promise<Finding> {
  const { ok, fault } = findingsOf('websocket');
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  try {
    const { status } = await get(`${url}/socket.io/?EIO=4&transport=websocket`, { headers });
    if (status === 101) return ok('Players and admins can use WebSockets.');
    return fault(
      `WebSockets do not get through: HTTP ${status} instead of 101.`,
      'Let the proxy pass "Upgrade" and "Connection" on (nginx: proxy_http_version 1.1 and both headers); see deploy/.',
    );
  } catch (error) {
    return fault(`WebSockets do not get through: ${messageOf(error)}`, 'Let the proxy pass "Upgrade" on; see deploy/.');
  }
}

/** Whom the server takes us for. */
async function checkHeaders(url: string, token: string | undefined): Promise<Finding[]> {
  const { ok, warning, fault } = findingsOf('client address');
  const unchecked = 'Whether the server sees addresses of clients was not checked';
  if (token === undefined) return [warning(`${unchecked}.`, 'Give an admin token: --token or VIGIA_TOKEN.')];
  if (!url.startsWith('https:') && !isHere(url)) {
    return [warning(`${unchecked}: the admin token would be sent over plain HTTP.`, 'Give --url with https.')];
  }
  const seen = await connectionOf(url, token);
  if (typeof seen === 'string') return [warning(`The addresses of clients were not checked: ${seen}`)];
  const { address, peer, forwardedFor } = seen;
  const claimed = await connectionOf(url, token, CLAIMED);
  if (typeof claimed === 'object' && claimed.address === CLAIMED) {
    // Not to be told apart from here: a trusted proxy on this machine, and this program.
    if (forwardedFor === '' && isLocal(peer) && isHere(url)) {
      return [
        warning('The server takes this machine for a proxy (TRUSTED_PROXIES).', 'Give --url as players have it.'),
      ];
    }
    return [
      fault(
        `The server believes what clients claim: it took a request with "X-Forwarded-For: ${CLAIMED}" as one from there.`,
        'Let the proxy delete that header of clients, as deploy/haproxy-single.cfg does; TRUSTED_PROXIES must name proxies alone.',
      ),
    ];
  }
  const client = forwardedFor.split(',').at(-1)?.trim();
  if (forwardedFor !== '' && client === peer) {
    const text = `The server sees this machine as ${address}, but so it would see the proxy, which is on this machine, too.`;
    return [warning(text, 'Run this check on another machine, with --url and --token.')];
  }
  if (forwardedFor !== '' && address === peer) {
    return [
      fault(
        `The proxy at ${peer} says for whom it asks (${forwardedFor}), but the server does not believe it: all devices seem to be at ${peer}.`,
        `Set TRUSTED_PROXIES=${peer}, and make the server reachable through the proxy only.`,
      ),
    ];
  }
  if (forwardedFor !== '') return [ok(`The server sees this machine as ${address}, through the proxy at ${peer}.`)];
  if (isLocal(address) && !isHere(url)) {
    return [
      fault(
        `A proxy at ${peer} sends no X-Forwarded-For: all devices seem to be there.`,
        `Let it send the header (HAProxy: option forwardfor), and set TRUSTED_PROXIES=${peer}.`,
      ),
    ];
  }
  return [ok(`The server sees this machine as ${address}.`)];
}

const isLocal = (host: string) => /^(127\.|::1$|\[::1\]$|localhost$)/.test(host);

/** A text says why it is not known. */
async function connectionOf(url: string, token: string, claimed?: string): Promise<Seen | string> {
  const headers = { authorization: `Bearer ${token}`, ...(claimed && { 'x-forwarded-for': claimed }) };
  try {
    const { status, body } = await get(`${url}/api/v1/me`, { headers });
    if (status === 401) return 'the server refuses this admin token.';
    const seen = status === 200 ? (JSON.parse(body) as { connection?: Seen }).connection : undefined;
    return seen ?? `/api/v1/me answers HTTP ${status}, without "connection".`;
  } catch (error) {
    return messageOf(error);
  }
}
