import { describe, expect, test } from 'vitest';
import { decodeText, readDeviceList } from '../../src/console/core/device-list.ts';

const brief = (text: string) =>
  readDeviceList(text).map(({ line, id, name, group, labels, fault }) => [
    line,
    id,
    name,
    group,
    ...Object.entries(labels).map(([k, v]) => `${k}=${v}`),
    ...(fault ? [fault] : []),
  ]);

describe('Q14 a list of devices', () => {
  test.each([
    [
      'ids, one per line',
      'a-1\n\n  a-2  \r\n',
      [
        [1, 'a-1', '', ''],
        [3, 'a-2', '', ''],
      ],
    ],
    [
      'columns in their order, then labels',
      'a,Front door,Lobby,floor=3\n',
      [[1, 'a', 'Front door', 'Lobby', 'floor=3']],
    ],
    ['cells of a spreadsheet', 'a\tDoor; left, right\tLobby', [[1, 'a', 'Door; left, right', 'Lobby']]],
    ['Excel where the comma is decimal', 'a;Puerta;Córdoba', [[1, 'a', 'Puerta', 'Córdoba']]],
    ['a header, in any order', 'Group,ID\nLobby,a', [[2, 'a', '', 'Lobby']]],
    [
      'a header in Spanish, with labels, after a byte order mark',
      '\ufeffnombre;id;piso\nPuerta;a;3',
      [[2, 'a', 'Puerta', '', 'piso=3']],
    ],
    ['names alone: the ids are generated', 'name\nFront door', [[2, '', 'Front door', '']]],
    [
      'quoted cells',
      'id,name\na,"Door ""B"", 2nd\nfloor"\nb,x',
      [
        [2, 'a', 'Door "B", 2nd\nfloor', ''],
        [4, 'b', 'x', ''],
      ],
    ],
    ['nothing', ' \n', []],
  ])('%s', (_, text, wanted) => expect(brief(text)).toEqual(wanted));

  test.each([
    ['an id with a space', 'front door', { code: 'id' }],
    ['an id of dots', '..', { code: 'id' }],
    ['neither id nor name', ',,Lobby', { code: 'empty' }],
    ['an id for the second time', 'a\nb\na', { code: 'twice', first: 1 }],
    ['more cells than columns', 'id,name\na,Door,Lobby', { code: 'cells' }],
    ['a name that is too long', `a,${'x'.repeat(257)}`, { code: 'name' }],
    ['a group that is too long', `a,,${'x'.repeat(257)}`, { code: 'group' }],
    ['a label without a value', 'a,,,floor', { code: 'labels' }],
    ['a label with a forbidden key', 'a,,,__proto__=1', { code: 'labels' }],
    [
      'more than a thousand',
      Array.from({ length: 1001 }, (_, i) => `d${i}`).join('\n'),
      { code: 'tooMany', most: 1000 },
    ],
  ])('a line is faulty: %s', (_, text, fault) => {
    const devices = readDeviceList(text);
    expect(devices.at(-1)?.fault).toEqual(fault);
    expect(devices.slice(0, -1).every((it) => it.fault === undefined)).toBe(true);
  });

  test('a file in UTF-8 or in the encoding of Windows', () => {
    expect(decodeText(new TextEncoder().encode('Córdoba').buffer as ArrayBuffer)).toBe('Córdoba');
    expect(decodeText(new Uint8Array([67, 0xf3, 114]).buffer)).toBe('Cór');
  });
});
