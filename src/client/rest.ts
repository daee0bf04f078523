import { callRest } from './call-rest.ts';
import type { RestCalls } from './rest-calls.ts';
import type { TokenSource } from './token.ts';

export type * from './rest-calls.ts';
export type { TokenSource } from './token.ts';

type Needed<Given> = Record<never, never> extends Given ? [given?: Given] : [given: Given];
interface Parts {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/**
 * Calls the server's REST API: `rest('GET /devices/{id}', { path: { id } })`. The types of what a call is given and of its
 * answer are those of the server's OpenAPI document.
 */
export type Rest = <Call extends keyof RestCalls>(
  call: Call,
  ...given: Needed<RestCalls[Call]['given']>
) => Promise<RestCalls[Call]['answer']>;

/** Each call rejects with a ClientError. */
export function createRest(to: { url: string; token?: TokenSource | undefined }): Rest {
  return async (call, ...[given]) => {
    const [method = '', template = ''] = call.split(' ');
    const { path = {}, query = {}, body } = (given ?? {}) as Parts;
    const where = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const it of Array.isArray(value) ? value : [value]) if (it !== undefined) asked.append(name, String(it));
    }
    const search = asked.toString();
    const sent = body === undefined ? { method } : { method, type: 'application/json', body: JSON.stringify(body) };
    return (await callRest(to, search ? `${where}?${search}` : where, sent, 'The request was refused')) as never;
  };
}
