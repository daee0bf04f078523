import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/ports/audit.ts';
import { alertActs } from '../../../src/protocol/alert-acts.ts';
import type { Alert } from '../../../src/protocol/alerts.ts';
import { fakeAlerts } from '../../support/alert-desk.ts';
import { createHarness } from '../../support/http-harness.ts';

/** A token for the group `lobby`, and two devices: `ours` in it and `theirs` in another. */
const LIMITED = 'admin@lobby';
const SID = `0mhxxxxxx-${'a'.repeat(16)}`;

const idOf = (about: string) => `00000000${String(about.length).padStart(2, '0')}`;

async function openHarness() {
  const alert = (about: string, kind: Alert['alert'] = 'device_offline'): Alert =>
    ({ id: idOf(about), alert: kind, about, group: null, summary: about, openedAt: 1 }) as Alert;
  const harness = createHarness({
    alerts: fakeAlerts([
      alert('group lobby', 'site_incident'),
      alert('group hall', 'site_incident'),
      alert('theirs'),
      alert('ours'),
      alert('n1', 'server_disk_full'),
    ]),
    snapshots: {
      take: () => Promise.reject(new Error('not asked')),
      list: async () => [],
      deviceOf: async () => 'theirs',
      read: async () => Buffer.from('theirs'),
      authenticate: () => undefined,
      settle: () => undefined,
      maxBytes: 10_000,
    },
  });
  harness.add('ours', { group: 'lobby' });
  harness.add('theirs', { group: 'hall', name: 'theirs' });
  const entry = (id: string, deviceId: string | undefined): AuditEntry =>
    ({
      id: id.padStart(13, '0'),
      at: 1,
      actor: 'somebody',
      kind: 'device.edited',
      deviceId,
      outcome: 'ok',
    }) as AuditEntry;
  await harness.auditLog.write([entry('1', 'ours'), entry('2', 'theirs'), entry('3', undefined)]);
  return harness;
}

type Harness = Awaited<ReturnType<typeof openHarness>>;
type Call = Harness['call'];
let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});

const as = (call: Call) => async (method: string, path: string, body?: unknown) => {
  const answer = await call(method, path, { as: LIMITED, ...(body !== undefined && { body }) });
  return { status: answer.status, text: await answer.text() };
};

const schedule = (target: object) => ({ name: 'Opening', command: 'play', start: '2030-01-01T08:00', target });

/** Commands of an operator of the whole fleet: some that include other groups, and one that does not. */
async function theirSchedules(): Promise<string[]> {
  await harness.call('POST', '/schedules', { body: schedule({ groups: ['lobby'] }) });
  const targets = [{ all: true }, { groups: ['lobby', 'hall'] }, { filter: 'group:lobby' }, { deviceIds: ['ours'] }];
  return Promise.all(
    targets.map(
      async (target) => (await (await harness.call('POST', '/schedules', { body: schedule(target) })).json()).id,
    ),
  );
}

/** Of the whole fleet's operator. */
const theirView = async (): Promise<string> =>
  (await (await harness.call('POST', '/views', { body: { name: 'Theirs', query: 'group=hall' } })).json()).id;

async function unknownRollout(ask: ReturnType<typeof as>, method: string, path: string): Promise<void> {
  expect((await harness.call(method, `/rollouts/ro-0000000001${path}`)).status).toBe(200);
  expect((await ask(method, `/rollouts/ro-0000000001${path}`)).status).toBe(404);
}

/** The expected filtering of each call. Add new calls here, or the test below fails. */
const filtered: Record<string, (ask: ReturnType<typeof as>) => Promise<void>> = {
  'GET /devices': async (ask) => {
    expect(await ask('GET', '/devices')).toMatchObject({ status: 200, text: expect.stringContaining('ours') });
    for (const query of ['', '?group=hall', '?q=theirs', '?status=offline']) {
      expect((await ask('GET', `/devices${query}`)).text).not.toContain('theirs');
    }
  },
  'GET /fleet/state': async (ask) => {
    const { status, text } = await ask('GET', '/fleet/state');
    expect([status, JSON.parse(text).devices.map((it: { deviceId: string }) => it.deviceId)]).toEqual([200, ['ours']]);
  },
  'GET /reports/monthly': async (ask) => {
    await ask('GET', '/reports/monthly');
    expect(harness.asked.at(-1)?.groups).toEqual(['lobby']);
  },
  'GET /reports/monthly.csv': async (ask) => {
    await ask('GET', '/reports/monthly.csv');
    expect(harness.asked.at(-1)?.groups).toEqual(['lobby']);
  },
  'POST /devices': async (ask) => {
    for (const group of [undefined, null, 'hall']) {
      expect((await ask('POST', '/devices', { id: 'new', group })).status).toBe(403);
    }
    expect((await ask('POST', '/devices', { id: 'new', group: 'lobby' })).status).toBe(201);
  },
  'DELETE /devices': async (ask) => {
    expect((await ask('DELETE', '/devices?id=theirs')).status).toBe(404);
    expect(harness.known.has('theirs')).toBe(true);
  },
  'GET /blocks': async (ask) => {
    await harness.call('POST', '/devices/theirs/block', { body: {} });
    await harness.call('POST', '/devices/ours/block', { body: {} });
    const { text } = await ask('GET', '/blocks');
    expect(text).toContain('ours');
    expect(text).not.toContain('theirs');
  },
  'GET /snapshots/{sid}': async (ask) => expect((await ask('GET', `/snapshots/${SID}`)).status).toBe(404),
  'POST /snapshots/links': async (ask) =>
    expect(JSON.parse((await ask('POST', '/snapshots/links', { ids: [SID] })).text).links).toEqual([]),
  'GET /snapshots/{sid}/thumbnail': async (ask) =>
    expect((await ask('GET', `/snapshots/${SID}/thumbnail`)).status).toBe(404),
  // Decided by the command desk: see the fleet's own test.
  'POST /commands': async (ask) =>
    expect((await ask('POST', '/commands', { all: true, command: 'vlc:play' })).status).toBe(202),
  'GET /commands/{commandId}': async (ask) => {
    await harness.call('POST', '/devices/theirs/commands', { body: { command: 'vlc:play', commandId: 'c-1' } });
    expect((await harness.call('GET', '/commands/c-1')).status).toBe(200);
    expect((await ask('GET', '/commands/c-1')).status).toBe(404);
  },
  'GET /audit': async (ask) => {
    const { records } = JSON.parse((await ask('GET', '/audit')).text);
    expect(records.map((it: { deviceId: string }) => it.deviceId)).toEqual(['ours']);
    expect((await ask('GET', '/audit?deviceId=theirs')).text).not.toContain('theirs');
  },
  'GET /alerts': async (ask) => {
    const { alerts } = JSON.parse((await ask('GET', '/alerts')).text);
    expect(alerts.map((it: { about: string }) => it.about)).toEqual(['group lobby', 'ours']);
  },
  'GET /alerts/{id}': async (ask) => {
    expect((await ask('GET', `/alerts/${idOf('ours')}`)).status).toBe(200);
    for (const about of ['theirs', 'group hall', 'n1']) {
      expect((await harness.call('GET', `/alerts/${idOf(about)}`)).status).toBe(200);
      expect((await ask('GET', `/alerts/${idOf(about)}`)).status).toBe(404);
    }
  },
  ...Object.fromEntries(
    alertActs.map((act) => [
      `POST /alerts/{id}/${act}`,
      async (ask: ReturnType<typeof as>) => {
        const body = { mute: { forMs: 60_000 }, assign: { to: 'Ana' }, comment: { comment: 'x' } }[act as 'mute'] ?? {};
        expect((await ask('POST', `/alerts/${idOf('ours')}/${act}`, body)).status).toBe(200);
        expect((await ask('POST', `/alerts/${idOf('theirs')}/${act}`, body)).status).toBe(404);
      },
    ]),
  ),
  'GET /stats': async (ask) => {
    await ask('GET', '/stats');
    await ask('GET', '/stats?group=hall&device=theirs');
    expect(harness.asked.map((it) => it.groups)).toEqual([['lobby'], ['lobby']]);
  },
  'GET /desired': async (ask) => expect((await ask('GET', '/desired')).status).toBe(200),
  'GET /groups/{group}/desired': async (ask) => {
    await harness.call('PUT', '/groups/hall/desired', { body: { playback: 'paused' } });
    expect((await ask('GET', '/groups/hall/desired')).text).toBe('{}');
  },
  'PUT /groups/{group}/desired': async (ask) => {
    expect((await ask('PUT', '/groups/hall/desired', { playback: 'paused' })).status).toBe(403);
    expect((await ask('PUT', '/groups/lobby/desired', { playback: 'paused' })).status).toBe(200);
  },
  'DELETE /groups/{group}/desired': async (ask) =>
    expect((await ask('DELETE', '/groups/hall/desired')).status).toBe(403),
  'POST /rollouts': async (ask) => {
    const { text } = await ask('POST', '/rollouts', { all: true, command: 'play', preview: true });
    expect(JSON.parse(text)).toMatchObject({ total: 1 });
  },
  'GET /rollouts': async (ask) => {
    expect((await harness.call('GET', '/rollouts')).status).toBe(200);
    expect(JSON.parse((await ask('GET', '/rollouts')).text)).toEqual({ rollouts: [] });
  },
  'GET /rollouts/{id}': (ask) => unknownRollout(ask, 'GET', ''),
  'GET /rollouts/{id}/devices': (ask) => unknownRollout(ask, 'GET', '/devices'),
  'POST /rollouts/{id}/pause': (ask) => unknownRollout(ask, 'POST', '/pause'),
  'POST /rollouts/{id}/resume': (ask) => unknownRollout(ask, 'POST', '/resume'),
  'POST /rollouts/{id}/cancel': (ask) => unknownRollout(ask, 'POST', '/cancel'),
  'POST /schedules/preview': async (ask) => {
    const { zones } = JSON.parse((await ask('POST', '/schedules/preview', { start: '2030-01-01T08:00' })).text);
    expect(zones).toMatchObject([{ devices: 1 }]);
  },
  'POST /schedules': async (ask) => {
    expect((await ask('POST', '/schedules', schedule({ groups: ['lobby', 'hall'] }))).status).toBe(403);
    expect((await ask('POST', '/schedules', schedule({ deviceIds: ['ours', 'theirs'] }))).status).toBe(404);
    const all = await ask('POST', '/schedules', schedule({ all: true }));
    expect(all).toMatchObject({ status: 201, text: expect.stringContaining('"devices":1') });
  },
  'GET /schedules': async (ask) => {
    await theirSchedules();
    const { schedules } = JSON.parse((await ask('GET', '/schedules')).text);
    expect(schedules.map((it: { target: object }) => it.target)).toEqual([{ groups: ['lobby'] }]);
  },
  'GET /schedules/{id}': async (ask) => {
    for (const id of await theirSchedules()) expect((await ask('GET', `/schedules/${id}`)).status).toBe(404);
  },
  'PATCH /schedules/{id}': async (ask) => {
    for (const id of await theirSchedules()) {
      expect((await ask('PATCH', `/schedules/${id}`, { enabled: false })).status).toBe(404);
    }
    const own = JSON.parse((await ask('POST', '/schedules', schedule({ all: true }))).text);
    expect((await ask('PATCH', `/schedules/${own.id}`, { target: { groups: ['hall'] } })).status).toBe(403);
    expect((await ask('PATCH', `/schedules/${own.id}`, { name: 'Ours' })).status).toBe(200);
  },
  'DELETE /schedules/{id}': async (ask) => {
    for (const id of await theirSchedules()) expect((await ask('DELETE', `/schedules/${id}`)).status).toBe(404);
  },
  'GET /schedules/{id}/runs': async (ask) => {
    for (const id of await theirSchedules()) expect((await ask('GET', `/schedules/${id}/runs`)).status).toBe(404);
  },
  'GET /views': async (ask) => {
    await theirView();
    const own = { name: 'Ours', query: 'group=lobby' };
    expect((await ask('POST', '/views', own)).status).toBe(201);
    const { views } = JSON.parse((await ask('GET', '/views')).text);
    expect(views).toMatchObject([own]);
    expect(views[0]).not.toHaveProperty('groups');
    const other = await (await harness.call('GET', '/views', { as: 'viewer@hall' })).json();
    expect(other).toEqual({ views: [] });
    expect((await (await harness.call('GET', '/views', { as: 'viewer@lobby@hall' })).json()).views).toHaveLength(1);
  },
  // A name that it does not see is free.
  'POST /views': async (ask) => {
    await theirView();
    expect((await ask('POST', '/views', { name: 'Theirs', query: '' })).status).toBe(201);
  },
  'PATCH /views/{id}': async (ask) => {
    expect((await ask('PATCH', `/views/${await theirView()}`, { name: 'Ours' })).status).toBe(404);
  },
  'DELETE /views/{id}': async (ask) => expect((await ask('DELETE', `/views/${await theirView()}`)).status).toBe(404),
  'GET /policies': async (ask) => {
    for (const whose of ['default', 'groups/hall', 'groups/lobby', 'devices/theirs', 'devices/ours']) {
      await harness.call('PUT', `/policies/${whose}`, { body: {} });
    }
    const { policies } = JSON.parse((await ask('GET', '/policies')).text);
    expect(policies.map((it: { scope: string }) => it.scope)).toEqual(['default', 'group:lobby', 'device:ours']);
  },
  'GET /policies/groups/{group}': async (ask) => {
    await harness.call('PUT', '/policies/groups/hall', { body: { offlineAfterMs: 12_345 } });
    expect((await ask('GET', '/policies/groups/hall')).text).toBe('{}');
  },
  'PUT /policies/groups/{group}': async (ask) => {
    expect((await ask('PUT', '/policies/groups/hall', {})).status).toBe(403);
    expect((await ask('PUT', '/policies/groups/lobby', {})).status).toBe(200);
  },
  'DELETE /policies/groups/{group}': async (ask) =>
    expect((await ask('DELETE', '/policies/groups/hall')).status).toBe(403),
  'POST /pairings/{code}': async (ask) => {
    expect((await ask('POST', '/pairings/K7P-M4X', { group: 'hall' })).status).toBe(403);
    expect((await ask('POST', '/pairings/K7P-M4X', { group: 'lobby', id: 'theirs' })).status).toBe(409);
    expect((await ask('POST', '/pairings/K7P-M4X', { group: 'lobby' })).status).toBe(201);
  },
  'GET /sessions': async (ask) => expect((await ask('GET', '/sessions')).text).toBe('{"sessions":[]}'),
  'DELETE /sessions/{id}': async (ask) => {
    expect((await ask('DELETE', '/sessions/s-1')).status).toBe(404);
    expect(await (await harness.call('GET', '/sessions')).json()).toMatchObject({ sessions: [{ id: 's-1' }] });
  },
  'GET /policies/default': async (ask) => expect((await ask('GET', '/policies/default')).status).toBe(200),
  'GET /policies/devices/{id}': async (ask) => {
    await harness.call('PUT', '/policies/devices/theirs', { body: { offlineAfterMs: 12_345 } });
    expect((await ask('GET', '/policies/devices/theirs')).text).toBe('{}');
  },
  'PUT /policies/devices/{id}': async (ask) =>
    expect((await ask('PUT', '/policies/devices/theirs', {})).status).toBe(404),
  'DELETE /policies/devices/{id}': async (ask) =>
    expect((await ask('DELETE', '/policies/devices/theirs')).status).toBe(404),
};

interface Operation {
  'x-reach'?: string;
  'x-required-role'?: string;
}
const { call: ask } = createHarness();
const { paths } = (await (await ask('GET', '/openapi.json', { as: null })).json()) as {
  paths: Record<string, Record<string, Operation>>;
};
const calls = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path.slice('/api/v1'.length)}`,
    method: method.toUpperCase(),
    path,
    reach: operation['x-reach'],
    isForPlayers: operation['x-required-role'] === 'device',
  })),
);

describe('A7 a token restricted to groups sees and commands only their devices', () => {
  it('every call declares its reach, and each that filters is tested here', () => {
    for (const { name, reach, isForPlayers } of calls) if (!isForPlayers) expect(reach, name).toBeDefined();
    const named = calls.filter(({ reach }) => reach === 'filtered').map(({ name }) => name);
    expect(Object.keys(filtered).sort()).toEqual(named.sort());
  });

  it.each(calls.filter(({ reach }) => reach === 'device').map((it) => [it.name, it] as const))(
    '%s: a device of another group is unknown, whatever is requested',
    async (_, { method, path }) => {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: { command: 'vlc:play' } };
      const of = (id: string) => harness.call(method, path.replace('{id}', id), { as: LIMITED, ...body });
      const answer = await of('theirs');
      // An invalid body is detected before the device is looked up.
      if (answer.status !== 400) {
        expect(answer.status).toBe(404);
        expect((await answer.json()).code).toBe('device_unknown');
      }
      expect(harness.known.get('theirs')?.version).toBe(1);
    },
  );

  it.each(calls.filter(({ reach }) => reach === 'fleet').map((it) => [it.name, it] as const))(
    '%s concerns the whole fleet, and is forbidden',
    async (_, { method, path }) => {
      const answer = await harness.call(method, path.replace(/\{.*?\}/, 'x'), {
        as: LIMITED,
        ...(method === 'GET' ? {} : { body: {} }),
      });
      expect(answer.status).toBe(403);
      expect((await answer.json()).code).toBe('forbidden');
    },
  );

  it.each(Object.entries(filtered))('%s omits other groups', async (_, check) => check(as(harness.call)));

  it('a device cannot be moved out of the token’s groups or provisioned outside them', async () => {
    const move = (group: string | null) => as(harness.call)('PATCH', '/devices/ours', { group });
    expect((await move('hall')).status).toBe(403);
    expect((await move(null)).status).toBe(403);
    expect((await move('lobby')).status).toBe(200);
  });

  it('/me lists them', async () => {
    expect(JSON.parse((await as(harness.call)('GET', '/me')).text).groups).toEqual(['lobby']);
  });
});
