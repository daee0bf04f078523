import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deviceClock,
  interfaces,
  inventory,
  isPlaceholder,
  nothingRead,
  PLAYBACK_PATHS,
  picturePath,
  playbackOf,
  read,
  type State,
  sectionTimes,
  sentAt,
  tellsPlayback,
  vitals,
} from '../../../machines/reading.ts';
import * as field from '../../support/field-states.ts';

const fixtures: Record<keyof typeof field, State> = { ...field };
const states: [string, State][] = Object.entries(fixtures);
const placeholders = new Set(['placeholder', 'firstPush']);

const playing = {
  status: 'playing',
  item: 'spring-offer.mp4',
  playlist: 'entrance',
  fullscreen: true,
  volume: 128,
  notPlaying: false,
  index: 1,
  position: 0.40372291207314,
  timeMs: 6000,
  lengthMs: 15_000,
};
const stopped = {
  ...playing,
  status: 'stopped',
  item: null,
  fullscreen: false,
  position: 0,
  timeMs: 0,
  lengthMs: null,
};

describe('P3 one reading for all versions', () => {
  const readings: Record<keyof typeof field, object> = {
    oldest: { ...playing, index: 0 },
    stoppedInOldest: stopped,
    stoppedState: stopped,
    plain: playing,
    withDefault: playing,
    withDefaultData: playing,
    withActiveInterfaces: playing,
    withPicture: playing,
    withoutPicture: playing,
    newest: playing,
    paused: { ...playing, status: 'paused' },
    betweenTwoItems: { ...playing, item: null, position: 0, timeMs: 0, lengthMs: null },
    unreachable: { ...stopped, status: 'unavailable', volume: 0 },
    placeholder: { ...nothingRead, volume: 100 },
    firstPush: nothingRead,
    flatPlaying: { ...nothingRead, status: 'playing', item: 'Spring offer', volume: 80 },
    flatNotPlaying: { ...nothingRead, notPlaying: true, item: 'Spring offer', volume: 80 },
    library: {
      ...nothingRead,
      status: 'paused',
      item: 'Spring offer',
      playlist: 'entrance',
      timeMs: 6000,
      lengthMs: 15_000,
    },
    simulated: { ...playing, item: 'Spring offer', playlist: 'Entrance', position: 0.4037 },
  };

  test.each(states)('%s', (name, state) => {
    expect(read(state)).toEqual(readings[name as keyof typeof field]);
  });

  test('the document shows five parts of it', () => {
    expect(playbackOf(read(field.newest))).toEqual({
      status: 'playing',
      item: 'spring-offer.mp4',
      playlist: 'entrance',
      fullscreen: true,
      volume: 128,
    });
  });
});

describe('P3 the terms and keys of each dialect', () => {
  test.each([
    ['playing', 'playing'],
    ['play', 'playing'],
    ['PLAYING', 'playing'],
    ['paused', 'paused'],
    ['Pause', 'paused'],
    ['stopped', 'stopped'],
    ['stop', 'stopped'],
    ['idle', 'stopped'],
    ['ended', 'stopped'],
  ])('the word "%s" means %s', (word, status) => {
    for (const key of ['state', 'status', 'playback']) expect(read({ vlc: { [key]: word } }).status).toBe(status);
  });

  test.each([{ vlc: { playing: false } }, { vlc: { isPlaying: 0 } }, { playing: false, currentMedia: 'a.mp4' }])(
    '%j cannot distinguish a pause from a stop',
    (state) => expect(read(state)).toMatchObject({ status: 'unknown', notPlaying: true }),
  );

  test.each([
    { vlc: { playing: true } },
    { vlc: { isPlaying: 1 } },
    { playing: true },
    { vlc: { playing: '1' } },
    { vlc: { playing: 'true' } },
  ])('%j plays', (state) => expect(read(state)).toMatchObject({ status: 'playing', notPlaying: false }));

  test.each([
    [{ playing: false, paused: true, currentMedia: { title: 'A film' } }, 'paused'],
    [{ playing: false, paused: true, currentMedia: {} }, 'paused'],
    [{ playing: false, stopped: 'True', currentMedia: 'a.mp4' }, 'stopped'],
  ])('%j in the flat form is %s', (state, status) => expect(read(state)).toMatchObject({ status, notPlaying: false }));

  test.each([false, 0, '0', 'false', 'False'])(
    'connected: %j, VLC is unavailable, whatever else is reported',
    (connected) => {
      expect(read({ vlc: { connected, state: 'playing', playing: true } }).status).toBe('unavailable');
      expect(read({ vlc: { connected, playing: 0, paused: 0, stopped: 1 } }).status).toBe('unavailable');
    },
  );

  test.each([
    ['120', 120],
    ['0.5', 0.5],
    [' 120', null],
    ['120 %', null],
    ['0,5', null],
    ['1e3', null],
    ['', null],
  ])('a volume of %j is %s', (volume, number) => expect(read({ vlc: { volume } }).volume).toBe(number));

  test.each([
    [{ vlc: { item: 'A film' } }, 'A film'],
    [{ vlc: { item: '', currentItem: 'a.mp4' } }, 'a.mp4'],
    [{ vlc: { filename: '/media/x/a.mp4' } }, 'a.mp4'],
    [{ vlc: { currentMedia: 'a.mp4' } }, 'a.mp4'],
    [{ currentMedia: '/media/a.mp4' }, 'a.mp4'],
    [{ currentMedia: { name: 'A film' } }, 'A film'],
    [{ currentMedia: { filename: 'x/a.mp4' } }, 'a.mp4'],
    [{ currentMedia: { file: 'a.mp4' } }, 'a.mp4'],
    [{ currentMedia: { url: 'https://media.example/a.mp4' } }, 'a.mp4'],
    [{ currentMedia: { uri: 'file:///media/a.mp4' } }, 'a.mp4'],
    [{ currentMedia: '/' }, '/'],
    [{ vlc: { currentItem: '  ' } }, null],
  ])('%j: the item is %s', (state, item) => {
    expect(read(state).item).toBe(item);
  });

  test.each([
    [{ activePlaylist: { playlistName: 'a', name: 'b' } }, 'a'],
    [{ activePlaylist: { playlistName: null, name: 'b' } }, 'b'],
    [{ activePlaylist: { id: 7 } }, '7'],
    [{ activePlaylist: { playlistName: null, playlistPath: 'public/videos/clips/clips.m3u' } }, 'clips'],
    [{ activePlaylist: { playlistPath: 'clips.m3u8.old' } }, 'clips.m3u8.old'],
    [{ activePlaylist: { playlistName: null, playlistPath: null } }, null],
    [{ activePlaylist: 'a' }, 'a'],
  ])('%j: the playlist is %s', (state, playlist) => {
    expect(read(state).playlist).toBe(playlist);
  });

  test.each([
    [{ vlc: { fullscreen: 1 } }, true],
    [{ vlc: { fullscreen: '0' } }, false],
    [{ vlc: { isFullscreen: true } }, true],
    [{ fullscreen: false }, false],
    [{ vlc: { fullscreen: 'yes' } }, null],
  ])('%j: full screen is %s', (state, fullscreen) => {
    expect(read(state).fullscreen).toBe(fullscreen);
  });

  test.each([
    [{ vlc: { currentTime: 3, duration: 10 } }, 3000, 10_000],
    [{ vlc: { elapsed: 1.5, length: -1 } }, 1500, null],
    [{ vlc: { time: 1e308, length: 1e308 } }, null, null],
  ])('%j: at %s of %s ms', (state, timeMs, lengthMs) => {
    expect(read(state)).toMatchObject({ timeMs, lengthMs });
  });
});

describe('P3a what is a measurement, and of when', () => {
  test.each(states)('%s', (name, state) => {
    expect(isPlaceholder(state)).toBe(placeholders.has(name));
  });

  test.each([
    { playing: false },
    { playing: false, currentMedia: null },
    { playing: false, currentMedia: '' },
    { timestamp: 1 },
    { timestamp: 1, deviceId: 'a' },
  ])('%j measures nothing', (state) => expect(isPlaceholder(state)).toBe(true));

  test.each([
    { playing: true },
    { playing: false, paused: true, currentMedia: {} },
    { playing: false, currentMedia: 'a.mp4' },
    { playing: false, currentMedia: { title: 'A film' } },
    { playing: false, currentMedia: {}, vlc: {} },
    { volume: 3 },
  ])('%j is a measurement', (state) => expect(isPlaceholder(state)).toBe(false));

  test('the age is that of the oldest section; another text is another measurement', () => {
    const { earliest, text, hasZone } = sectionTimes(field.newest);
    expect(earliest).toBe(Date.parse('2026-05-04T09:15:30.102Z'));
    // A repeated cache: only the send time is new.
    expect(sectionTimes({ ...field.newest, timestamp: '2026-05-04T10:00:00.000Z' })).toEqual({
      earliest,
      text,
      hasZone,
    });
    const again = { ...field.newest, system: { ...field.newest.system, timestamp: '2026-05-04T09:16:00.102Z' } };
    expect(sectionTimes(again).text).not.toBe(text);
    expect(sectionTimes(again).earliest).toBe(Date.parse('2026-05-04T09:15:30.148Z'));
  });

  test('the same times in other sections are another measurement', () => {
    const at = { timestamp: '2026-05-04T09:15:30.102Z' };
    expect(sectionTimes({ system: at }).text).not.toBe(sectionTimes({ storage: at }).text);
  });

  test.each(['firstPush', 'placeholder', 'flatPlaying', 'library', 'simulated'] as const)(
    '%s: no section has a time',
    (name) => expect(sectionTimes(fixtures[name])).toEqual({ earliest: undefined, text: '' }),
  );

  test('an invalid time, or one in a list, is no section time', () => {
    const state = { vlc: [{ timestamp: 1 }], system: { timestamp: 'soon' }, storage: { timestamp: {} }, app: null };
    expect(sectionTimes(state).earliest).toBeUndefined();
  });

  test('the send time', () => {
    expect(sentAt(field.newest, sectionTimes(field.newest))).toBe(Date.parse('2026-05-04T09:15:30.171Z'));
    expect(sentAt(field.flatPlaying, sectionTimes(field.flatPlaying))).toBe(1_777_886_130_000);
    expect(sentAt({}, sectionTimes({}))).toBeUndefined();
  });

  test.each([
    ['2026-05-04T09:15:30.171Z', 1_777_886_130_171],
    [1_777_886_130, 1_777_886_130_000],
    [1_777_886_130_171, 1_777_886_130_171],
  ])('%s is a time', (told, ms) => expect(deviceClock(told)).toBe(ms));

  // Outside the range of valid dates, calculations would throw.
  const outOfRange = [1e300, 8.64e15, '+200000-01-01T00:00:00Z', '-200000-01-01T00:00:00Z'];
  test.each(['soon', '', 0, -1, Number.NaN, true, null, [], {}, ...outOfRange])('%j is no time', (told) => {
    expect(deviceClock(told)).toBeUndefined();
  });

  test.each([
    '2026-05-04T09:15:30',
    '2026-05-04 09:15:30.171',
    'May 4 2026 09:15:30',
    '2026-05-04',
    12_345,
    '2026-02-30T09:15:30Z',
    '2026-13-01T09:15:30Z',
    '2026-05-04T25:00:00Z',
  ])('P11 %s says nothing about the clock: it has no time zone, or is not in the calendar', (told) => {
    expect(deviceClock(told)).toBeUndefined();
  });

  test.each([
    '2026-05-04T11:15:30+0200',
    '2026-05-04T11:15:30,000+02:00',
    '2026-05-04 09:15:30Z',
    'Mon May 04 2026 11:15:30 GMT+0200 (CEST)',
    'Mon, 04 May 2026 09:15:30 GMT',
  ])('P11 %s does', (told) => expect(deviceClock(told)).toBe(Date.UTC(2026, 4, 4, 9, 15, 30)));

  test('P11 in every month the days that it has, and no others', () => {
    for (const year of [2026, 2028])
      for (let month = 1; month <= 12; month++) {
        const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
        for (let day = 0; day < 100; day++) {
          const told = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T09:15:30.171Z`;
          const exists = day >= 1 && day <= days;
          expect(deviceClock(told), told).toBe(exists ? Date.UTC(year, month - 1, day, 9, 15, 30, 171) : undefined);
        }
      }
  });

  test('P11 a text of more than a hundred characters does not', () => {
    const full = `Mon, 04 May 2026 09:15:30 GMT (${'x'.repeat(68)})`;
    expect([full.length, deviceClock(full)]).toEqual([100, Date.UTC(2026, 4, 4, 9, 15, 30)]);
    const told = (name: string) => `Mon May 04 2026 11:15:30 GMT+0200 (${name})`;
    expect(deviceClock(told('CEST'.repeat(15)))).toBe(Date.UTC(2026, 4, 4, 9, 15, 30));
    expect(deviceClock(told('CEST'.repeat(20)))).toBeUndefined();
  });

  test('P3a times without a time zone are compared only with one another', () => {
    const [local, zoned] = ['2026-05-04T09:15:00', '2026-05-04T07:15:05Z'];
    const both = { timestamp: '2026-05-04T09:15:30', system: { timestamp: local } };
    const times = sectionTimes(both);
    expect((sentAt(both, times) as number) - (times.earliest as number)).toBe(30_000);
    const mixed = { timestamp: zoned, system: { timestamp: local } };
    expect(sentAt(mixed, sectionTimes(mixed))).toBeUndefined();
    const sections = { timestamp: zoned, system: { timestamp: local }, storage: { timestamp: zoned } };
    expect(sectionTimes(sections).earliest).toBe(Date.parse(zoned));
    expect(sentAt(sections, sectionTimes(sections))).toBe(Date.parse(zoned));
    const early = '2026-05-04T05:00:00';
    expect(sectionTimes({ storage: { timestamp: zoned }, system: { timestamp: early } }).earliest).toBe(
      Date.parse(zoned),
    );
    expect(sectionTimes({ system: { timestamp: local } }).text).toContain(local);
  });

  test('which partial states contain playback', () => {
    expect(tellsPlayback({ vlc: {} })).toBe(true);
    expect(tellsPlayback({ playing: false })).toBe(true);
    expect(tellsPlayback({ system: {}, activePlaylist: {} })).toBe(false);
  });

  test('what two measurements are compared by', () => {});
});

describe('A5 what `playback` is derived from', () => {
  /** A value of another type, so that every reader notices a difference. */
  const other = (value: unknown) => (typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 1 : 'x');

  test.each(states)('%s: each value that changes the playback is listed', (_, state) => {
    const missed = paths(state).filter((path) => {
      const changed = structuredClone(state) as Record<string, unknown>;
      const [last, ...way] = path.split('/').reverse() as [string, ...string[]];
      const holder = way.reduceRight((it, key) => it[key] as Record<string, unknown>, changed);
      holder[last] = other(holder[last]);
      const differs = JSON.stringify(playbackOf(read(changed))) !== JSON.stringify(playbackOf(read(state)));
      return differs && !PLAYBACK_PATHS.has(path);
    });
    expect(missed).toEqual([]);
  });

  test('position and time are not: they tick', () => {
    for (const path of ['vlc/position', 'vlc/time', 'vlc/length']) expect(PLAYBACK_PATHS.has(path)).toBe(false);
  });

  function paths(value: unknown, prefix = ''): string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return prefix === '' ? [] : [prefix];
    return Object.entries(value).flatMap(([key, it]) => paths(it, prefix === '' ? key : `${prefix}/${key}`));
  }
});

describe('the machine that the player runs on', () => {
  const machine = {
    hostName: 'signage-07',
    addresses: ['10.4.0.31', '10.4.1.77'],
    macs: ['02:00:5e:10:00:01', '02:00:5e:10:00:02'],
    timeZone: null,
    memory: { totalBytes: 4_000_000_000, freeBytes: 1_500_000_000 },
    disk: { totalBytes: 64_000_000_000, usedBytes: 24_000_000_000 },
  };
  const nothing = { hostName: null, addresses: [], macs: [], timeZone: null, memory: null, disk: null };

  test.each(['oldest', 'plain', 'withActiveInterfaces', 'withPicture', 'paused', 'unreachable'] as const)(
    '%s',
    (name) => expect(inventory(fixtures[name])).toEqual({ ...machine, timeZone: expect.toSatisfy(() => true) }),
  );

  test('the newest reports its time zone, the others do not', () => {
    expect(inventory(field.newest).timeZone).toBe('Europe/Madrid');
    expect(inventory(field.plain).timeZone).toBeNull();
  });

  test('of several disks, the fullest', () => {
    expect(inventory(field.simulated)).toEqual({
      hostName: 'screen-sim-0007',
      addresses: ['10.20.0.7'],
      macs: ['02:00:5e:00:00:07'],
      timeZone: 'Europe/Zurich',
      memory: { totalBytes: 4_000_000_000, freeBytes: 1_500_000_000 },
      disk: { totalBytes: 16_000_000_000, usedBytes: 8_000_000_000 },
    });
  });

  test('its current load: of both generations and of the library', () => {
    const system = { uptime: 56976.33, loadavg: [1.01, 0.7, 0.63], cpus: 4 };
    expect(vitals({ system })).toEqual({ uptimeMs: 56_976_330, load: 1.01, processors: 4, celsius: null });
    const ours = { uptime: 60, load: 0.4, temperature: 51, cpu: { cores: 2 } };
    expect(vitals({ system: ours })).toEqual({ uptimeMs: 60_000, load: 0.4, processors: 2, celsius: 51 });
    const nothing = { uptimeMs: null, load: null, processors: null, celsius: null };
    for (const system of [undefined, 'x', { uptime: 'long', loadavg: ['x'], cpus: 0 }])
      expect(vitals({ system })).toEqual(nothing);
  });

  test('used space is the rest of the total if only free space is reported', () => {
    expect(inventory({ storage: { totalSpace: 10, freeSpace: 4 } }).disk).toEqual({ totalBytes: 10, usedBytes: 6 });
    expect(inventory({ storage: { totalSpace: 10 } }).disk).toBeNull();
    expect(inventory({ storage: { totalSpace: 0, freeSpace: 0, usedSpace: 0 } }).disk).toBeNull();
  });

  test.each(['placeholder', 'firstPush', 'flatPlaying', 'library'] as const)('%s: nothing is read', (name) => {
    expect(inventory(fixtures[name])).toEqual(nothing);
  });

  test('external addresses: no loopback, no zero address, lists of addresses too', () => {
    const network = {
      lo: { address: '127.0.0.1', mac: '00:00:00:00:00:00' },
      lo6: [{ address: '::1' }],
      tunnel: { address: '10.9.0.1', mac: '02:00:5e:00:00:09', internal: true },
      eth0: [
        { address: '10.4.0.31', mac: '02:00:5E:00:00:01', family: 'IPv4' },
        { address: 'fe80::1', mac: '02:00:5e:00:00:01', family: 'IPv6' },
      ],
    };
    expect(interfaces(network)).toEqual({ addresses: ['10.4.0.31', 'fe80::1'], macs: ['02:00:5e:00:00:01'] });
  });

  test('addresses that are nested too deeply are none', () => {
    const eth0 = { address: '10.4.0.31' };
    expect(interfaces({ a: { b: { eth0 } } }).addresses).toEqual(['10.4.0.31']);
    expect(interfaces({ a: { b: { c: { eth0 } } } }).addresses).toEqual([]);
  });

  test.each(['02:00:5e:00:00:01', '02-00-5E-00-00-01', '0200.5e00.0001', '02005E000001'])(
    'P8 a hardware address is the same, written as %s',
    (mac) => expect(interfaces({ eth0: { mac } }).macs).toEqual(['02:00:5e:00:00:01']),
  );

  test.each(['unknown', '', '00-00-00-00-00-00', '000000000000', 'eth0', '02:00:5e'])(
    'P8 "%s" is no hardware address, and does not identify a machine',
    (mac) => expect(interfaces({ eth0: { mac } }).macs).toEqual([]),
  );
});

describe('P10 a picture that stayed on the player', () => {
  const picture = { path: 'public/snapshots/snapshot.jpg', createdAt: '2026-05-04T09:15:31.020Z' };

  test('in a state, in a result and by itself', () => {
    expect(picturePath(field.withPicture)).toEqual(picture);
    expect(picturePath({ fileName: 'snapshot.jpg', snapshot: field.withPicture.snapshot })).toEqual(picture);
    expect(picturePath(field.withPicture.snapshot)).toEqual(picture);
  });

  test.each([[field.withoutPicture], [field.plain], [null], ['a'], [[]], [{ snapshot: { url: 7 } }]])('none', (value) =>
    expect(picturePath(value)).toBeNull(),
  );
});

describe('hostile states', () => {
  test('a list that holds a number or a word is neither', () => {
    expect(read({ vlc: { volume: ['80'], position: [0.5], state: ['playing'] } })).toEqual(nothingRead);
  });

  /** All reading functions. */
  const everything = (state: State) => {
    inventory(state);
    interfaces(state);
    sectionTimes(state);
    sentAt(state, sectionTimes(state));
    tellsPlayback(state);
    picturePath(state);
    return { reading: read(state), isPlaceholder: isPlaceholder(state) };
  };

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])('"%s" is no status', (word) => {
    const vlc = { state: word, status: word, playback: word };
    expect(everything({ vlc, playing: word, activePlaylist: { id: word } }).reading).toMatchObject({
      status: 'unknown',
      playlist: word,
    });
  });

  test.each([0, 1, '', 'x', true, null, [], [[]], Number.NaN, Number.POSITIVE_INFINITY])(
    '%j in the place of every value',
    (wrong) => {
      for (const [, state] of states) {
        for (const section of Object.keys(state)) {
          everything({ ...state, [section]: wrong });
          const inside = state[section];
          if (typeof inside !== 'object' || inside === null) continue;
          for (const key of Object.keys(inside)) everything({ ...state, [section]: { ...inside, [key]: wrong } });
        }
      }
    },
  );

  test.each([
    [{ item: 7, currentItem: {}, filename: [], volume: 'eleven', fullscreen: 2, position: '0,5', time: null }],
    [{ volume: Number.NaN, position: Number.POSITIVE_INFINITY, time: Number.NEGATIVE_INFINITY, length: true }],
    [[{ state: 'playing' }]],
    ['playing'],
  ])('vlc: %j reads as nothing', (vlc) => expect(read({ vlc })).toEqual(nothingRead));

  test('a huge or deep network section costs little and yields little', () => {
    const many = Array.from({ length: 100_000 }, (_, n) => ({ address: `10.0.${n >> 8}.${n & 255}` }));
    let deep: object = { address: '10.0.0.1' };
    for (let n = 0; n < 1000; n++) deep = { deep };
    const { addresses } = inventory({ system: { network: { many, deep } } });
    expect(addresses.length).toBe(32);
  });

  const json = fc.jsonValue({ maxDepth: 4 });
  const dictionary = (keys: string[], value: fc.Arbitrary<unknown>) =>
    fc.dictionary(fc.constantFrom(...keys), value, { noNullPrototype: true });
  const keysIn = (state: unknown): string[] =>
    typeof state === 'object' && state !== null
      ? Object.entries(state).flatMap(([key, value]) => [key, ...keysIn(value)])
      : [];
  const keys = [...new Set(states.flatMap(([, state]) => keysIn(state)))];
  const words = fc.constantFrom(
    'playing',
    'paused',
    'stopped',
    'constructor',
    '__proto__',
    '',
    true,
    false,
    0,
    1,
    null,
  );
  const section = dictionary(keys, fc.oneof(words, json, dictionary(keys, json)));
  const anyState = dictionary(keys, fc.oneof({ weight: 3, arbitrary: section }, words, json));

  test('no state makes it throw, and a placeholder has no status', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const { reading, isPlaceholder } = everything(state);
        if (isPlaceholder) expect(reading).toMatchObject({ status: 'unknown', notPlaying: false, item: null });
      }),
      { numRuns: 1000 },
    );
  });

  test('a reading’s values have their types, or are null', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const { status, notPlaying, item, playlist, fullscreen, volume, ...figures } = read(state);
        expect(['playing', 'paused', 'stopped', 'unavailable', 'unknown']).toContain(status);
        expect(typeof notPlaying).toBe('boolean');
        for (const text of [item, playlist])
          expect(text === null || (typeof text === 'string' && text !== '')).toBe(true);
        expect([true, false, null]).toContain(fullscreen);
        for (const figure of [volume, ...Object.values(figures)])
          expect(figure === null || Number.isFinite(figure)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
