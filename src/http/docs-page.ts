import { createHash } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { html, raw } from 'hono/html';
import { errors } from '../protocol/errors.ts';
import { ROLE } from './secured.ts';

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;
type Markup = ReturnType<typeof html>;

/** The parts of JSON Schema that the document uses. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  pattern?: string;
  example?: unknown;
}

interface Content {
  [mediaType: string]: { schema?: Schema; example?: unknown };
}

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  [ROLE]?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content: Content };
  responses?: Record<string, { description: string; content?: Content }>;
}

/** Renders the OpenAPI document as one page without scripts and requests. `csp` allows only its own style. */
export function renderDocs(document: Document): { html: string; csp: string } {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ method, path, operation })),
  );
  const tags = (document.tags ?? []).map(({ name }) => name);
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>);

  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} API ${document.info.version}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${document.info.title} <small>${document.info.version}</small></h1>
<p>${document.info.description ?? ''} Send a token as <code>Authorization: Bearer …</code>.
The same as <a href="v1/openapi.json">OpenAPI 3.1</a>, for machines.</p>
<nav>${[...tags, 'Schemas', 'Errors'].map((name) => html`<a href="#${name}">${name}</a> `)}</nav>
</header>
<main>
${tags.map(
  (tag) => html`<section id="${tag}"><h2>${tag}</h2>
${operations.filter(({ operation }) => operation.tags?.includes(tag)).map(renderOperation)}</section>`,
)}
<section id="Schemas"><h2>Schemas</h2>
${schemas.map(
  ([name, schema]) => html`<article id="schema-${name}"><h3>${name}</h3>
<p>${schema.description ?? ''}</p>${renderProperties(schema)}</article>`,
)}</section>
<section id="Errors"><h2>Errors</h2>
<p>Every refusal is a <a href="#schema-Problem">Problem</a> with one of these codes.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>Does trying again help?</th></tr></thead><tbody>
${Object.entries(errors).map(
  ([code, { http, meaning, retry }]) => html`<tr id="${code}"><td><code>${code}</code></td><td>${http}</td>
<td>${prose(meaning)}</td><td>${retry ? 'yes' : 'no'}</td></tr>`,
)}</tbody></table></section>
</main>
</body>
</html>`;

  const hash = createHash('sha256').update(STYLE).digest('base64');
  return {
    html: String(page),
    csp: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function renderOperation({ method, path, operation }: { method: string; path: string; operation: Operation }): Markup {
  const body = Object.values(operation.requestBody?.content ?? {})[0];
  const example = body?.example ?? body?.schema?.example;
  return html`<article>
<h3><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code> <i>${operation[ROLE] ?? 'public'}</i></h3>
<p>${operation.summary ?? ''}. ${operation.description ?? ''}</p>
${
  operation.parameters &&
  html`<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>
${operation.parameters.map(
  ({ name, in: place, required, description, schema }) => html`<tr><td><code>${name}</code>${star(required)}</td>
<td>${place}</td><td>${renderType(schema)}</td><td>${description ?? ''}${otherwise(schema)}</td></tr>`,
)}</tbody></table>`
}
${
  body?.schema &&
  html`<h4>Body</h4>${body.schema.$ref ? html`<p>${renderType(body.schema)}</p>` : renderProperties(body.schema)}`
}
${example !== undefined && html`<pre>${JSON.stringify(example, null, 2)}</pre>`}
<table><thead><tr><th>Answer</th><th>Body</th><th>Meaning</th></tr></thead><tbody>
${Object.entries(operation.responses ?? {}).map(
  ([status, { description, content }]) => html`<tr><td>${status}</td>
<td>${renderType(Object.values(content ?? {})[0]?.schema)}</td><td>${prose(description)}</td></tr>`,
)}</tbody></table>
</article>`;
}

function renderProperties(schema: Schema): Markup {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return html`<p>${renderType(schema)}</p>`;
  return html`<table><thead><tr><th>Property</th><th>Type</th><th>Meaning</th></tr></thead><tbody>
${properties.map(
  ([name, property]) => html`<tr><td><code>${name}</code>${star(schema.required?.includes(name))}</td>
<td>${renderType(property)}</td><td>${property.description ?? ''}${otherwise(property)}</td></tr>`,
)}</tbody></table>`;
}

/** A short text for a type, with links to named schemas: `string ≤ 64 | null`, `array of Device`. */
function renderType(schema: Schema | undefined): Markup | string {
  if (!schema) return '';
  const { $ref, anyOf, oneOf, allOf, enum: values, items, properties, additionalProperties } = schema;
  if ($ref) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const parts = anyOf ?? oneOf ?? allOf;
  if (parts) return html`${parts.map((part, i) => html`${i > 0 ? ' | ' : ''}${renderType(part)}`)}`;
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (items) return html`array of ${renderType(items)}${schema.maxItems ? `, at most ${schema.maxItems}` : ''}`;
  if (properties) {
    const entries = Object.entries(properties);
    return html`{ ${entries.map(([name, of], i) => html`${i > 0 ? ', ' : ''}${name}: ${renderType(of)}`)} }`;
  }
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0) {
    return html`object of ${renderType(additionalProperties)}`;
  }
  return [schema.format ?? [schema.type ?? 'anything'].flat().join(' | '), bounds(schema), schema.pattern]
    .filter(Boolean)
    .join(' ');
}

function bounds({ minimum, maximum, minLength, maxLength }: Schema): string {
  const low = minimum ?? minLength;
  const high = maximum ?? maxLength;
  const unit = maxLength === undefined && minLength === undefined ? '' : ' characters';
  if (low !== undefined && high !== undefined) return `${low}–${high}${unit}`;
  if (high !== undefined) return `≤ ${high}${unit}`;
  return low === undefined ? '' : `≥ ${low}${unit}`;
}

/** Text with `quoted` words as code. */
const prose = (text: string): (Markup | string)[] =>
  text.split('`').map((part, i) => (i % 2 ? html`<code>${part}</code>` : part));
const star = (required: boolean | undefined): Markup | string => (required ? html`<sup title="required">*</sup>` : '');
const otherwise = (schema: Schema | undefined): string =>
  schema?.default === undefined ? '' : ` Otherwise ${JSON.stringify(schema.default)}.`;

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: #0b62c4; --muted: #4d5866 }
@media (prefers-color-scheme: dark) { :root { --link: #7cb8ff; --muted: #aab4c2 } body { background: #0e1115; color: #e3e7ed } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem 1.25rem 4rem }
h1 small { font-size: 1rem; font-weight: 400; color: var(--muted) }
h2 { margin-top: 3rem; border-bottom: 2px solid var(--line) }
h3 { margin: 0; font-size: 1.05rem }
h4 { margin: .75rem 0 0 }
h3 b { font: 700 .8rem ui-monospace, monospace; padding: .15rem .45rem; border-radius: .3rem; background: #36c; color: #fff }
h3 b.post { background: #27763d } h3 b.patch { background: #8a5a00 } h3 b.delete { background: #b3261e }
h3 i { float: right; font: .8rem system-ui, sans-serif; padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem }
article { margin: 1rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; overflow-x: auto }
article p { margin: .4rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin-top: .5rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--muted) }
tr:target { background: var(--soft) }
code, pre { font: .9em ui-monospace, monospace }
pre { background: var(--soft); padding: .75rem; border-radius: .4rem; overflow-x: auto }
a { color: var(--link) }
nav a { margin-right: 1rem }
`;
