import { expect, it } from 'vitest';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { createHarness } from '../../support/http-harness.ts';

const opening = {
  name: 'Opening',
  command: 'play',
  target: { groups: ['lobby'] },
  start: '2026-03-02T08:00',
  rrule: 'FREQ=DAILY',
};

it('J5, J7 it is previewed, created, listed, changed, paused and removed by operators', async () => {
  const { call, add, audited, runs } = createHarness();
  add('a', { group: 'lobby', state: { system: { timezone: 'Asia/Tokyo' } } });
  add('b', { group: 'lobby', state: { system: { timezone: 'America/Lima' } } });
  add('c', { group: 'lobby', state: { system: { timezone: 'America/Lima' } } });
  add('d', { group: 'roof' });
  const { start, rrule, target } = opening;
  const preview = await (
    await call('POST', '/schedules/preview', { as: 'operator', body: { start, rrule, target } })
  ).json();
  expect(preview.zones).toMatchObject([
    {
      timeZone: 'America/Lima',
      devices: 2,
      runs: { 0: { local: '2026-03-02T08:00', at: '2026-03-02T13:00:00.000Z' } },
    },
    { timeZone: 'Asia/Tokyo', devices: 1, runs: { 0: { local: '2026-03-02T08:00', at: '2026-03-01T23:00:00.000Z' } } },
  ]);
  expect(preview.zones[0].runs).toHaveLength(10);

  expect((await call('POST', '/schedules', { as: 'viewer', body: opening })).status).toBe(403);
  const created = await call('POST', '/schedules', { as: 'operator', body: opening });
  const { id, ...schedule } = await created.json();
  expect(created.headers.get('location')).toBe(`/api/v1/schedules/${id}`);
  expect(schedule).toMatchObject({
    ...opening,
    enabled: true,
    missed: 'skip',
    createdBy: 'operator',
    devices: 3,
    nextAt: '2026-03-01T23:00:00.000Z',
  });
  expect(schedule).not.toHaveProperty('tokenId');

  const edit = (body: object) => call('PATCH', `/schedules/${id}`, { as: 'operator', body });
  expect(await (await edit({ enabled: false })).json()).toMatchObject({ enabled: false, nextAt: null });
  expect(await (await edit({ enabled: true, missed: 'once', withinMs: 600_000 })).json()).toMatchObject({
    withinMs: 600_000,
  });
  expect(await (await edit({ missed: 'skip', timeZone: 'Europe/Madrid' })).json()).toMatchObject({
    nextAt: '2026-03-02T07:00:00.000Z',
  });
  const cleared = await (await edit({ rrule: null, timeZone: null })).json();
  expect(cleared).not.toHaveProperty('rrule');
  expect(cleared).not.toHaveProperty('withinMs');

  const zone = { timeZone: 'Asia/Tokyo', at: '2026-03-01T23:00:00.000Z', status: 'done' as const, devices: 3 };
  runs.push({ id: `${id}.1`, scheduleId: id, local: '2026-03-02T08:00', command: 'play', zones: [zone] });
  const { schedules } = await (await call('GET', '/schedules', { as: 'viewer' })).json();
  expect(schedules).toMatchObject([{ id, lastRun: { zones: [zone] } }]);
  expect((await (await call('GET', `/schedules/${id}/runs`, { as: 'viewer' })).json()).runs).toEqual([
    { id: `${id}.1`, local: '2026-03-02T08:00', command: 'play', zones: [zone], outcomes: { success: 2, pending: 1 } },
  ]);

  expect((await call('DELETE', `/schedules/${id}`, { as: 'operator' })).status).toBe(204);
  for (const path of [`/schedules/${id}`, `/schedules/${id}/runs`]) expect((await call('GET', path)).status).toBe(404);
  expect((await edit({ name: 'Gone' })).status).toBe(404);
  const acts = audited.filter(({ outcome }) => outcome === 'ok').map(({ kind, details }) => [kind, details?.id]);
  expect(acts).toEqual(['created', ...Array(4).fill('edited'), 'removed'].map((act) => [`schedule.${act}`, id]));
});

it.each<[number, string, string, object]>([
  [400, 'invalid_payload', 'name', { name: ' ' }],
  [400, 'invalid_payload', 'name', { name: 'x'.repeat(129) }],
  [400, 'invalid_payload', 'start', { start: '2026-02-30T08:00' }],
  [400, 'invalid_payload', 'start', { start: '2026-03-02 08:00' }],
  [400, 'invalid_payload', 'start', { start: '2026-03-02T24:00' }],
  [400, 'invalid_payload', 'start', { start: '2026-03-02T08:00:30' }],
  [400, 'invalid_payload', 'start', { start: '2026-02-28T08:00', rrule: undefined }],
  [400, 'invalid_payload', 'rrule', { start: '2026-02-01T08:00', rrule: 'FREQ=DAILY;COUNT=3' }],
  [400, 'invalid_payload', 'rrule', { rrule: 'FREQ=SECONDLY' }],
  [400, 'invalid_payload', 'rrule', { rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }],
  [400, 'invalid_payload', 'rrule', { rrule: `FREQ=DAILY;BYHOUR=${'1,'.repeat(300)}2` }],
  [400, 'invalid_payload', 'timeZone', { timeZone: 'Mars/Olympus' }],
  [400, 'invalid_payload', 'missed', { missed: 'always' }],
  [400, 'invalid_payload', 'withinMs', { withinMs: 60_000 }],
  [400, 'invalid_payload', 'withinMs', { missed: 'once', withinMs: 30 * 86_400_000 }],
  [400, 'invalid_payload', 'target', { target: {} }],
  [400, 'invalid_payload', 'target', { target: { all: true, groups: ['lobby'] } }],
  [400, 'invalid_payload', 'target.groups', { target: { groups: [] } }],
  [400, 'invalid_payload', 'target.filter', { target: { filter: 'status:nowhere' } }],
  [404, 'device_unknown', '', { target: { deviceIds: ['a', 'nobody'] } }],
  [400, 'invalid_payload', '', { colour: 'red' }],
  [404, 'command_unknown', '', { command: 'vlc:dance' }],
  [404, 'command_unknown', '', { command: 'reboot' }],
  [422, 'command_invalid', 'params.volume', { command: 'vlc:play', params: { volume: 900 } }],
  [422, 'command_invalid', 'params.level', { command: 'dim', params: { level: 'low' } }],
  [422, 'command_invalid', 'params', { command: 'play', params: { item: 'x'.repeat(9000) } }],
])('J5 refused by %i %s, at “%s”, with nothing stored (%#)', async (status, code, path, change) => {
  const { call, add } = createHarness({ maxBodyBytes: 20_000 });
  const params = { type: 'object', properties: { level: { type: 'integer' } } };
  add('a', { group: 'lobby', capabilities: { commands: [{ name: 'dim', params }] } });
  const send = (body: object) => call('POST', '/schedules', { as: 'operator', body });
  expect((await send({ ...opening, command: 'dim', params: { level: 3 } })).status).toBe(201);
  const answer = await send({ ...opening, ...change });
  expect(answer.status).toBe(status);
  const problem = await answer.json();
  expect(problem.code).toBe(code);
  if (path) expect(problem.errors[0].path).toBe(path);
  const { schedules } = await (await call('GET', '/schedules')).json();
  expect(schedules).toHaveLength(1);
  // An edit cannot make a valid schedule invalid.
  const edit = await call('PATCH', `/schedules/${schedules[0].id}`, {
    as: 'operator',
    body: { ...opening, ...change, ...('rrule' in change && change.rrule === undefined && { rrule: null }) },
  });
  expect(edit.status).toBe(status);
  expect((await (await call('GET', '/schedules')).json()).schedules).toEqual(schedules);
});

it('J7 while the runs cannot be read, the schedules are listed without them', async () => {
  const { call, runs } = createHarness();
  const { id } = await (await call('POST', '/schedules', { as: 'operator', body: opening })).json();
  runs.filter = () => {
    throw new VigiaError('unavailable');
  };
  const { schedules } = await (await call('GET', '/schedules')).json();
  expect(schedules).toMatchObject([{ id, name: 'Opening' }]);
  expect(schedules[0]).not.toHaveProperty('lastRun');
  expect((await call('GET', `/schedules/${id}/runs`)).status).toBe(503);
});

it('J5 there are at most 500, and an ended one can still be renamed', async () => {
  const { call } = createHarness();
  const send = (more: object = {}) => call('POST', '/schedules', { as: 'operator', body: { ...opening, ...more } });
  const old = await (await send({ enabled: false, start: '2020-01-01T08:00', rrule: undefined })).json();
  expect(old).toMatchObject({ stopped: 'finished', nextAt: null });
  const edit = (body: object) => call('PATCH', `/schedules/${old.id}`, { as: 'operator', body });
  expect((await edit({ name: 'Was' })).status).toBe(200);
  expect((await edit({ enabled: true })).status).toBe(400);
  for (let i = 1; i < 500; i++) expect((await send()).status).toBe(201);
  const answer = await send();
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ code: 'conflict' });
});
