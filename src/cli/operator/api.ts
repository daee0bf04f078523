import { certificateRemedy } from '../../client/diagnosis.ts';
import { type Call, CliError } from './command.ts';
import { type Server, serverOf } from './server.ts';

type Query = Record<string, string | number | undefined>;

export interface Api {
  get<T>(path: string, query?: Query): Promise<T>;
  /** For responses that are not JSON. */
  text(path: string, query?: Query): Promise<string>;
  /** All items of a paginated list. Pages are requested on demand. */
  pages<T>(path: string, list: string, query?: Query): AsyncGenerator<T>;
  post<T>(path: string, body: object): Promise<T>;
  put<T>(path: string, body: object): Promise<T>;
  patch<T>(path: string, body: object): Promise<T>;
  remove(path: string): Promise<void>;
}

const ANSWER_WAIT_MS = 60_000;

export async function apiOf(call: Call): Promise<Api> {
  return createApi(await serverOf(call));
}

/** A client of the REST API. Errors of the server become a CliError. */
export function createApi({ url, token }: Server): Api {
  async function ask<T>(method: string, path: string, body?: object): Promise<T> {
    const text = await textOf(method, path, body);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async function textOf(method: string, path: string, body?: object): Promise<string> {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
    const signal = AbortSignal.timeout(ANSWER_WAIT_MS);
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      signal,
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw unreachable(url, error);
    });
    const text = await response.text();
    if (!response.ok) throw refused(url, response.status, text);
    return text;
  }

  const get = <T>(path: string, query: Query = {}) => ask<T>('GET', path + search(query));
  return {
    get,
    text: (path, query = {}) => textOf('GET', path + search(query)),
    async *pages<T>(path: string, list: string, query: Query = {}) {
      let cursor = query.cursor as string | undefined;
      do {
        const page: Record<string, unknown> = await get(path, { ...query, cursor });
        yield* page[list] as T[];
        cursor = page.cursor as string | undefined;
      } while (cursor !== undefined);
    },
    post: (path, body) => ask('POST', path, body),
    put: (path, body) => ask('PUT', path, body),
    patch: (path, body) => ask('PATCH', path, body),
    remove: (path) => ask('DELETE', path),
  };
}

export const at = (strings: TemplateStringsArray, ...parts: string[]): string =>
  String.raw({ raw: strings.raw }, ...parts.map(encodeURIComponent));

export function unreachable(url: string, error: Error): CliError {
  const { code } = ((error as { cause?: unknown }).cause ?? error) as { code?: string };
  const about = code ? ` (${code})` : '';
  const remedy = certificateRemedy(code ?? '');
  if (remedy) return new CliError(`The certificate of ${url} is not accepted${about}. ${remedy}`);
  return new CliError(`No vigia answers at ${url}${about}: start it, or name another by --url.`);
}

function search(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size > 0 ? `?${given}` : '';
}

interface Problem {
  code?: string;
  detail?: string;
  errors?: { path: string; message: string }[];
}

function refused(url: string, status: number, text: string): CliError {
  let problem: Problem = {};
  try {
    problem = JSON.parse(text);
  } catch {}
  if (!problem.code) return new CliError(`${url} answered ${status}, but not as vigia does: is it the right URL?`);
  return new CliError(describe(problem));
}

/** An error of the server, in one line. */
export function describe({ code, detail, errors }: Problem): string {
  if (code === 'unauthorized') return 'This token is not valid there: give an admin token with --token or VIGIA_TOKEN.';
  if (errors?.length) return errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return detail ?? code ?? 'refused';
}
