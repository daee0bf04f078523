import { describe, expect, it, vi } from 'vitest';
import { AT, createHarness } from '../../support/http-harness.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

const stop = { command: 'vlc:stop', commandId: 'c-1' };

describe('POST /devices/{id}/commands', () => {
  it('answers 202 with the command, and where to look it up', async () => {
    const { call, add } = createHarness();
    add('a');
    const answer = await call('POST', '/devices/a/commands', { as: 'operator', body: stop });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe('/api/v1/commands/c-1');
    expect(await answer.json()).toEqual({ commands: [{ commandId: 'c-1', deviceId: 'a', status: 'sent' }] });
    const record = await (await call('GET', '/commands/c-1', { as: 'viewer' })).json();
    expect(record).toMatchObject({ commandId: 'c-1', deviceId: 'a', requestedBy: 'operator' });
  });

  it('sends to the device of the path, whatever the body names', async () => {
    const { call, add } = createHarness();
    add('a');
    add('b');
    const answer = await call('POST', '/devices/a/commands', { body: { ...stop, deviceId: 'b', all: true } });
    expect((await answer.json()).commands).toMatchObject([{ deviceId: 'a' }]);
  });

  it.each([
    [404, 'command_unknown', { command: 'vlc:explode' }, undefined],
    [422, 'command_invalid', { command: 'vlc:play', params: { volume: 'loud' } }, 'params.volume'],
    [400, 'invalid_payload', {}, 'command'],
    [400, 'invalid_payload', { ...stop, timeoutMs: 0 }, 'timeoutMs'],
    [400, 'invalid_payload', { ...stop, retries: 11 }, 'retries'],
    [400, 'invalid_payload', { ...stop, commandId: 'no spaces' }, 'commandId'],
    [400, 'invalid_payload', `{"command":"vlc:play","params":{"a":{"__proto__":1}}}`, 'params.a.__proto__'],
  ])('C5 answers %i %s to %j', async (status, code, body, path) => {
    const { call, add } = createHarness();
    add('a');
    const answer = await call('POST', '/devices/a/commands', { body });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code, ...(path && { errors: [{ path }] }) });
  });

  it('refuses an unknown device and a wait that is neither true nor false', async () => {
    const { call } = createHarness();
    expect((await (await call('POST', '/devices/a/commands', { body: stop })).json()).code).toBe('device_unknown');
    const answer = await call('POST', '/devices/a/commands?wait=maybe', { body: stop });
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path: 'wait' }] });
  });
});

describe('POST /commands', () => {
  it('C5 answers with a result per device', async () => {
    const { call, add } = createHarness();
    add('a');
    const answer = await call('POST', '/commands', { body: { deviceIds: ['a', 'gone'], command: 'vlc:stop' } });
    expect(answer.status).toBe(202);
    expect((await answer.json()).commands).toMatchObject([
      { deviceId: 'a', status: 'sent' },
      { deviceId: 'gone', status: 'undelivered', error: { code: 'device_unknown' } },
    ]);
  });

  it.each([
    { command: 'vlc:stop' },
    { command: 'vlc:stop', all: true, group: 'hall' },
    { command: 'vlc:stop', all: false },
    { command: 'vlc:stop', deviceIds: [] },
  ])('requires exactly one target: %j', async (body) => {
    const answer = await createHarness().call('POST', '/commands', { body });
    expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_payload' });
  });
});

describe('?wait=true', () => {
  it('waits until every command has ended, then answers 200 with the records', async () => {
    const { call, add, end, waiting } = createHarness();
    add('a');
    add('b');
    const body = { deviceIds: ['a', 'gone', 'b'], command: 'vlc:stop' };
    let answered = false;
    const pending = call('POST', '/commands?wait=true', { body }).finally(() => {
      answered = true;
    });
    await vi.waitFor(() => expect(waiting).toHaveLength(2), PATIENCE_MS);
    end(waiting[1] ?? '', 'timeout');
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    end(waiting[0] ?? '', 'success');
    const answer = await pending;
    expect(answer.status).toBe(200);
    expect((await answer.json()).commands).toMatchObject([
      { deviceId: 'a', status: 'success', endedAt: expect.any(String) },
      { deviceId: 'gone', error: { code: 'device_unknown' } },
      { deviceId: 'b', status: 'timeout' },
    ]);
  });

  it('stops waiting when the client goes away', async () => {
    const { call, add, waiting } = createHarness();
    add('a');
    const client = new AbortController();
    const pending = call('POST', '/devices/a/commands?wait=true', { body: stop, signal: client.signal });
    await vi.waitFor(() => expect(waiting).toEqual(['c-1']), PATIENCE_MS);
    client.abort();
    expect((await pending).status).toBe(202);
  });
});

describe('looking commands up', () => {
  it("lists a device's commands, newest first", async () => {
    const { call, add } = createHarness();
    add('a');
    for (const commandId of ['c-1', 'c-2']) await call('POST', '/devices/a/commands', { body: { ...stop, commandId } });
    const { commands } = await (await call('GET', '/devices/a/commands', { as: 'viewer' })).json();
    expect(commands.map((it: { commandId: string }) => it.commandId)).toEqual(['c-2', 'c-1']);
  });

  it('H9 pages through commands in memory and in the database, each once; a cursor belongs to its device', async () => {
    const old = Array.from({ length: 5 }, (_, i) => ({
      ...{ commandId: `old-${i}`, deviceId: 'a', command: 'vlc:stop' as const, params: {}, status: 'success' as const },
      ...{ attempts: 1, requestedBy: 'x', requestedAt: `2026-02-01T12:00:0${i}.000Z`, deadlineAt: null },
    }));
    const recorded = [...old, { ...(old[0] as (typeof old)[0]), commandId: 'c-1', requestedAt: AT }].reverse();
    const { call, add } = createHarness({
      commandHistory: {
        ofDevice: async (_, { before, limit }) =>
          recorded.filter(({ requestedAt }) => !before || Date.parse(requestedAt) < before.at).slice(0, limit),
      },
    });
    add('a');
    add('b');
    for (const commandId of ['c-1', 'c-2']) await call('POST', '/devices/a/commands', { body: { ...stop, commandId } });
    const all: { commandId: string; status: string }[] = [];
    let cursor = '';
    for (let next: string | undefined = '/devices/a/commands?limit=3'; next; ) {
      const page = await (await call('GET', next)).json();
      all.push(...page.commands);
      cursor = page.cursor ?? cursor;
      next = page.cursor && `/devices/a/commands?limit=3&cursor=${page.cursor}`;
    }
    expect(all.map(({ commandId }) => commandId)).toEqual(['c-2', 'c-1', 'old-4', 'old-3', 'old-2', 'old-1', 'old-0']);
    // The command in memory is newer than the record.
    expect(all[1]?.status).toBe('sent');
    for (const path of [
      `/devices/b/commands?cursor=${cursor}`,
      '/devices/a/commands?cursor=x',
      '/devices/a/history?cursor=x',
    ]) {
      const refused = await call('GET', path);
      expect([refused.status, (await refused.json()).errors[0].path]).toEqual([400, 'cursor']);
    }
    expect((await call('GET', '/devices/a/commands?limit=0')).status).toBe(400);
  });

  it('answers command_unknown and device_unknown', async () => {
    const { call } = createHarness();
    expect(await (await call('GET', '/commands/none')).json()).toMatchObject({ status: 404, code: 'command_unknown' });
    expect((await (await call('GET', '/devices/none/commands')).json()).code).toBe('device_unknown');
  });
});
