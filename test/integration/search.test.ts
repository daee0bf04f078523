import { expect, test } from 'vitest';
import type { VersionedDocument } from '../../src/protocol/document.ts';
import { startFielded } from '../support/fielded-screen.ts';
import { sharedServer } from '../support/server.ts';
import { vigia } from '../support/vigia.ts';

const server = sharedServer();
const found = async (q: string): Promise<string[]> => {
  const { body } = await server.it.call(`/devices?q=${encodeURIComponent(q)}`);
  return body.devices.map((it: VersionedDocument) => it.document.id);
};

test('D6, D7 REST and the CLI show what plays, and find a fielded player by it, by its host, addresses and labels', async () => {
  const screen = await startFielded(
    server.it,
    'find-1',
    { deviceName: 'Salón Norte', deviceGroup: 'Planta Baja' },
    {
      host: 'rpi-norte',
      address: '10.9.8.7',
      mac: '02:00:5E:99:88:77',
      playlist: 'Otoño',
      vlc: { currentItem: 'Café.mp4' },
    },
  );
  await startFielded(server.it, 'find-2');
  await server.it.call('/devices/find-1', { labels: { city: 'Málaga' } }, { method: 'PATCH' });
  await expect.poll(() => found('cafe.mp4')).toEqual(['find-1']);
  for (const q of [
    'FIND-1',
    'salon',
    'planta baja',
    'otono',
    'Otoño'.normalize('NFD'),
    'RPI-norte',
    '10.9.8.7',
    'malaga',
  ])
    expect(await found(q), q).toEqual(['find-1']);
  expect(await found('02:00:5e:99:88:77')).toEqual(['find-1']);
  expect(await found('norte málaga café')).toEqual(['find-1']);
  expect(await found('norte sevilla')).toEqual([]);

  const { body } = await server.it.call('/devices/find-1');
  expect(body.document.playback).toEqual({
    status: 'playing',
    item: 'Café.mp4',
    playlist: 'Otoño',
    fullscreen: true,
    volume: 128,
  });
  const listed = await vigia(server.it, 'devices', 'list', '--q', 'cafe');
  expect(listed.stdout).toMatch(/^find-1 .*Café\.mp4 \(Otoño\) +live/m);
  expect(listed.stdout).not.toContain('find-2');

  screen.measure({ vlc: { currentItem: null, playing: false, stopped: true, connected: false } });
  await expect.poll(() => found('cafe.mp4')).toEqual([]);
  expect((await vigia(server.it, 'devices', 'list', '--q', 'norte')).stdout).toMatch(
    /^find-1 .*unavailable \(Otoño\)/m,
  );
});

test('the CLI marks what is unreliable: an old measurement, a refused state', async () => {
  await startFielded(server.it, 'old-1', {}, { agoMs: 3 * 3_600_000 });
  const refused = await startFielded(server.it, 'refused-1');
  refused.socket.off('player:request:state');
  refused.socket.emit('player:state', { large: 'x'.repeat(400_000) });
  const noteOf = async (id: string) => (await vigia(server.it, 'devices', 'list', '--q', id)).stdout;
  await expect.poll(() => noteOf('old-1')).toMatch(/ stale +measured 3 h \d+ min ago/);
  await expect.poll(() => noteOf('refused-1')).toMatch(/state refused \d.* ago \(payload_too_large\)/);
});

test('F1–F6 REST and the CLI accept filters, and point at the fault of an invalid one', async () => {
  await Promise.all(
    [
      { id: 'filter-1', name: 'Sala Uno', group: 'filters', labels: { city: 'Mendoza' } },
      { id: 'filter-2', name: 'Sala Dos', group: 'filters', labels: { city: 'Córdoba' } },
      { id: 'filter-3', name: 'vlc:pause', group: 'filters' },
    ].map((body) => server.it.call('/devices', body)),
  );
  const screen = await startFielded(server.it, 'filter-1', { appVersion: '2.10.0' });
  screen.measure({ vlc: { currentItem: 'Autumn.mp4' } });
  await expect.poll(() => found('group:filters playing~autumn')).toEqual(['filter-1']);
  expect(await found('group:filters status:offline')).toEqual(['filter-2', 'filter-3']);
  expect(await found('group:filters -label.city:cordoba')).toEqual(['filter-1', 'filter-3']);
  expect(await found('group:filters version>2.9 seen<1m sala')).toEqual(['filter-1']);
  expect(await found('group:filters seen>52w')).toEqual(['filter-2', 'filter-3']);
  expect(await found('vlc:pause')).toEqual(['filter-3']);
  expect(await found('name:"sala dos","vlc:PAUSE"')).toEqual(['filter-2', 'filter-3']);

  const refused = await server.it.call(`/devices?q=${encodeURIComponent('group:filters status:off')}`);
  expect(refused).toMatchObject({
    status: 400,
    body: {
      code: 'invalid_payload',
      errors: [{ path: 'q', offset: 21, message: 'character 22: "status" takes online, reconnecting, offline' }],
    },
  });

  const listed = await vigia(server.it, 'devices', 'list', '--q=-status:online group:filters label.city~ORD');
  expect(listed.stdout).toContain('filter-2');
  expect(listed.stdout).not.toMatch(/filter-[13]/);
  const wrong = await vigia(server.it, 'devices', 'list', '--q', 'volume:loud');
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toBe('q: character 8: "volume" takes a number\n');
});
