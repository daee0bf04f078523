import type { ErrorCode } from '../protocol/errors.ts';
import { diagnose, parseUrl } from './diagnosis.ts';
import { ClientError, callSafely } from './errors.ts';

export interface PairingOptions {
  /** Base URL of the server, e.g. `https://vigia.example`. */
  url: string;
  /** Shown to the operator, to recognize this player. */
  info?: { name?: string; type?: string; appVersion?: string };
  /** Shows the code, which the operator types in the console. Called again with another code when one has expired. */
  onCode(code: string, expiresAt: Date): void;
  /** Called when the server cannot be reached or refuses for now. The library keeps trying. */
  onError?(error: ClientError): void;
  /** Ends the attempt. */
  signal?: AbortSignal;
}

/** For `connectPlayer`. Store it: the token is handed over once. */
export interface PairedPlayer {
  deviceId: string;
  token: string;
}

interface Started {
  code: string;
  secret: string;
  expiresAt: string;
  pollMs: number;
}

type Progress = { status: 'waiting' } | { status: 'paired'; deviceId: string; token: string };

const RETRY_MS = 5000;

/**
 * Gets a token of its own for a player that has none (SPEC P14): shows a code until an operator has typed it.
 * @throws ClientError `bad_url`; the signal's reason
 */
export async function pairPlayer({ url, info, onCode, onError, signal }: PairingOptions): Promise<PairedPlayer> {
  parseUrl(url);
  const query = new URLSearchParams(info ?? {}).toString();
  for (;;) {
    if (signal?.aborted) throw signal.reason;
    try {
      const started = (await ask(url, 'POST', query && `?${query}`, undefined, signal)) as Started;
      callSafely(() => onCode(started.code, new Date(started.expiresAt)));
      const paired = await approved(started);
      if (paired) return paired;
    } catch (error) {
      failed(error);
      await pause(RETRY_MS, signal);
    }
  }

  /** Undefined once the code is over. */
  async function approved({ secret, pollMs }: Started): Promise<PairedPlayer | undefined> {
    for (;;) {
      await pause(pollMs, signal);
      try {
        const progress = (await ask(url, 'GET', '', secret, signal)) as Progress | undefined;
        if (!progress) return undefined;
        if (progress.status === 'paired') return { deviceId: progress.deviceId, token: progress.token };
      } catch (error) {
        failed(error);
      }
    }
  }

  function failed(error: unknown): void {
    if (signal?.aborted || !(error instanceof ClientError)) throw error;
    if (onError) callSafely(() => onError(error));
  }
}

/**
 * Undefined: there is no such pairing.
 * @throws ClientError
 */
async function ask(
  url: string,
  method: 'GET' | 'POST',
  query: string,
  secret: string | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const address = parseUrl(url);
  const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  const init = { method, headers, ...(signal && { signal }) };
  const response = await fetch(`${address.origin}${address.path}/api/v1/pairing${query}`, init).catch(async (error) => {
    if (signal?.aborted) throw error;
    throw await diagnose(address, error);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  if (response.status === 404 && secret !== undefined) return undefined;
  const { code, detail } = (answer ?? {}) as { code?: ErrorCode; detail?: string };
  throw new ClientError({ code: code ?? 'unavailable', message: detail ?? `The answer was ${response.status}.` });
}

const pause = (ms: number, signal: AbortSignal | undefined) =>
  new Promise<void>((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
