import type { ErrorCode, Fault } from '../../protocol/errors.ts';
import type { Role } from '../../protocol/roles.ts';
import { basePath } from './base.ts';
import { RestError } from './errors.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The REST API with the browser's session. Errors are thrown as RestError. */
export interface Rest {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body?: object): Promise<T>;
  put<T>(path: string, body: object): Promise<T>;
  /** With a version, fails with `conflict` if the resource has another one. */
  patch<T>(path: string, body: object, version?: number): Promise<T>;
  delete(path: string): Promise<void>;
  /** A screenshot or another file; `url` as returned by the server, beginning with `/`. */
  blob(url: string, signal?: AbortSignal): Promise<Blob>;
}

interface Problem {
  code: ErrorCode;
  detail: string;
  errors?: readonly Fault[];
}

const refusalOf = async (response: Response): Promise<RestError> => {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  return new RestError(problem?.code ?? 'unknown', response.status, problem?.detail ?? '', problem?.errors);
};

/** Who is signed in. */
export interface Opened {
  id: string;
  name: string;
  role: Role;
  groups?: readonly string[];
  now: string;
}

/** An identity provider, and where to go to sign in there. */
export interface Oidc {
  name: string;
  path: string;
}

/**
 * The session of this browser, or a new one with a token. Null: there is none; then with how to sign in.
 * @throws RestError
 */
export async function askSession(token?: string): Promise<{ session: Opened | null; oidc?: Oidc }> {
  const response = await fetch(`${basePath}/api/v1/session`, {
    method: token === undefined ? 'GET' : 'POST',
    headers: { 'x-vigia-session': '1', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  }).catch(() => {
    throw new RestError('unreachable', 0, '');
  });
  if (!response.ok) throw await refusalOf(response);
  const answer = await response.json();
  return token === undefined ? answer : { session: answer };
}

/** @param onUnauthorized called when the session has ended */
export function createRest(onUnauthorized: (error: RestError) => void): Rest {
  async function call(
    method: string,
    url: string,
    body?: object,
    signal?: AbortSignal,
    more?: Record<string, string>,
  ): Promise<Response> {
    const headers: Record<string, string> = { 'x-vigia-session': '1', ...more };
    if (body) headers['content-type'] = 'application/json';
    const response = await fetch(url, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    }).catch((error) => {
      if (signal?.aborted) throw error;
      throw new RestError('unreachable', 0, '');
    });
    if (response.ok) return response;
    const error = await refusalOf(response);
    if (error.status === 401) onUnauthorized(error);
    throw error;
  }

  const at = (path: string) => `${basePath}/api/v1${path}`;
  const json = async (response: Promise<Response>) => {
    const text = await (await response).text();
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    get: (path, query, signal) => json(call('GET', at(path) + textOf(query), undefined, signal)),
    post: (path, body) => json(call('POST', at(path), body)),
    put: (path, body) => json(call('PUT', at(path), body)),
    patch: (path, body, version) =>
      json(call('PATCH', at(path), body, undefined, version === undefined ? {} : { 'if-match': `"${version}"` })),
    delete: async (path) => void (await call('DELETE', at(path))),
    blob: async (url, signal) => (await call('GET', basePath + url, undefined, signal)).blob(),
  };
}

function textOf(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text && `?${text}`;
}
