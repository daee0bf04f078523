import { describe, expect, it } from 'vitest';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { createHarness } from '../../support/http-harness.ts';

const AT = Date.parse('2026-03-01T12:00:00.000Z');

/** As many entries, a second apart, of three kinds in turn. */
async function harnessWith(count: number) {
  const harness = createHarness();
  const kinds = ['device.created', 'device.edited', 'token.created'];
  await harness.auditLog.write(
    Array.from({ length: count }, (_, i) => ({
      id: `id0000000${String(i).padStart(4, '0')}`,
      at: AT + i * 1000,
      actor: i % 2 ? 'anna' : 'bea',
      kind: kinds[i % 3] as string,
      outcome: 'ok',
    })),
  );
  const page = async (query: string) => (await harness.call('GET', `/audit?${query}`)).json();
  return { ...harness, page };
}

describe('GET /audit', () => {
  it('U5 is read newest first, page by page, each record once', async () => {
    const { page } = await harnessWith(25);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { records, cursor: next } = await page(`limit=10${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...records.map((it: { id: string }) => it.id));
      cursor = next;
    } while (cursor);
    expect(seen).toHaveLength(25);
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it('U5 filters by actor, kind, the prefix of a kind, and time', async () => {
    const { page } = await harnessWith(12);
    const kindsOf = ({ records }: { records: { kind: string }[] }) => [...new Set(records.map(({ kind }) => kind))];
    expect((await page('actor=anna')).records).toHaveLength(6);
    expect(kindsOf(await page('kind=device.edited'))).toEqual(['device.edited']);
    expect(kindsOf(await page('kind=device.'))).toEqual(['device.edited', 'device.created']);
    const { records } = await page('from=2026-03-01T12:00:03Z&to=2026-03-01T13:00:05%2B01:00');
    expect(records.map((it: { at: string }) => it.at)).toEqual([
      '2026-03-01T12:00:04.000Z',
      '2026-03-01T12:00:03.000Z',
    ]);
  });

  it.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30T00:00:00Z', 'from'],
    ['to=2026-03-01T12:00:00', 'to'],
    ['from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'to'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['kind=Robert%27)%3B%20DROP', 'kind'],
    ['cursor=', 'cursor'],
    ['cursor=bG9iYnktMDE', 'cursor'],
    ['cursor=%00', 'cursor'],
  ])('?%s is invalid_payload at %s', async (query, path) => {
    const answer = await createHarness().call('GET', `/audit?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path }] });
  });
});

describe('what is recorded', () => {
  it('U1 of a device: its id, which fields, and never a token', async () => {
    const { call, audited } = createHarness();
    await call('POST', '/devices', { body: { id: 'a', name: 'A', group: 'g' } });
    await call('PATCH', '/devices/a', { body: { labels: { floor: '3' } } });
    await call('POST', '/devices/a/token');
    await call('DELETE', '/devices/a');
    expect(audited).toMatchObject([
      { kind: 'device.created', deviceId: 'a', outcome: 'ok', details: { fields: ['name', 'group'] } },
      { kind: 'device.edited', deviceId: 'a', outcome: 'ok', details: { fields: ['labels'] } },
      { kind: 'device.token_rotated', deviceId: 'a', outcome: 'ok' },
      { kind: 'device.removed', deviceId: 'a', outcome: 'ok' },
    ]);
    expect(JSON.stringify(audited)).not.toMatch(/secret-|Bearer/);
  });

  it('U1 of a command for many: one record, with the number of devices', async () => {
    const { call, add, audited } = createHarness();
    for (const id of ['a', 'b']) add(id);
    await call('POST', '/commands', { as: 'operator', body: { deviceIds: ['a', 'b', 'c'], command: 'vlc:play' } });
    expect(audited).toMatchObject([
      { actor: 'operator', kind: 'command.sent', details: { command: 'vlc:play', devices: 3, refused: 1 } },
    ]);
  });

  it('U1 of a command with wait: at once, not when it ends', async () => {
    const { call, add, audited, waiting, end } = createHarness();
    add('a');
    const answer = call('POST', '/devices/a/commands?wait=true', { body: { command: 'vlc:play', commandId: 'c-1' } });
    await expect.poll(() => waiting).toEqual(['c-1']);
    expect(audited).toMatchObject([{ kind: 'command.sent', deviceId: 'a', details: { commandId: 'c-1', devices: 1 } }]);
    end('c-1', 'success');
    await answer;
    expect(audited).toHaveLength(1);
  });

  it('U1 of a token: its name and role, and never itself', async () => {
    const { call, audited } = createHarness();
    await call('POST', '/tokens', { body: { name: 'wall', role: 'viewer' } });
    await call('DELETE', '/tokens/t-0');
    await call('DELETE', '/tokens/t-0');
    expect(audited).toMatchObject([
      { kind: 'token.created', outcome: 'ok', details: { id: 't-0', name: 'wall', role: 'viewer' } },
      { kind: 'token.removed', outcome: 'ok', details: { id: 't-0' } },
      { kind: 'token.removed', outcome: 'invalid_payload' },
    ]);
    expect(JSON.stringify(audited)).not.toContain('va_once');
  });
});

it('L6 too many wrong tokens from an address, and too many requests with one token, are `rate_limited`', async () => {
  const limited = () => {
    throw new VigiaError('rate_limited');
  };
  const guessing = createHarness({ guesses: { attempt: limited } });
  const answer = await guessing.call('GET', '/devices', { as: 'guess' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1']);
  expect((await answer.json()).code).toBe('rate_limited');
  const asked: string[] = [];
  const busy = createHarness({ mayAsk: (id) => asked.push(id) < 2 });
  expect((await busy.call('GET', '/devices', { as: 'viewer' })).status).toBe(200);
  expect((await busy.call('GET', '/devices', { as: 'viewer' })).status).toBe(429);
  expect(asked).toEqual(['id-viewer', 'id-viewer']);
});
