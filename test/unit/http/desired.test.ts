import { expect, it } from 'vitest';
import { createHarness } from '../../support/http-harness.ts';

const state = { playback: 'playing', fullscreen: true, during: { fri: [['20:00', '02:00']] }, giveUpAfter: 3 };

it('G1 a desired state is set, read and removed by operators; names of groups may be any text', async () => {
  const { call, add, audited } = createHarness();
  add('d1');
  for (const path of ['/desired', `/groups/${encodeURIComponent('Planta 1/ñ')}/desired`, '/devices/d1/desired']) {
    expect(await (await call('GET', path, { as: 'viewer' })).json()).toEqual({});
    expect((await call('PUT', path, { as: 'viewer', body: state })).status).toBe(403);
    const answer = await call('PUT', path, { as: 'operator', body: state });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ ...state, setBy: 'operator' });
    expect(await (await call('GET', path, { as: 'viewer' })).json()).toMatchObject(state);
    expect((await call('DELETE', path, { as: 'operator' })).status).toBe(204);
    expect(await (await call('GET', path, { as: 'viewer' })).json()).toEqual({});
  }
  const kinds = audited.filter(({ outcome }) => outcome === 'ok').map(({ kind }) => kind);
  expect(kinds).toEqual(Array(3).fill(['desired.set', 'desired.removed']).flat());
  expect(audited.find(({ deviceId }) => deviceId === 'd1')).toMatchObject({ kind: 'desired.set' });
});

it('G1 for a device the answer names the source: its own, its group’s, or that of all', async () => {
  const { call, add } = createHarness();
  add('d1', { group: 'lobby' });
  const read = async () => (await call('GET', '/devices/d1/desired', { as: 'viewer' })).json();
  await call('PUT', '/desired', { as: 'operator', body: { playback: 'stopped' } });
  expect(await read()).toMatchObject({ playback: 'stopped', source: 'all' });
  await call('PUT', '/groups/lobby/desired', { as: 'operator', body: { playback: 'paused' } });
  expect(await read()).toMatchObject({ playback: 'paused', source: 'group' });
  await call('PUT', '/devices/d1/desired', { as: 'operator', body: { playback: 'playing' } });
  expect(await read()).toMatchObject({ playback: 'playing', source: 'device' });
  await call('DELETE', '/devices/d1/desired', { as: 'operator' });
  expect(await read()).toMatchObject({ playback: 'paused', source: 'group' });
});

it.each([
  [{}, 'playback'],
  [{ playback: 'on' }, 'playback'],
  [{ playback: 'stopped', fullscreen: true }, 'fullscreen'],
  [{ playback: 'playing', giveUpAfter: 0 }, 'giveUpAfter'],
  [{ playback: 'playing', during: { mon: [['8:00', '22:00']] } }, 'during.mon.0.0'],
  [{ playback: 'playing', volume: 3 }, ''],
])('G1 %j is refused, with the path of the fault', async (body, path) => {
  const { call } = createHarness();
  const answer = await call('PUT', '/desired', { as: 'operator', body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path }] });
});

it('G1 an unknown device has none, and an operator of some groups can set only theirs', async () => {
  const { call, add } = createHarness();
  add('ours', { group: 'lobby' });
  add('theirs', { group: 'roof' });
  const as = 'operator@lobby';
  const body = { playback: 'playing' };
  expect((await call('PUT', '/devices/none/desired', { as: 'operator', body })).status).toBe(404);
  expect((await call('PUT', '/devices/ours/desired', { as, body })).status).toBe(200);
  expect((await call('PUT', '/devices/theirs/desired', { as, body })).status).toBe(404);
  expect((await call('PUT', '/groups/lobby/desired', { as, body })).status).toBe(200);
  expect((await call('PUT', '/groups/roof/desired', { as, body })).status).toBe(403);
  expect((await call('PUT', '/desired', { as, body })).status).toBe(403);
});
