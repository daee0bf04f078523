import { HTTPException } from 'hono/http-exception';
import { describe, expect, it } from 'vitest';
import { problemOf } from '../../../src/http/problem.ts';
import { type ErrorCode, errors, VigiaError } from '../../../src/protocol/errors.ts';
import { createHarness } from '../../support/http-harness.ts';

it('M1 each request is timed, by its method and status class', async () => {
  const timed: string[] = [];
  const request = (method: string, status: number) => void timed.push(`${method} ${status}`);
  const { call } = createHarness({ metrics: { authFailure: () => {}, refused: () => {}, request } });
  await call('GET', '/api/v1/devices');
  await call('GET', '/api/v1/devices', { as: null });
  await call('GET', '/api/v1/nothing');
  await call('GET', '/api/docs', { as: null });
  expect(timed).toEqual(['GET 2', 'GET 4', 'GET 4', 'GET 2']);
});

describe('a problem', () => {
  it.each(Object.keys(errors) as ErrorCode[])(
    'of code %s has the status of the table, and states its meaning',
    async (code) => {
      const details = [{ path: 'a.b', message: 'wrong' }];
      const { response } = problemOf(new VigiaError(code, 'What happened.', details));
      expect(response.status).toBe(errors[code].http);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toEqual({
        type: `/api/docs#${code}`,
        title: errors[code].meaning,
        status: errors[code].http,
        detail: 'What happened.',
        code,
        errors: details,
      });
    },
  );

  it('of any other error is `internal`, and reveals nothing', async () => {
    for (const thrown of [new Error('postgres://user:secret@db'), 'text', undefined, new HTTPException(500)]) {
      const { code, response } = problemOf(thrown);
      expect(code).toBe('internal');
      expect(await response.json()).toEqual({
        type: '/api/docs#internal',
        title: errors.internal.meaning,
        status: 500,
        detail: errors.internal.meaning,
        code: 'internal',
      });
    }
  });
});

describe('errors on the way', () => {
  it('a server fault is logged with the request id that the client sees, and nothing leaks', async () => {
    const { call, known, log, counted } = createHarness();
    known.get = () => {
      throw new Error('the secret cause');
    };
    const answer = await call('GET', '/devices/a');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret cause');
    expect(JSON.parse(log[0] ?? '')).toMatchObject({
      level: 50,
      requestId: answer.headers.get('x-request-id'),
      path: '/api/v1/devices/a',
      err: { message: 'the secret cause' },
    });
    expect(log.join()).not.toContain('Bearer');
    expect(counted).toEqual(['refused rest internal']);
  });

  it.each([
    ['{ broken', 'The body is not JSON.'],
    ['', 'The body is not JSON.'],
  ])('a body that is not JSON (%j) is invalid_payload', async (body, detail) => {
    const answer = await createHarness().call('POST', '/devices', { body });
    expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_payload', detail });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', undefined])(
    'a body of type %s is refused',
    async (type) => {
      const { app } = createHarness();
      const answer = await app.request('/api/v1/devices', {
        method: 'POST',
        headers: { authorization: 'Bearer admin', ...(type && { 'content-type': type }) },
        // Bytes, so that the platform adds no content type.
        body: new TextEncoder().encode('{"id":"a"}'),
      });
      expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_payload' });
    },
  );

  it('a body over the limit is payload_too_large, with or without its length', async () => {
    const { call, counted, known } = createHarness({ maxBodyBytes: 100 });
    const body = JSON.stringify({ id: 'a', name: 'x'.repeat(100) });
    for (const headers of [undefined, { 'content-length': String(body.length) }]) {
      const answer = await call('POST', '/devices', { body, ...(headers && { headers }) });
      expect(await answer.json()).toMatchObject({ status: 413, code: 'payload_too_large' });
    }
    expect(counted).toEqual(['refused rest payload_too_large', 'refused rest payload_too_large']);
    expect(known.size).toBe(0);
  });

  it('an unknown path answers a 404 problem', async () => {
    const { call } = createHarness();
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['GET', '/devices/a/b/c'],
      ['GET', '/api'],
    ] as const) {
      const answer = await call(method, path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect((await answer.json()).detail).toContain(method);
    }
  });

  it.each([
    ['PUT', '/devices', 'GET, HEAD, POST, DELETE'],
    ['POST', '/devices/a', 'GET, HEAD, PATCH, DELETE'],
    ['DELETE', '/api/docs', 'GET, HEAD'],
  ])('%s %s, where other methods exist, answers a 405 problem that names them', async (method, path, allowed) => {
    const answer = await createHarness().call(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allowed);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 405, code: 'invalid_payload' });
  });

  it('under /api/v1 an unauthenticated client cannot find out which paths exist', async () => {
    expect((await createHarness().call('GET', '/nothing', { as: null })).status).toBe(401);
  });
});

describe('headers', () => {
  it.each(['/devices', '/devices/none', '/openapi.json', '/nothing'])(
    'of %s restrict browsers and caches',
    async (path) => {
      const { headers } = await createHarness().call('GET', path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
    },
  );

  const asked = (origin: string) => ({ as: null, headers: { origin, 'access-control-request-method': 'PATCH' } });

  it('without CORS_ORIGINS no other origin is allowed', async () => {
    const { call } = createHarness();
    const answer = await call('OPTIONS', '/devices', asked('https://console.example'));
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('with CORS_ORIGINS those are allowed and no others, also for refusals', async () => {
    const { call } = createHarness({ corsOrigins: ['https://console.example'] });
    const before = await call('OPTIONS', '/devices', asked('https://console.example'));
    expect(before.status).toBe(204);
    expect(before.headers.get('access-control-allow-origin')).toBe('https://console.example');
    expect(before.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(before.headers.get('access-control-allow-methods')).toContain('PATCH');
    const refused = await call('GET', '/devices', asked('https://console.example'));
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://console.example');
    expect(refused.headers.get('access-control-expose-headers')).toContain('ETag');
    const other = await call('OPTIONS', '/devices', asked('https://elsewhere.example'));
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('with CORS_ORIGINS=* any origin is allowed', async () => {
    const answer = await createHarness({ corsOrigins: '*' }).call('GET', '/devices', {
      headers: { origin: 'https://any.example' },
    });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  });
});

it('R9 a request body that its sender aborts is no server fault', () => {
  const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  expect(problemOf(aborted).code).toBe('invalid_payload');
  expect(problemOf(new Error('read ECONNRESET')).code).toBe('internal');
});
