import { X509Certificate } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { connect } from 'node:tls';

const WAIT_MS = 10_000;

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

interface Options {
  headers?: Record<string, string>;
  /** For the own server on this machine, whose certificate names another host. */
  anyCertificate?: boolean;
}

/** One GET on a connection of its own. An answer that switches to another protocol is one, too. */
export function get(url: string, { headers = {}, anyCertificate = false }: Options = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { headers, agent: false as const, timeout: WAIT_MS, rejectUnauthorized: !anyCertificate };
    const asked: ClientRequest = (url.startsWith('https:') ? tlsRequest : plainRequest)(url, options);
    asked.once('error', reject);
    asked.once('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    asked.once('upgrade', ({ statusCode = 0, headers: got }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, headers: got, body: '' });
    });
    asked.once('response', (response) => {
      const { statusCode = 0, headers: got } = response;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: statusCode, headers: got, body }));
    });
    asked.end();
  });
}

/** The certificate that is served there. */
export function certificateOf(url: string): Promise<X509Certificate> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    // Without the name, a proxy with several hosts shows another certificate or closes.
    const name = isIP(host) ? {} : { servername: host };
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, ...name }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(new X509Certificate(raw));
    });
    socket.setTimeout(WAIT_MS, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}
