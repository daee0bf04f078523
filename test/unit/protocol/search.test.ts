import { describe, expect, it } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import type { DeviceDocument } from '../../../src/protocol/document.ts';
import { matcherOf } from '../../../src/protocol/filter/match.ts';
import { parseFilter } from '../../../src/protocol/filter/parse.ts';

const blank = newDocument('0f3c', 0, 30_000);
const device: DeviceDocument = {
  ...blank,
  name: 'Salón Norte',
  group: 'Straße',
  labels: { city: 'Málaga', floor: 'Tercera planta' },
  connection: { ...blank.connection, address: '198.51.100.7' },
  network: { eth0: { address: '192.0.2.99', mac: '02:00:00:00:00:AB', internal: false } },
  playback: { ...blank.playback, status: 'playing', item: 'Façade.mp4', playlist: 'Otoño' },
  state: {
    system: {
      hostname: 'rpi-norte',
      network: {
        lo: { address: '127.0.0.1', mac: '00:00:00:00:00:00', internal: true },
        wlan0: { address: '192.0.2.84', mac: '02:00:00:00:00:02', internal: false },
      },
    },
    notes: 'unlisted',
  },
};
const searchFor = (q: string) => (document: DeviceDocument) => matcherOf(parseFilter(q))(document, 0);
const finds = (q: string, document = device) => searchFor(q)(document);

describe('search (SPEC D7)', () => {
  it.each([
    ['id', '0F3'],
    ['name', 'salon'],
    ['group', 'STRASSE'],
    ['a label', 'malaga'],
    ['the item', 'facade.MP4'],
    ['the playlist', 'otono'],
    ['the host name', 'RPI-norte'],
    ['the address it connects from', '198.51.100'],
    ['its LAN address', '192.0.2.84'],
    ['its hardware address', '02:00:00:00:00:02'],
    ['the address it registered with', '192.0.2.99'],
    ['the hardware address it registered with', '02:00:00:00:00:ab'],
    ['a hardware address with hyphens', '02-00-00-00-00-AB'],
    ['the beginning of one with hyphens', '02-00-00'],
    ['a hardware address as switches write it', '0200.0000.00AB'],
    ['a bare hardware address', '0200000000ab'],
    ['a key with a bare hardware address', 'mac:0200000000AB'],
    ['a key with a hardware address as switches write it', 'mac=0200.0000.00ab'],
    ['a key with a part of a hardware address', 'mac~00-00-AB'],
  ])('looks in %s: %s', (_, q) => {
    expect(finds(q)).toBe(true);
  });

  it.each([
    ['composed', 'Salón'],
    ['decomposed', 'Salón'.normalize('NFD')],
    ['without accents', 'SALON'],
    ['in wide letters', 'ｓａｌｏｎ'],
    ['with an accent too many', 'sälön'],
  ])('finds a name %s, and names written that way', (_, form) => {
    expect(finds(form)).toBe(true);
    for (const q of ['salón', 'SALON', 'Salón'.normalize('NFD')]) {
      expect(finds(q, { ...blank, name: form }), q).toBe(true);
    }
  });

  it('finds a Greek word in both cases, with either sigma', () => {
    for (const name of ['ΟΔΟΣ', 'οδός', 'οδοσ']) expect(finds('οδος', { ...blank, name }), name).toBe(true);
  });

  it('requires every word, each anywhere, and none across two values', () => {
    expect(finds('norte  malaga facade')).toBe(true);
    expect(finds('norte sevilla')).toBe(false);
    expect(finds('nortestraße')).toBe(false);
    expect(finds('   ')).toBe(true);
  });

  it('searches nothing else: keys of labels, other parts of the state, loopback', () => {
    for (const q of ['floor', 'unlisted', '127.0.0.1', 'playing']) expect(finds(q), q).toBe(false);
  });

  it('follows the document', () => {
    const search = searchFor('facade');
    expect(search(device)).toBe(true);
    expect(search({ ...device, playback: { ...device.playback, item: 'Menu.mp4' } })).toBe(false);
  });

  it('survives any input of a device', () => {
    const state = { system: { hostname: 7, network: Object.fromEntries([...'abc'].map((key) => [key, null])) } };
    const junk = { ...blank, network: ['eth0', { mac: 'x'.repeat(100_000) }], state } as unknown as DeviceDocument;
    expect(finds('0f3c', junk)).toBe(true);
  });
});
