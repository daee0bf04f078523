import { describe, expect, it } from 'vitest';
import type { Playback } from '../../../machines/reading.ts';
import { createHarness } from '../../support/http-harness.ts';

describe('GET /devices', () => {
  it('answers documents with their versions, ordered by id', async () => {
    const { call, add, known } = createHarness();
    for (const id of ['b', 'a', 'B', 'a.1']) add(id);
    const answer = await call('GET', '/devices', { as: 'viewer' });
    expect(answer.status).toBe(200);
    const { devices, ...rest } = await answer.json();
    expect(devices.map((it: { document: { id: string } }) => it.document.id)).toEqual(['B', 'a', 'a.1', 'b']);
    expect(devices[3]).toEqual(known.get('b'));
    expect(rest).toEqual({});
  });

  it('pages by a cursor that stays valid while devices are added and removed', async () => {
    const { call, add, known } = createHarness();
    for (const id of ['a', 'b', 'c', 'd', 'e']) add(id);
    const first = await page(call, '?limit=2');
    expect(first.ids).toEqual(['a', 'b']);
    known.delete('b');
    add('aa');
    add('bb');
    const second = await page(call, `?limit=2&cursor=${first.cursor}`);
    expect(second.ids).toEqual(['bb', 'c']);
    const last = await page(call, `?limit=2&cursor=${second.cursor}`);
    expect(last).toEqual({ ids: ['d', 'e'], cursor: undefined });
  });

  it('filters by status, by group, and by a part of id or name', async () => {
    const { call, add } = createHarness();
    add('hall-1', { group: 'hall', name: 'Left door' });
    add('hall-2', { group: 'hall' });
    add('roof', { group: 'top', name: 'By the HALL' });
    const { connection } = (await (await call('GET', '/devices/roof')).json()).document;
    add('roof', { group: 'top', name: 'By the HALL', connection: { ...connection, status: 'online' } });
    expect((await page(call, '?group=hall')).ids).toEqual(['hall-1', 'hall-2']);
    expect((await page(call, '?status=online')).ids).toEqual(['roof']);
    expect((await page(call, '?q=hall')).ids).toEqual(['hall-1', 'hall-2', 'roof']);
    expect((await page(call, '?q=DOOR&group=hall&status=offline')).ids).toEqual(['hall-1']);
    const first = await page(call, '?q=hall&limit=1');
    expect((await page(call, `?q=hall&cursor=${first.cursor}`)).ids).toEqual(['hall-2', 'roof']);
  });

  it('D7 searches what plays, labels, the host name and addresses, ignoring case and accents, page by page', async () => {
    const { call, add, known } = createHarness();
    add('a', { labels: { city: 'Málaga' } });
    add('b', { network: { eth0: { address: '192.0.2.20', mac: '02:00:00:00:00:01' } } });
    add('c', { state: { system: { hostname: 'player-c' } } });
    const blank = known.get('a')?.document.playback as Playback;
    add('d', { playback: { ...blank, item: 'Café.mp4', playlist: 'Otoño' } });
    const found = async (q: string) => (await page(call, `?q=${encodeURIComponent(q)}`)).ids;
    expect(await found('MALAGA')).toEqual(['a']);
    expect(await found('192.0.2.20')).toEqual(['b']);
    expect(await found('02:00:00:00:00:01')).toEqual(['b']);
    expect(await found('Player-C')).toEqual(['c']);
    expect(await found('cafe')).toEqual(['d']);
    expect(await found('otoño'.normalize('NFD'))).toEqual(['d']);
    expect(await found('nothing like it')).toEqual([]);
    for (let i = 0; i < 1200; i++)
      add(`many-${String(i).padStart(4, '0')}`, { labels: { city: i % 2 ? 'Cádiz' : 'Jaén' } });
    const first = await page(call, '?q=cadiz&limit=400');
    expect([first.ids.length, first.ids.at(-1)]).toEqual([400, 'many-0799']);
    const last = await page(call, `?q=cadiz&limit=400&cursor=${first.cursor}`);
    expect([last.ids.length, last.ids.at(-1), last.cursor]).toEqual([200, 'many-1199', undefined]);
  });

  it.each([
    ['limit', '?limit=0'],
    ['limit', '?limit=1001'],
    ['limit', '?limit=ten'],
    ['limit', '?limit=1&limit=2'],
    ['status', '?status=asleep'],
    ['group', '?group='],
    ['cursor', '?cursor=!!!'],
    ['cursor', '?cursor='],
    ['cursor', `?cursor=${Buffer.from('no/id').toString('base64url')}`],
    ['cursor', `?cursor=${Buffer.from('a').toString('base64')}`],
  ])('refuses a wrong %s: %s', async (path, query) => {
    const answer = await createHarness().call('GET', `/devices${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', status: 400, errors: [{ path }] });
  });

  async function page(call: ReturnType<typeof createHarness>['call'], query: string) {
    const { devices, cursor } = await (await call('GET', `/devices${query}`, { as: 'viewer' })).json();
    return { ids: devices.map((it: { document: { id: string } }) => it.document.id), cursor };
  }
});

describe('GET /devices/{id}', () => {
  it('answers the document, its version, and the version as ETag', async () => {
    const { call, add, known } = createHarness();
    add('a', { name: 'Door' }, 12);
    const answer = await call('GET', '/devices/a', { as: 'viewer' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe('"12"');
    expect(await answer.json()).toEqual(known.get('a'));
  });

  it('answers 304 if the requested version is current', async () => {
    const { call, add } = createHarness();
    add('a', {}, 12);
    const same = await call('GET', '/devices/a', { headers: { 'if-none-match': '"12"' } });
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', '"12"']);
    add('a', {}, 13);
    expect((await call('GET', '/devices/a', { headers: { 'if-none-match': '"12"' } })).status).toBe(200);
  });

  it('answers HEAD like GET, without the body', async () => {
    const { call, add } = createHarness();
    add('a', {}, 12);
    const answer = await call('HEAD', '/devices/a');
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([200, '"12"', '']);
  });

  it('distinguishes an invalid id from an unknown device', async () => {
    const { call } = createHarness();
    expect(await (await call('GET', '/devices/a%20b')).json()).toMatchObject({ status: 400, code: 'invalid_payload' });
    expect(await (await call('GET', '/devices/nobody')).json()).toMatchObject({ status: 404, code: 'device_unknown' });
  });
});

describe('POST /devices', () => {
  it('answers 201 with id and token, and the device’s location', async () => {
    const { call, known } = createHarness();
    const wanted = { id: 'door-1', name: ' Door ', group: 'hall', labels: { floor: '3' } };
    const answer = await call('POST', '/devices', { body: wanted });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/api/v1/devices/door-1');
    expect(await answer.json()).toEqual({ id: 'door-1', token: 'secret-1' });
    expect(known.get('door-1')?.document).toMatchObject({ ...wanted, name: 'Door' });
  });

  it('requires nothing: the fleet then generates the id', async () => {
    const answer = await createHarness().call('POST', '/devices', { body: {} });
    expect(await answer.json()).toEqual({ id: 'd-new', token: 'secret-1' });
  });

  it('refuses an id that exists', async () => {
    const { call, add } = createHarness();
    add('a');
    const answer = await call('POST', '/devices', { body: { id: 'a' } });
    expect(await answer.json()).toMatchObject({ status: 409, code: 'conflict' });
  });

  it.each([
    ['id', { id: 'a/b' }],
    ['id', { id: 'x'.repeat(129) }],
    ['name', { name: 5 }],
    ['', { nmae: 'x' }],
    ['labels', { labels: ['x'] }],
    ['labels.floor', { labels: { floor: 3 } }],
    ['labels.constructor', '{"labels":{"constructor":"x"}}'],
    ['labels', { labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v'])) }],
  ])('names the fault at "%s" in %j', async (path, body) => {
    const { call, known } = createHarness();
    const answer = await call('POST', '/devices', { body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_payload', errors: [{ path }] });
    expect(known.size).toBe(0);
  });

  it('stores no label named __proto__', async () => {
    const { call, known } = createHarness();
    await call('POST', '/devices', { body: '{"id":"a","labels":{"__proto__":"x"}}' });
    expect(Object.keys(known.get('a')?.document.labels ?? {})).toEqual([]);
  });
});

describe('PATCH /devices/{id}', () => {
  it('edits the named fields, and answers the document with its new version', async () => {
    const { call, add } = createHarness();
    add('a', { name: 'old', group: 'hall' }, 4);
    const answer = await call('PATCH', '/devices/a', { body: { name: 'new', group: null } });
    expect(answer.headers.get('etag')).toBe('"5"');
    expect(await answer.json()).toMatchObject({ version: 5, document: { name: 'new', group: null } });
  });

  it('with If-Match edits only that version', async () => {
    const { call, add, known } = createHarness();
    add('a', {}, 4);
    const edit = (ifMatch: string) =>
      call('PATCH', '/devices/a', { body: { name: 'x' }, headers: { 'if-match': ifMatch } });
    expect(await (await edit('"3"')).json()).toMatchObject({ status: 409, code: 'conflict' });
    expect(known.get('a')?.version).toBe(4);
    expect((await edit('"4"')).status).toBe(200);
    expect((await edit('*')).status).toBe(200);
    for (const junk of ['4', '"four"', '"4", "5"']) {
      expect(await (await edit(junk)).json()).toMatchObject({
        code: 'invalid_payload',
        errors: [{ path: 'if-match' }],
      });
    }
  });

  it('refuses unknown fields and unknown devices', async () => {
    const { call, add } = createHarness();
    add('a');
    expect((await call('PATCH', '/devices/a', { body: { id: 'b' } })).status).toBe(400);
    const answer = await call('PATCH', '/devices/nobody', { body: { name: 'x' } });
    expect(await answer.json()).toMatchObject({ status: 404, code: 'device_unknown' });
  });
});

describe('DELETE /devices/{id} and its token', () => {
  it.each(['..', '.', 'a:b', 'a.b'])('removes a device with any id: %s', async (id) => {
    const { call, add, known } = createHarness();
    add(id);
    expect((await call('DELETE', `/devices?id=${encodeURIComponent(id)}`)).status).toBe(204);
    expect(known.size).toBe(0);
    expect((await call('DELETE', `/devices?id=${encodeURIComponent(id)}`)).status).toBe(404);
  });

  it('removes a device with 204, once', async () => {
    const { call, add, known } = createHarness();
    add('a');
    const answer = await call('DELETE', '/devices/a');
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(known.size).toBe(0);
    expect(await (await call('DELETE', '/devices/a')).json()).toMatchObject({ status: 404, code: 'device_unknown' });
  });

  it('rotates a token and shows it only then', async () => {
    const { call, add } = createHarness();
    add('a');
    const answer = await call('POST', '/devices/a/token');
    expect([answer.status, await answer.json()]).toEqual([200, { id: 'a', token: 'secret-2' }]);
    expect((await (await call('POST', '/devices/nobody/token')).json()).code).toBe('device_unknown');
  });
});
