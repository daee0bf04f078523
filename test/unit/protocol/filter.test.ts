import { describe, expect, it } from 'vitest';
import { newDocument } from '../../../src/fleet/document.ts';
import type { DeviceDocument } from '../../../src/protocol/document.ts';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { keys } from '../../../src/protocol/filter/fields.ts';
import { FilterError } from '../../../src/protocol/filter/filter.ts';
import { isTimed, matcherOf } from '../../../src/protocol/filter/match.ts';
import { parseFilter } from '../../../src/protocol/filter/parse.ts';
import { printFilter } from '../../../src/protocol/filter/print.ts';
import { readFilter } from '../../../src/protocol/filter/read.ts';
import { compareVersions } from '../../../src/protocol/filter/version.ts';

const HOUR = 3_600_000;
const now = Date.parse('2026-11-29T12:00:00Z');
const ago = (ms: number) => new Date(now - ms).toISOString();
const blank = newDocument('0f3c', now - 5 * HOUR, 30_000);
const device: DeviceDocument = {
  ...blank,
  name: 'Salón Norte 24"',
  group: 'Lobby',
  appVersion: '2.10.1',
  labels: { city: 'Mendoza', 'opening hours': '8–22', empty: '' },
  connection: {
    ...blank.connection,
    status: 'offline',
    since: ago(2 * HOUR),
    lastSeenAt: ago(2 * HOUR),
    reason: 'no_heartbeat',
    address: '198.51.100.7',
  },
  playback: { status: 'paused', item: 'Otoño, parte 2.mp4', playlist: 'Autumn looks', fullscreen: true, volume: 80 },
  network: { eth0: { address: '192.0.2.99', mac: '02:00:00:00:00:AB', internal: false } },
  state: { system: { hostname: 'RPI-norte' } },
};
const finds = (filter: string, document = device) => matcherOf(parseFilter(filter))(document, now);
const fault = (filter: string): FilterError => {
  try {
    parseFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) return error;
  }
  throw new Error(`${filter} has no fault`);
};

describe('filters (SPEC F1–F6)', () => {
  it.each([
    'status:offline group:lobby version>2.3 label.city=Mendoza playing~"autumn looks"',
    'id:0F3C',
    'name:"salon norte 24\\""',
    'name~"NORTE 24"',
    'group=Lobby',
    'Status:OFFLINE,online',
    'label.CITY:cordoba,mendoza',
    'label."opening hours"~22',
    'playing:"otoño, parte 2.mp4"',
    'playing~otono,',
    'playlist~autumn',
    'playback:paused,stopped',
    'onair:unknown',
    'fullscreen:yes',
    'volume>=80 volume<80.5',
    'host:rpi-NORTE',
    'address~192.0.2',
    'address:198.51.100.7',
    'mac:02:00:00:00:00:ab',
    'reason:no_heartbeat',
    'blocked:no restricted:no conflict:no desired:none,failing',
    'report:unknown',
  ])('F1 F3 selects by the document: %s', (filter) => {
    expect(finds(filter)).toBe(true);
    expect(finds(filter, { ...blank, id: 'other', connection: { ...blank.connection, status: 'online' } })).toBe(
      /^(onair|blocked|report|Status)/.test(filter),
    );
  });

  it.each([
    'group=lobby',
    'group:lob',
    'label.city=mendoza',
    'status:online',
    'version:2.1',
    'version=2.10',
    'label.floor:3',
    'volume>80',
    'playing~"autumn" group:roof',
    'mac:02',
  ])('F2 does not select %s', (filter) => {
    expect(finds(filter)).toBe(false);
  });

  it('F2 `-` and `!` negate a term of any kind, and `!=` is "not exactly"', () => {
    expect(finds('-status:online !group:roof -"no such words" -sevilla group!=lobby')).toBe(true);
    for (const filter of ['-group:lobby', '!norte', '-"salon norte"', 'group!=Lobby', '-version>2']) {
      expect(finds(filter), filter).toBe(false);
    }
    expect(finds('-group!=Lobby')).toBe(true);
  });

  it('F4 versions are compared as versions', () => {
    for (const filter of ['version>2.9', 'version>=2.10.1', 'version<2.11', 'version:v2.10.1.0', 'version~10']) {
      expect(finds(filter), filter).toBe(true);
    }
    const order = ['2.3.0-alpha', '2.3.0-beta.2', '2.3.0-beta.10', '2.3', '2.3.0.1', 'v2.10', '10'];
    for (const [i, a] of order.entries()) {
      for (const [j, b] of order.entries()) {
        expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j));
      }
    }
    for (const appVersion of [null, 'nightly']) {
      expect(finds('version<99', { ...device, appVersion })).toBe(false);
      expect(finds('-version<99', { ...device, appVersion })).toBe(true);
    }
    expect(finds('version:NIGHTLY', { ...device, appVersion: 'nightly' })).toBe(true);
  });

  it('F4 ages are compared with the time since; never seen is longer ago than anything', () => {
    expect(finds('seen>1h seen>=120m seen<1d since>7199s since<0.5w')).toBe(true);
    expect(finds('seen>2h')).toBe(false);
    expect(finds('seen>52w', { ...device, connection: { ...device.connection, lastSeenAt: null } })).toBe(true);
    expect(finds('seen<1m', { ...device, connection: { ...device.connection, status: 'online' } })).toBe(true);
    expect(isTimed(parseFilter('a -seen>1h'))).toBe(true);
    expect(isTimed(parseFilter('seen'))).toBe(false);
  });

  it.each([
    // Any of them matches, at any position in the list.
    ['group:roof,lobby,hall', true],
    ['group:roof,hall', false],
    ['-group:roof,hall', true],
    ['-group:roof,lobby', false],
    ['label.city:"cordoba","mendoza"', true],
    ['label.city:sevilla,"mendo,za"', false],
    ['status:online,reconnecting', false],
    ['version:2.1,2.10.1', true],
    ['address:192.0.2.1,198.51.100.7', true],
    // A comma is part of a value that is no list.
    ['playing~"autumn,looks"', false],
    ['group=roof,Lobby', false],
  ])('F2 a list is any of its values: %s is %s', (filter, isFound) => {
    expect(finds(filter)).toBe(isFound);
  });

  it.each([
    ['group:north/', 'North', true],
    ['group:north/', 'North/hall/2', true],
    ['group:north/hall/,roof', 'North/hall', true],
    ['group=North/', 'North/hall', true],
    ['group=north/', 'North/hall', false],
    ['group:north/', 'Northern/hall', false],
    ['group:north', 'North/hall', false],
    ['group:north/', null, false],
    ['-group:north/', 'North/hall', false],
  ])('F2 `/` at the end is a group and its subgroups: %s with %s is %s', (filter, group, isFound) => {
    expect(finds(filter, { ...device, group })).toBe(isFound);
  });

  it('F2 an empty value matches a missing one', () => {
    expect(finds('label.floor:"" label.empty="" -label.city:"" -group:""')).toBe(true);
    expect(finds('group:"",roof', { ...device, group: null })).toBe(true);
    expect(finds('version:""', { ...device, appVersion: null })).toBe(true);
  });

  it.each([
    ['vlc:pause', 'vlc:pause'],
    ['02:00:00:00:00:ab', '02:00:00:00:00:ab'],
    ['192.0.2.99:80', '192.0.2.99:80'],
    ['label.:x', 'label.:x'],
    ['24"', '24"'],
    ['status', 'status'],
    ['"status:offline"', 'status:offline'],
    ['"-3"', '-3'],
    ['-', '-'],
  ])('F5 text without a key is plain text: %s', (filter, text) => {
    expect(parseFilter(filter).terms).toEqual([{ not: false, text }]);
    expect(finds(filter, { ...blank, name: `«${text}»` })).toBe(true);
  });

  it('F5 words match anywhere, quoted text as a phrase', () => {
    expect(finds('norte salon')).toBe(true);
    expect(finds('"norte salon"')).toBe(false);
    expect(finds('"SALÓN norte"')).toBe(true);
  });

  it.each<[filter: string, problem: string, offset: number, key?: string, expected?: string]>([
    ['group:lobby status:offlin', 'value', 19, 'status', 'online, reconnecting, offline'],
    ['status~off', 'operator', 6, 'status', ': ='],
    ['name<b', 'operator', 4, 'name', ': = ~'],
    ['version<new', 'value', 8, 'version', 'a version, such as 2.3'],
    ['volume:loud', 'value', 7, 'volume', 'a number'],
    ['seen>yesterday', 'value', 5, 'seen', 'a time, such as 30m, 2h or 7d'],
    ['seen:1h', 'operator', 4, 'seen', '< <= > >='],
    ['name~""', 'value', 5, 'name', 'some text'],
    ['group:', 'no value', 6],
    ['group: lobby', 'no value', 6],
    ['group:lobby,', 'no value', 12],
    ['""', 'no value', 0],
    ['name:"north', 'open quote', 5],
    ['a "north', 'open quote', 2],
    ['"north"east', 'after quote', 7],
    ['-grup:lobby', 'key', 1, 'grup'],
  ])('F6 %s has a fault: %s at %i', (filter, problem, offset, key, expected) => {
    expect(fault(filter)).toMatchObject({ problem, offset, key, expected });
  });

  it('F6 an invalid filter gives its code, path and position', () => {
    const refused = () => readFilter('filter', 'group:lobby status:off');
    expect(refused).toThrow(VigiaError);
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'invalid_payload',
        details: [
          {
            path: 'filter',
            offset: 19,
            message: 'character 20: "status" takes online, reconnecting, offline',
          },
        ],
      }),
    );
  });

  it('every key is in the specification', async () => {
    const { readFileSync } = await import('node:fs');
    const spec = readFileSync(new URL('../../../SPEC.md', import.meta.url), 'utf8');
    const section = spec.slice(spec.indexOf('## Filters'));
    expect(keys.filter((key) => !section.includes(`\`${key}\``))).toEqual([]);
  });

  it('prints what it read', () => {
    const filter = '-status:offline,"online"  label."opening hours"=8  group!="a b" name:"a,b","" "-x" "two words" \tz';
    expect(printFilter(parseFilter(filter))).toBe(
      '-status:offline,online label."opening hours"=8 -group="a b" name:"a,b","" "-x" "two words" z',
    );
  });
});

describe('F1 20,000 devices', () => {
  const fleet = Array.from({ length: 20_000 }, (_, i): DeviceDocument => {
    return { ...device, id: `screen-${i}`, name: `Salón ${i}`, appVersion: `2.${i % 7}.1`, state: { ...device.state } };
  });

  it('are filtered within 50 ms of CPU time, warm', () => {
    const matches = matcherOf(
      parseFilter('status:offline group:lobby version<2.3 label.city=Mendoza playing~"Autumn" salon'),
    );
    const run = () => {
      const { user, system } = process.cpuUsage();
      const found = fleet.filter((it) => matches(it, now)).length;
      const used = process.cpuUsage();
      return { found, ms: (used.user - user + used.system - system) / 1000 };
    };
    const runs = Array.from({ length: 8 }, run);
    expect(runs[0]?.found).toBe(fleet.filter(({ appVersion }) => /^2\.[012]\./.test(appVersion ?? '')).length);
    expect(Math.min(...runs.map(({ ms }) => ms))).toBeLessThan(50);
  });
});
