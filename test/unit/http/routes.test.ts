import { OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import { type HttpEnv, refuseUnsecured, secured } from '../../../src/http/secured.ts';
import { alertActs } from '../../../src/protocol/alert-acts.ts';
import { type Role, roles } from '../../../src/protocol/roles.ts';
import { createHarness } from '../../support/http-harness.ts';

interface Documented {
  'x-required-role'?: Role | 'device';
  'x-audit'?: string;
  security?: unknown;
  summary?: string;
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

/** Every call in the OpenAPI document, so new ones are covered automatically. */
async function everyCall() {
  const { app, call } = createHarness();
  const document = await (await call('GET', '/openapi.json', { as: null })).json();
  const calls = Object.entries<Record<string, Documented>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return { app, document, calls };
}

const { app, document, calls } = await everyCall();
const named = calls.map((it) => [`${it.method} ${it.path}`, it] as const);
/** Pictures of players are not audited, because a fleet sends them all day. */
const ofAdmins = named.filter(([, it]) => it.operation['x-required-role'] !== 'device');

describe('every call', () => {
  it('is in the OpenAPI document, which contains no others', () => {
    expect(named.map(([name]) => name).sort()).toEqual(
      [
        'GET /api/v1/devices',
        'GET /api/v1/devices/{id}/state',
        'GET /api/v1/devices/{id}/history',
        'GET /api/v1/fleet/state',
        'GET /api/v1/history',
        'GET /api/v1/reports/monthly',
        'GET /api/v1/reports/monthly.csv',
        'GET /api/v1/reports/logo',
        'GET /api/v1/stats',
        'GET /api/v1/me',
        'GET /api/v1/devices/{id}/periods',
        'POST /api/v1/devices',
        'GET /api/v1/devices/{id}',
        'PATCH /api/v1/devices/{id}',
        'DELETE /api/v1/devices/{id}',
        'DELETE /api/v1/devices',
        'POST /api/v1/devices/{id}/block',
        'DELETE /api/v1/devices/{id}/block',
        'GET /api/v1/blocks',
        'DELETE /api/v1/devices/{id}/restriction',
        'POST /api/v1/devices/{id}/token',
        'DELETE /api/v1/devices/{id}/token',
        'POST /api/v1/devices/{id}/snapshot',
        'POST /api/v1/devices/{id}/reports',
        'GET /api/v1/devices/{id}/reports',
        'GET /api/v1/devices/{id}/snapshots',
        'GET /api/v1/snapshots/{sid}',
        'GET /api/v1/snapshots/{sid}/thumbnail',
        'POST /api/v1/devices/{id}/commands',
        'GET /api/v1/devices/{id}/commands',
        'POST /api/v1/commands',
        'GET /api/v1/commands/{commandId}',
        'POST /api/v1/tokens',
        'GET /api/v1/tokens',
        'DELETE /api/v1/tokens/{id}',
        'GET /api/v1/pairings/{code}',
        'POST /api/v1/pairings/{code}',
        'POST /api/v1/tokens/exchange',
        'POST /api/v1/snapshots/links',
        'POST /api/v1/session',
        'DELETE /api/v1/session',
        'GET /api/v1/sessions',
        'DELETE /api/v1/sessions/{id}',
        'GET /api/v1/audit',
        'GET /api/v1/alerts',
        'GET /api/v1/alerts/{id}',
        ...alertActs.map((act) => `POST /api/v1/alerts/{id}/${act}`),
        'GET /api/v1/policies',
        ...['', '/groups/{group}', '/devices/{id}'].flatMap((whose) =>
          ['GET', 'PUT', 'DELETE'].map((method) => `${method} /api/v1${whose}/desired`),
        ),
        'GET /api/v1/schedules',
        'POST /api/v1/schedules',
        'POST /api/v1/schedules/preview',
        ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /api/v1/schedules/{id}`),
        'GET /api/v1/schedules/{id}/runs',
        ...['GET', 'POST'].map((method) => `${method} /api/v1/rollouts`),
        ...['GET {id}', 'GET {id}/devices', 'POST {id}/pause', 'POST {id}/resume', 'POST {id}/cancel'].map((it) =>
          it.replace(' ', ' /api/v1/rollouts/'),
        ),
        ...['GET', 'POST'].map((method) => `${method} /api/v1/views`),
        ...['PATCH', 'DELETE'].map((method) => `${method} /api/v1/views/{id}`),
        'GET /api/v1/channels',
        'POST /api/v1/channels',
        ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /api/v1/channels/{id}`),
        'POST /api/v1/channels/{id}/test',
        'GET /api/v1/webhooks',
        'POST /api/v1/webhooks',
        ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /api/v1/webhooks/{id}`),
        'POST /api/v1/webhooks/{id}/secret',
        'POST /api/v1/webhooks/{id}/test',
        'GET /api/v1/webhooks/{id}/deliveries',
        ...['default', 'groups/{group}', 'devices/{id}'].flatMap((whose) =>
          ['GET', 'PUT', 'DELETE'].map((method) => `${method} /api/v1/policies/${whose}`),
        ),
      ].sort(),
    );
    const handlers = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
    const documented = named.map(([name]) => name.replaceAll(/\{(.+?)\}/g, ':$1'));
    expect(new Set(handlers)).toEqual(
      new Set([
        ...documented,
        'GET /api/v1',
        'GET /api/v1/session',
        'GET /api/v1/pairing',
        'POST /api/v1/pairing',
        'GET /api/v1/openapi.json',
        'GET /api/docs',
        'GET /api/v1/pictures/:id/:what',
      ]),
    );
  });

  it.each(named)('A4 %s declares the required role: viewer reads, operator commands, admin manages', (name, it) => {
    const wanted: Role | 'device' = /^POST .*\/(snapshot|reports)$/.test(name)
      ? 'device'
      : /\/(exchange|links)$/.test(name)
        ? 'viewer'
        : /\/tokens|\/audit|\/webhooks|\/channels|\/pairings/.test(name) ||
            (it.method !== 'GET' &&
              !/commands|restriction|desired|rollouts|schedules|alerts|views|sessions?/.test(name))
          ? 'admin'
          : it.method === 'GET' || /\/sessions?/.test(name)
            ? 'viewer'
            : 'operator';
    expect(it.operation['x-required-role']).toBe(wanted);
    expect(it.operation.security).toEqual([{ bearer: [] }]);
  });

  it.each(named)('%s describes its answers and refusals', (_, { operation }) => {
    expect(operation.summary).toBeTruthy();
    const answers = Object.entries(operation.responses);
    expect(answers.some(([status]) => status.startsWith('2'))).toBe(true);
    // A device token is valid for one call only, so it is never forbidden elsewhere.
    const refusals = operation['x-required-role'] === 'device' ? ['400', '401', '500'] : ['400', '401', '403', '500'];
    for (const status of refusals) expect(operation.responses).toHaveProperty(status);
    for (const [status, { description, content }] of answers) {
      expect(description).not.toBe('');
      if (status >= '400') {
        expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
      }
    }
  });

  it.each(named)('%s refuses a missing or wrong token before it reads anything', async (_, it) => {
    for (const as of [null, 'guess']) {
      const { call, counted, audited } = createHarness();
      const body = it.method === 'GET' ? undefined : '{ broken';
      const answer = await call(it.method, fill(it.path), { as, body });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="vigia"');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect((await answer.json()).code).toBe('unauthorized');
      expect(counted).toEqual([`authFailure rest ${as ? 'wrong' : 'missing'}`, 'refused rest unauthorized']);
      expect(audited).toEqual([
        {
          actor: '192.0.2.1',
          kind: 'login.failed',
          outcome: 'unauthorized',
          details: { audience: 'rest', reason: as ? 'wrong' : 'missing' },
        },
      ]);
    }
  });

  it.each(ofAdmins)('A4 %s answers `forbidden` to every lower role, and records it', async (_, it) => {
    const needed = roles.indexOf(it.operation['x-required-role'] as Role);
    for (const [rank, role] of roles.entries()) {
      const { call, counted, log, audited } = createHarness();
      const answer = await call(it.method, fill(it.path), { as: role, ...(it.method !== 'GET' && { body: {} }) });
      if (rank >= needed) {
        expect([401, 403]).not.toContain(answer.status);
        continue;
      }
      expect(answer.status).toBe(403);
      expect((await answer.json()).code).toBe('forbidden');
      expect(counted).toEqual(['refused rest forbidden']);
      expect(JSON.parse(log[0] ?? '')).toMatchObject({ tokenId: `id-${role}`, role, method: it.method });
      expect(audited).toEqual([
        {
          actor: role,
          kind: 'request.refused',
          outcome: 'forbidden',
          details: {
            request: `${it.method} ${it.path.replaceAll(/\{(.+?)\}/g, ':$1')}`,
            tokenId: `id-${role}`,
            address: '192.0.2.1',
          },
        },
      ]);
    }
  });

  it.each(ofAdmins)(
    'U1 %s leaves one record in the audit if it changes something, whatever its outcome',
    async (_, it) => {
      const { call, audited } = createHarness();
      const answer = await call(it.method, fill(it.path), { ...(it.method !== 'GET' && { body: { nonsense: true } }) });
      if (it.method === 'GET' || /\/(preview|links)$/.test(it.path)) return expect(audited).toEqual([]);
      expect(audited).toHaveLength(1);
      expect(audited[0]).toMatchObject({ actor: 'admin', details: { tokenId: 'id-admin', address: '192.0.2.1' } });
      expect(audited[0]?.kind).toBe(it.operation['x-audit']);
      if (answer.status >= 400) expect(audited[0]?.outcome).toBe((await answer.json()).code);
    },
  );
});

describe('a route without a role', () => {
  const open = new OpenAPIHono<HttpEnv>();
  const route = { method: 'get', path: '/open', responses: { 204: { description: 'nothing' } } } as const;

  it('prevents the start, however it was added', () => {
    const plain = new OpenAPIHono<HttpEnv>();
    plain.get('/bare', (c) => c.body(null, 204));
    expect(() => refuseUnsecured(plain, [])).toThrow('GET /bare');
    open.openapi(route, (c) => c.body(null, 204));
    expect(() => refuseUnsecured(open, [])).toThrow('GET /open');
  });

  it('is allowed if it is public on purpose', () => {
    expect(() => refuseUnsecured(open, ['/open'])).not.toThrow();
    const guarded = new OpenAPIHono<HttpEnv>();
    guarded.openapi(secured('viewer', { ...route, path: '/guarded/{id}', reach: 'everybody' }), (c) =>
      c.body(null, 204),
    );
    expect(() => refuseUnsecured(guarded, [])).not.toThrow();
  });
});

describe('the documentation', () => {
  it('every reference of the OpenAPI document resolves', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const name of references) expect(document.components.schemas).toHaveProperty(name ?? '');
    expect(document.components.securitySchemes.bearer).toEqual({ type: 'http', scheme: 'bearer' });
    expect(document.info.version).toBe('1.2.3');
  });

  it('is a self-contained page whose style conforms to its policy', async () => {
    const answer = await createHarness().call('GET', '/api/docs', { as: null });
    const page = await answer.text();
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page).not.toMatch(/<script|<img|<link|src=|@import|url\(|https?:\/\/(?!media\.example)/);
    expect(page).toContain('prefers-color-scheme: dark');
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(style))).toString('base64');
    expect(answer.headers.get('content-security-policy')).toContain(`default-src 'none'; style-src 'sha256-${digest}'`);
  });

  it('names every call and every error code, and each of its links resolves', async () => {
    const page = await (await createHarness().call('GET', '/api/docs', { as: null })).text();
    for (const { path } of calls) expect(page).toContain(`<code>${path}</code>`);
    const anchors = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(anchors).toContain(target);
    for (const code of document.components.schemas.Problem.properties.code.enum) expect(anchors).toContain(code);
    expect(page).not.toMatch(/undefined|\[object|NaN/);
  });
});

const fill = (path: string): string => path.replaceAll(/\{.+?\}/g, 'none');
