import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Config } from '../../config.ts';
import { codeOf, type Finding, findingsOf } from './finding.ts';
import { certificateOf, get } from './http.ts';

const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** The own port: whether our server serves there, or whether it could. */
export async function checkPort({ port, host, tlsKeyFile }: Config): Promise<Finding[]> {
  const { ok, fault } = findingsOf('port');
  const url = localUrl(port, host, tlsKeyFile !== undefined);
  const answer = await get(`${url}/readyz`, { anyCertificate: true }).catch((error: unknown) => error);
  if (answer instanceof Error) {
    const isRefused = codeOf(answer) === 'ECONNREFUSED' || codeOf(answer) === 'EADDRNOTAVAIL';
    if (isRefused) return [await checkFree(port, host)];
    const text = `Something listens on PORT=${port} that does not answer as vigia does (${codeOf(answer) || answer.message}).`;
    return [fault(text, `Find it with "ss -ltnp sport = :${port}"; stop it, or set another PORT.`)];
  }
  const { status, body } = answer as Awaited<ReturnType<typeof get>>;
  const { status: state, reasons } = parsed(body);
  if (status === 200 && state === 'ready') return [ok(`vigia listens on PORT=${port} and is ready.`)];
  if (status === 503 && Array.isArray(reasons)) {
    return [fault(`vigia listens on PORT=${port} and is not ready: ${reasons.join('; ')}.`, 'See its log.')];
  }
  return [
    fault(
      `Something listens on PORT=${port} that is not vigia (HTTP ${status}).`,
      `Find it with "ss -ltnp sport = :${port}"; stop it, or set another PORT.`,
    ),
  ];
}

/** An address of this machine at which the server answers. */
export function localUrl(port: number, host: string, isTls: boolean): string {
  const local = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `${isTls ? 'https' : 'http'}://${local}:${port}`;
}

function parsed(text: string): { status?: unknown; reasons?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function checkFree(port: number, host: string): Promise<Finding> {
  const { ok, warning, fault } = findingsOf('port');
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      const faults: Record<string, [string, string]> = {
        EACCES: [
          `This user may not open PORT=${port}.`,
          'Let a proxy listen there, or give the right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit.',
        ],
        EADDRINUSE: [`PORT=${port} is in use.`, `Find by what with "ss -ltnp sport = :${port}".`],
        EADDRNOTAVAIL: [`HOST=${host} is no address of this machine.`, 'Set HOST=0.0.0.0, or one of its addresses.'],
      };
      const known = faults[code ?? ''] ?? [`PORT=${port} on HOST=${host} cannot be opened (${code}).`, 'Check both.'];
      resolve(fault(...known));
    });
    probe.listen({ port, host, exclusive: true }, () =>
      probe.close(() =>
        resolve(
          port === 0
            ? warning('PORT=0: the server listens on any free port.', 'Set PORT.')
            : ok(`PORT=${port} is free: no server is running.`),
        ),
      ),
    );
  });
}

/** TLS_CERT_FILE: when it expires, and whether the running server serves it. */
export async function checkCertificate({ port, host, tlsCertFile }: Config): Promise<Finding[]> {
  if (tlsCertFile === undefined) return [];
  const { warning } = findingsOf('certificate');
  const certificate = new X509Certificate(readFileSync(tlsCertFile));
  const findings = [expiry(certificate, tlsCertFile)];
  const served = await certificateOf(localUrl(port, host, true)).catch(() => undefined);
  if (served && served.fingerprint256 !== certificate.fingerprint256) {
    findings.push(
      warning(
        `The server serves another certificate than the one in ${tlsCertFile}.`,
        'Let it read the file again: systemctl reload vigia (SIGHUP).',
      ),
    );
  }
  return findings;
}

export function expiry(certificate: Pick<X509Certificate, 'validTo'>, place: string): Finding {
  const { ok, warning, fault } = findingsOf('certificate');
  const days = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
  const remedy = 'Renew it, then: systemctl reload vigia, or reload the proxy.';
  if (days < 0) return fault(`The certificate of ${place} expired ${-days} days ago.`, remedy);
  const text = `The certificate of ${place} is valid for ${days} days.`;
  return days < SOON_DAYS ? warning(text, remedy) : ok(text);
}
