import { expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';

function capture(logLevel = 'info') {
  const lines: string[] = [];
  const log = createLogger({ logLevel, nodeId: 'node-a' }, { write: (line) => lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> };
}

const SECRET = 'hunter2';

test('a line is JSON, with an ISO time, the level by name and the instance', () => {
  const { log, last } = capture();
  log.info({ deviceId: 'lobby' }, 'device online');
  expect(last()).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    node: 'node-a',
    deviceId: 'lobby',
    msg: 'device online',
  });
});

test('LOG_LEVEL decides what is written', () => {
  const { log, lines } = capture('warn');
  log.info('no');
  log.warn('yes');
  expect(lines).toHaveLength(1);
});

test.each([
  ['at the top', { token: SECRET, METRICS_TOKEN: SECRET, adminToken: SECRET, Authorization: SECRET, password: SECRET }],
  ['nested', { a: { b: [{ c: { d: { playerToken: SECRET } } }] } }],
  [
    'in a handshake',
    {
      handshake: {
        auth: { token: SECRET, authToken: SECRET, deviceId: 'lobby' },
        headers: { authorization: `Bearer ${SECRET}`, cookie: SECRET, host: 'localhost' },
      },
    },
  ],
  ['as an object', { token: { value: SECRET } }],
])('no secret is written: %s', (_, object) => {
  const { log, lines } = capture();
  log.info(object, 'a message');
  log.child(object).info('a child');
  log.child({ name: 'a child' }).child(object).info('a grandchild');
  expect(lines).toHaveLength(3);
  expect(lines.join()).not.toContain(SECRET);
  expect(lines.join()).toContain('[redacted]');
});

test('no secret is written: in errors, whatever their keys, their causes and their parts', () => {
  const withSecret = (message: string) => Object.assign(new Error(message), { request: { authToken: SECRET } });
  const { log, lines } = capture();
  log.error(withSecret('bare'));
  log.error({ err: withSecret('err'), error: withSecret('error'), nested: { reason: withSecret('reason') } });
  log.error({ err: new Error('outer', { cause: withSecret('inner') }) });
  log.error({ err: new AggregateError([withSecret('part')]) });
  expect(lines.join()).not.toContain(SECRET);
  for (const message of ['bare', 'err', 'error', 'reason', 'inner', 'part']) expect(lines.join()).toContain(message);
});

test('an error keeps its type, message and stack', () => {
  const { log, last } = capture();
  log.error({ err: new TypeError('no such thing') }, 'it failed');
  expect(last()).toMatchObject({
    msg: 'it failed',
    err: { type: 'TypeError', message: 'no such thing', stack: expect.stringContaining('log.test.ts') },
  });
});

test('logging does not change the logged value; cycles and bytes do no harm', () => {
  const { log, last } = capture();
  const object: Record<string, unknown> = { token: SECRET, bytes: Buffer.alloc(1_000_000), at: new Date(0) };
  object.self = object;
  log.info(object);
  expect(object.token).toBe(SECRET);
  expect(last()).toMatchObject({ bytes: '[1000000 bytes]', at: '1970-01-01T00:00:00.000Z' });
});
