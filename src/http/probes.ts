import { createHash, timingSafeEqual } from 'node:crypto';
import { type ErrorCode, publicError, VigiaError } from '../protocol/errors.ts';

export const probePaths = ['/healthz', '/health', '/readyz', '/metrics'] as const;
export type ProbePath = (typeof probePaths)[number];

export interface ProbeSources {
  /** Whether the instance is ready, and if not, why. */
  ready: () => { ok: boolean; reasons: string[] };
  /** Prometheus text. */
  metrics: () => Promise<string>;
  /** The bearer token required for `/metrics`, if one is configured. */
  metricsToken?: () => string | undefined;
  /** Limits token guesses per address. */
  guesses: { attempt<T>(address: string, token: string, check: () => T): T };
}

export interface ProbeAnswer {
  status: number;
  contentType: string;
  body: string;
  /** `Allow` header of 405 and OPTIONS. */
  allow?: string;
}

/** Ready unless draining or a dependency is unavailable. */
export function readinessOf(needed: {
  io: { readonly isDraining: boolean };
  store: { readonly healthy: boolean };
  databaseKind: string;
  cluster: { readonly isReachable: boolean } | undefined;
}): ProbeSources['ready'] {
  const { io, store, databaseKind, cluster } = needed;
  return () => {
    const reasons = [
      ...(io.isDraining ? ['draining'] : []),
      ...(store.healthy ? [] : [`the database (${databaseKind}) cannot be written`]),
      ...(cluster?.isReachable === false ? ['redis cannot be reached'] : []),
    ];
    return { ok: reasons.length === 0, reasons };
  };
}

/** Answers frequently polled routes without the REST app. */
export function createProbes(
  sources: ProbeSources,
): (path: ProbePath, authorization: string | undefined, method?: string, address?: string) => Promise<ProbeAnswer> {
  const refusalOf = bearerCheck(sources);
  return async (path, authorization, method = 'GET', address = '') => {
    if (method !== 'GET' && method !== 'HEAD') {
      return { ...json(method === 'OPTIONS' ? 200 : 405, { allow: ALLOW }), allow: ALLOW };
    }
    switch (path) {
      case '/health':
      case '/healthz':
        return json(200, { status: 'ok' });
      case '/readyz': {
        const { ok, reasons } = sources.ready();
        return ok ? json(200, { status: 'ready' }) : json(503, { status: 'unavailable', reasons });
      }
      case '/metrics': {
        const refusal = refusalOf(authorization, address);
        if (refusal) return json(refusal === 'rate_limited' ? 429 : 401, { status: refusal });
        return metricsOf(sources);
      }
    }
  };
}

const ALLOW = 'GET, HEAD, OPTIONS';

async function metricsOf({ metrics }: ProbeSources): Promise<ProbeAnswer> {
  try {
    return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await metrics() };
  } catch {
    // A gauge that throws must not end the process; Prometheus shows the failed scrape.
    return json(500, { status: 'internal' });
  }
}

function bearerCheck({ metricsToken, guesses }: ProbeSources) {
  return (authorization = '', address = ''): ErrorCode | undefined => {
    const configured = metricsToken?.();
    if (configured === undefined) return undefined;
    // Digests have equal length, so the comparison takes constant time.
    const wanted = sha256(configured);
    const token = /^Bearer (.*)$/i.exec(authorization)?.[1];
    if (token === undefined) return 'unauthorized';
    try {
      return guesses.attempt(address, token, () => {
        if (!timingSafeEqual(sha256(token), wanted)) throw new VigiaError('unauthorized');
        return undefined;
      });
    } catch (error) {
      return publicError(error).code;
    }
  };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

function json(status: number, body: object): ProbeAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}
