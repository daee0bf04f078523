/**
 * The types of the REST API for `@vigia/client/rest`, from the OpenAPI document. (openapi-typescript needs a TypeScript
 * before 7.)
 */

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  description?: string;
  format?: string;
}

interface Operation {
  summary?: string;
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
  'x-required-role'?: string;
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const BASE = '/api/v1';
const isName = (key: string) => /^[A-Za-z_]\w*$/.test(key);
const quoted = (key: string) => (isName(key) ? key : JSON.stringify(key));

function typeOf(schema: Schema | undefined): string {
  if (!schema || Object.keys(schema).length === 0) return 'unknown';
  if (schema.$ref) return schema.$ref.split('/').at(-1) as string;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((it) => JSON.stringify(it)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(' | ');
  if (schema.allOf) return schema.allOf.map((it) => `(${typeOf(it)})`).join(' & ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `readonly (${typeOf(schema.items)})[]`;
    case 'object':
      return objectOf(schema);
    default:
      return schema.properties ? objectOf(schema) : 'unknown';
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(
    ([key, it]) =>
      `${quoted(key)}${required.includes(key) ? '' : '?'}: ${typeOf(it)}${required.includes(key) ? '' : ' | undefined'};`,
  );
  const others = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown';
  if (fields.length === 0) return `Readonly<Record<string, ${others}>>`;
  return `{ ${fields.join(' ')} }`;
}

const jsonIn = (content: Record<string, { schema: Schema }> | undefined) => content?.['application/json']?.schema;

function callOf(path: string, method: string, operation: Operation): string {
  const { parameters = [], requestBody, responses, summary } = operation;
  const given = (where: 'path' | 'query') => {
    const fields = parameters.filter((it) => it.in === where);
    if (fields.length === 0) return '';
    const isNeeded = fields.some(({ required }) => required);
    const types = fields.map(
      ({ name, required, schema }) =>
        `${quoted(name)}${required ? '' : '?'}: ${typeOf(schema)}${required ? '' : ' | undefined'};`,
    );
    return `${where}${isNeeded ? '' : '?'}: { ${types.join(' ')} }; `;
  };
  const body = jsonIn(requestBody?.content);
  const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const answer = [...new Set(answers.map(([, { content }]) => (content ? typeOf(jsonIn(content)) : 'undefined')))];
  const parts = [
    given('path'),
    given('query'),
    body ? `body${requestBody?.required ? '' : '?'}: ${typeOf(body)}; ` : '',
  ];
  const all = parts.join('') === '' ? 'Record<never, never>' : `{ ${parts.join('')}}`;
  const name = `'${method.toUpperCase()} ${path.slice(BASE.length)}'`;
  return `  /** ${summary} */\n  ${name}: { given: ${all}; answer: ${answer.join(' | ')} };`;
}

/** Of all calls with JSON, except those of players. */
export function restTypes({ paths, components }: OpenApi): string {
  const calls = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation['x-required-role'] !== 'device')
      .filter(([, { responses }]) => !responses[200]?.content?.['image/webp'])
      .map(([method, operation]) => callOf(path, method, operation)),
  );
  const schemas = Object.entries(components.schemas).map(([name, it]) => `export type ${name} = ${typeOf(it)};`);
  return [
    '// Generated from the OpenAPI document by `npm run docs`. Do not edit.',
    '// biome-ignore-all format: generated',
    '// biome-ignore-all lint: generated',
    '',
    ...schemas,
    '',
    '/** Each call with what it is given, and its answer. */',
    'export interface RestCalls {',
    ...calls,
    '}',
    '',
  ].join('\n');
}
