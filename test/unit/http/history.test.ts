import { expect, test } from 'vitest';
import type { History, HistoryQuery } from '../../../src/ports/history.ts';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { createHarness, deviceDocument } from '../../support/http-harness.ts';

const NOW = '2026-03-01T12:00:00.000Z';
const PAST = '2026-02-01T12:00:00.000Z';

/** This number of changes of one device, a second apart. */
function fakeHistory(count: number) {
  const asked: HistoryQuery[] = [];
  const all = Array.from({ length: count }, (_, i) => ({
    version: i + 1,
    at: Date.parse(PAST) + i * 1000,
    patch: `[{"op":"replace","path":"/state/n","value":${i}}]`,
  }));
  const history: History = {
    stateAt: async (id, at) =>
      id === 'd-1' && at >= Date.parse(PAST) ? { version: 7, since: at, document: deviceDocument(id) } : undefined,
    fleetAt: async ({ after = '', limit, sees = () => true }) => {
      const ids = ['a', 'b', 'c', 'd', 'e'].filter((id) => id > after && sees(id));
      const devices = ids.slice(0, limit).map((deviceId) => {
        const coarse = deviceId === 'b' ? { isCoarse: true as const } : {};
        return { deviceId, version: 2, since: Date.parse(PAST), document: deviceDocument(deviceId), ...coarse };
      });
      return { devices, ...(ids.length > limit && { last: ids[limit - 1] as string }), isBehind: true };
    },
    changes: async (query) => {
      asked.push(query);
      const left = all.filter(({ version }) => version > (query.after ?? 0));
      return { changes: left.slice(0, query.limit), more: left.length > query.limit };
    },
  };
  return { history, asked };
}

test('H1 the state at a moment, of a removed device too; without a moment, the current one', async () => {
  const { history } = fakeHistory(0);
  const harness = createHarness({ history });
  harness.add('now', { name: 'Now' }, 3);
  const past = await harness.call('GET', `/devices/d-1/state?at=${PAST}`, { as: 'viewer' });
  expect(past.status).toBe(200);
  expect(await past.json()).toMatchObject({ deviceId: 'd-1', at: PAST, version: 7, document: { id: 'd-1' } });
  const present = { deviceId: 'now', at: NOW, version: 3, document: { name: 'Now' } };
  expect(await (await harness.call('GET', '/devices/now/state')).json()).toMatchObject(present);
  const later = await harness.call('GET', '/devices/now/state?at=2999-01-01T00:00:00%2B01:00');
  expect(await later.json()).toMatchObject(present);
  for (const path of ['/devices/nobody/state', `/devices/d-1/state?at=2020-01-01T00:00:00Z`]) {
    const refused = await harness.call('GET', path);
    expect([refused.status, (await refused.json()).code]).toEqual([404, 'device_unknown']);
  }
});

test.each([
  ['state?at=', 'at'],
  ['state?at=yesterday', 'at'],
  ['state?at=1772366400000', 'at'],
  ['state?at=2026-02-30T00:00:00Z', 'at'],
  ['state?at=2026-13-01T00:00:00Z', 'at'],
  ['state?at=2026-03-01T25:00:00Z', 'at'],
  ['state?at=2026-03-01T12:00:00', 'at'],
  ['state?at=2026-03-01', 'at'],
  ['history?from=2025-02-29T00:00:00Z', 'from'],
  ['history?to=never', 'to'],
  ['history?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'to'],
  ['history?limit=0', 'limit'],
  ['history?limit=1001', 'limit'],
  ['history?limit=ten', 'limit'],
  ['history?cursor=', 'cursor'],
  ['history?cursor=AAAA', 'cursor'],
  ['history?cursor=%27%20or%201', 'cursor'],
])('H8 %s is refused, with the path of the fault', async (call, path) => {
  const harness = createHarness();
  harness.add('d-1');
  const refused = await harness.call('GET', `/devices/d-1/${call}`);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path }] });
});

test('H3 pages of changes; a cursor belongs to its device and its range', async () => {
  const { history, asked } = fakeHistory(5);
  const harness = createHarness({ history });
  const first = await (await harness.call('GET', '/devices/d-1/history?limit=2')).json();
  expect(first.changes).toEqual([
    { version: 1, at: PAST, patch: [{ op: 'replace', path: '/state/n', value: 0 }] },
    { version: 2, at: '2026-02-01T12:00:01.000Z', patch: [{ op: 'replace', path: '/state/n', value: 1 }] },
  ]);
  const second = await (await harness.call('GET', `/devices/d-1/history?limit=2&cursor=${first.cursor}`)).json();
  const last = await (await harness.call('GET', `/devices/d-1/history?limit=2&cursor=${second.cursor}`)).json();
  expect(last.changes.map(({ version }: { version: number }) => version)).toEqual([5]);
  expect(last).not.toHaveProperty('cursor');
  expect(asked.map(({ after }) => after)).toEqual([undefined, 2, 4]);

  const elsewhere = [
    `/devices/d-2/history?cursor=${first.cursor}`,
    `/devices/d-1/history?from=${PAST}&cursor=${first.cursor}`,
  ];
  for (const path of [...elsewhere, `/devices/d-1/history?cursor=${first.cursor}x`]) {
    const refused = await harness.call('GET', path);
    expect([refused.status, (await refused.json()).errors[0].path]).toEqual([400, 'cursor']);
  }
});

test('H12 the fleet at a moment, page by page; a token with groups sees its devices', async () => {
  const harness = createHarness({ history: fakeHistory(0).history });
  harness.add('c', { group: 'shops' });
  harness.add('e', { group: 'halls' });
  const path = `/fleet/state?at=${PAST}&limit=3`;
  const first = await (await harness.call('GET', path, { as: 'viewer' })).json();
  expect(first).toMatchObject({ at: PAST, devices: [{ deviceId: 'a', version: 2 }, {}, { document: { id: 'c' } }] });
  expect(first.devices[1]).toMatchObject({ coarse: true, since: PAST });
  expect(first.note).toContain('cannot be written');
  const second = await (await harness.call('GET', `${path}&cursor=${first.cursor}`)).json();
  expect(second.devices.map((it: { deviceId: string }) => it.deviceId)).toEqual(['d', 'e']);
  expect(second).not.toHaveProperty('cursor');
  const own = await (await harness.call('GET', path, { as: 'viewer@shops' })).json();
  expect(own.devices.map((it: { deviceId: string }) => it.deviceId)).toEqual(['c']);
  for (const [query, fault] of [
    ['at=yesterday', 'at'],
    ['limit=201', 'limit'],
    ['cursor=bm8', 'cursor'],
  ]) {
    const refused = await harness.call('GET', `/fleet/state?${query}`);
    expect([refused.status, (await refused.json()).errors[0].path]).toEqual([400, fault]);
  }
  const kept = await (await harness.call('GET', '/history', { as: 'viewer' })).json();
  expect(kept).toEqual({ keptDays: 30, keptFrom: new Date(Date.parse(NOW) - 30 * 86_400_000).toISOString() });
});

test.each(['', 'at=2999-01-01T00:00:00Z&'])(
  'H12 all pages are of one moment, where it is now, too (%s)',
  async (query) => {
    let now = Date.parse(NOW);
    const harness = createHarness({ history: fakeHistory(0).history, clock: { now: () => now, wall: () => now } });
    const ask = async (cursor = '') => {
      now += 1000;
      return (await harness.call('GET', `/fleet/state?${query}limit=3${cursor && `&cursor=${cursor}`}`)).json();
    };
    const first = await ask();
    const second = await ask(first.cursor);
    expect([first.at, second.at]).toEqual(['2026-03-01T12:00:01.000Z', '2026-03-01T12:00:01.000Z']);
    expect(second.devices).toMatchObject([{ deviceId: 'd' }, { deviceId: 'e' }]);
    const other = await harness.call('GET', `/fleet/state?at=${PAST}&cursor=${first.cursor}`);
    expect([other.status, (await other.json()).errors[0].path]).toEqual([400, 'cursor']);
  },
);

test('H12 a moment before the history that is kept is answered with a note, since devices are missing', async () => {
  const harness = createHarness();
  harness.add('a');
  const noteAt = async (at: string) => (await (await harness.call('GET', `/fleet/state?at=${at}`)).json()).note;
  expect(await noteAt('2026-01-30T11:59:59Z')).toContain('does not reach back');
  expect(await noteAt('2026-01-30T12:00:00Z')).toBeUndefined();
});

test('H8 an unknown device has no history; a known one has an empty one', async () => {
  const harness = createHarness({ history: fakeHistory(0).history });
  harness.add('quiet');
  expect(await (await harness.call('GET', '/devices/quiet/history')).json()).toEqual({ changes: [] });
  const refused = await harness.call('GET', `/devices/nobody/history?from=${PAST}`);
  expect([refused.status, (await refused.json()).code]).toEqual([404, 'device_unknown']);
});

test('H4 while the database is away, the answer says so, with Retry-After', async () => {
  const away = async () => {
    throw new VigiaError('unavailable');
  };
  const harness = createHarness({ history: { stateAt: away, fleetAt: away, changes: away } });
  harness.add('d-1');
  for (const call of [`state?at=${PAST}`, 'history']) {
    const refused = await harness.call('GET', `/devices/d-1/${call}`);
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'unavailable']);
    expect(refused.headers.get('retry-after')).toBe('5');
  }
  expect((await harness.call('GET', '/devices/d-1/state')).status).toBe(200);
  expect((await harness.call('GET', `/fleet/state?at=${PAST}`)).status).toBe(503);
});
