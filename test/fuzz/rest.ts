import { request } from 'node:http';
import type { Random } from './random.ts';
import { concurrently, type Fuzzer, refuseFault, type Target } from './target.ts';

interface Operation {
  method: string;
  path: string;
  query: string[];
  body: Schema | undefined;
}
type Schema = Record<string, unknown>;

const TIMES = ['2026-01-01T00:00:00Z', '2026-12-31T00:00:00Z', '0001-01-01T00:00:00Z'];
const KNOWN = ['fuzz-0', 'fuzz-1', 'default', 'groups/default', 'once', 'all', '1', 'open'];

/** The calls in the server's OpenAPI document. */
async function operations({ url }: Target): Promise<Operation[]> {
  const document = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { parameters?: { in: string; name: string }[]; requestBody?: Schema }>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((it) => it.in === 'query').map(({ name }) => name),
      body: (requestBody as { content?: Record<string, { schema: Schema }> })?.content?.['application/json']?.schema,
    })),
  );
}

/** A value that usually conforms to the schema. */
function example(random: Random, schema: Schema, depth = 4): unknown {
  const { type, properties, items, enum: values, const: only, anyOf, oneOf, allOf } = schema as Record<string, never>;
  if (only !== undefined) return only;
  if (values) return random.pick(values as unknown[]);
  const choices = (anyOf ?? oneOf ?? allOf) as Schema[] | undefined;
  if (choices && choices.length > 0) return example(random, random.pick(choices), depth);
  if (depth === 0) return random.json(1);
  if (properties) {
    const some = Object.entries(properties as Record<string, Schema>).filter(() => !random.chance(3));
    return Object.fromEntries(some.map(([key, it]) => [key, example(random, it, depth - 1)]));
  }
  if (type === 'array')
    return Array.from({ length: random.below(3) }, () => example(random, (items ?? {}) as Schema, depth - 1));
  if (type === 'string') return random.chance(3) ? random.text() : random.pick([...KNOWN, ...TIMES]);
  if (type === 'integer' || type === 'number') return random.pick([0, 1, 10, -1, 1e15, 0.5]);
  if (type === 'boolean') return random.chance(2);
  return random.json(2);
}

/** Includes percent-escapes of any bytes. */
function piece(random: Random): string {
  if (random.chance(2)) return encodeURIComponent(random.pick([...KNOWN, ...TIMES]));
  return random
    .bytes(8)
    .reduce((text, byte) => `${text}%${byte.toString(16).padStart(2, '0')}`, random.pick(['', 'a', '..%2f']));
}

function ask(
  { port, adminToken, playerToken }: Target,
  method: string,
  path: string,
  body: string | undefined,
  random: Random,
) {
  return new Promise<string>((resolve) => {
    const token = random.chance(200) ? playerToken : adminToken;
    const asked = request(
      {
        port,
        host: '127.0.0.1',
        method,
        path,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': random.chance(20) ? 'text/plain' : 'application/json' }),
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (more) => {
          text += more;
        });
        answer.on('close', () => resolve(`HTTP/1.1 ${answer.statusCode} ${text}`));
      },
    );
    asked.on('error', () => resolve(''));
    asked.setTimeout(3000, () => asked.destroy());
    asked.end(body);
  });
}

/** REST: every declared call, with unexpected input. */
export const rest: Fuzzer = async (target, random, goesOn) => {
  const all = await operations(target);
  return concurrently(8, goesOn, async () => {
    const { method, path, query, body } = random.pick(all);
    const place = path.replaceAll(/\{.+?\}/g, () => piece(random));
    const asked = query.filter(() => random.chance(2)).map((name) => `${name}=${piece(random)}`);
    const full = `${place}${asked.length > 0 ? `?${asked.join('&')}` : ''}`;
    const made = body && random.mutated(example(random, body), 10);
    const text = made === undefined ? undefined : (JSON.stringify(made) ?? '');
    refuseFault(await ask(target, method, full, text, random), `${method} ${full} ${text?.slice(0, 500) ?? ''}`);
  });
};
