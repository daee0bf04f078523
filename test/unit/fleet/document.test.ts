import { describe, expect, test } from 'vitest';
import {
  completed,
  concernsStateOnly,
  connected,
  disconnected,
  given,
  keepPicture,
  lostUnseen,
  newDocument,
  shownCommands,
  withProfile,
  withRestriction,
} from '../../../src/fleet/document.ts';
import type { CommandRecord } from '../../../src/protocol/commands.ts';
import type { DeviceDocument } from '../../../src/protocol/document.ts';

const AT = Date.parse('2026-11-29T12:00:00.000Z');
const LATER = AT + 1000;
const later = '2026-11-29T12:00:01.000Z';
const document = newDocument('d', AT, 30_000);
const { connection } = document;
const session = { id: 's', address: '10.0.0.1' };
const online = connected(connection, session, 'n1', AT);
const picture = {
  url: '/api/v1/snapshots/0mhjv1s00-0123456789abcdef',
  takenAt: '2026-11-29T12:00:00.000Z',
  size: 1,
  width: 1,
  height: 1,
};

test('D1 a new document claims nothing', () => {
  const at = '2026-11-29T12:00:00.000Z';
  expect(document).toMatchObject({
    ...{ id: 'd', name: null, group: null, labels: {}, state: {}, commands: {}, capabilities: { commands: [] } },
    connection: { status: 'offline', since: at, reason: 'never_connected', sessionId: null, node: null },
    report: { status: 'unknown', receivedAt: null, measuredAt: null, intervalMs: 30_000 },
    onAir: { status: 'unknown', since: at },
  });
});

describe('a document of an earlier version', () => {
  test('gets the parts that it lacks', () => {
    const { onAir: _, playback: __, capabilities: ___, labels: ____, report, ...known } = document;
    const { measuredAt: _____, ...earlier } = report;
    const state = { vlc: { state: 'playing', item: 'a.mp4' } };
    const record = { version: 7, document: { ...known, report: earlier, state } as unknown as DeviceDocument };
    expect(completed(record)).toMatchObject({
      version: 7,
      document: {
        labels: {},
        report: { measuredAt: null },
        playback: { status: 'playing', item: 'a.mp4' },
        capabilities: { commands: [] },
        onAir: { status: 'unknown', since: connection.since, why: 'not connected' },
      },
    });
  });

  test.each(['onAir', 'playback', 'capabilities', 'labels'] as const)('… also if it lacks %s alone', (part) => {
    const { [part]: _, ...rest } = {
      ...document,
      labels: { floor: '1' },
      report: { ...document.report, measuredAt: later },
    };
    const made = completed({ document: rest as unknown as DeviceDocument }).document;
    expect(made).toHaveProperty(part);
    expect(made.report.measuredAt).toBe(later);
    if (part !== 'labels') expect(made.labels).toEqual({ floor: '1' });
  });

  test('is the same if it lacks nothing', () => {
    const record = { document };
    expect(completed(record)).toBe(record);
  });
});

describe('D5 what a player says of itself', () => {
  const said = { deviceName: 'left', deviceType: 'pi', deviceGroup: 'hall', appVersion: '2', deviceNetwork: undefined };

  test('is taken, except what an operator has set, and what it does not say', () => {
    const described = withProfile(document, said, new Set(['group']));
    expect(described).toMatchObject({ name: 'left', type: 'pi', group: null, appVersion: '2', network: null });
    expect(
      withProfile(described, { ...said, deviceName: undefined, appVersion: null as never }, new Set()),
    ).toMatchObject({
      ...{ name: 'left', group: 'hall', appVersion: '2' },
    });
    expect(withProfile(document, said, new Set(['name'])).name).toBeNull();
  });

  test('changes nothing if it is known', () => {
    const commands = [{ name: 'reboot' }];
    const described = withProfile(document, { ...said, commands } as never, new Set());
    expect(described.capabilities).toEqual({ commands });
    expect(withProfile(described, { ...said, commands: [{ name: 'reboot' }] } as never, new Set())).toBe(described);
  });
});

describe('D2 a connection', () => {
  test('of a session begins with it; the same session again changes nothing', () => {
    const again = connected(online, session, 'n1', LATER);
    expect(again.since).toBe(online.since);
    expect(connected(online, { ...session, id: 't' }, 'n1', LATER)).toMatchObject({ since: later, sessionId: 't' });
    const lost = disconnected(online, 'reconnecting', 'left', LATER);
    expect(connected({ ...lost, sessionId: 's' }, session, 'n2', LATER)).toMatchObject({ since: later, node: 'n2' });
    const returned = connected({ ...lost, sessionId: 's' }, session, 'n1', LATER + 1000);
    expect(returned.since).toBe('2026-11-29T12:00:02.000Z');
    expect(connected(lost, session, 'n1', LATER)).not.toHaveProperty('reason');
  });

  test('that ends has a reason, which stays when the grace period ends', () => {
    const lost = disconnected(online, 'reconnecting', 'left', LATER);
    expect(lost).toMatchObject({ status: 'reconnecting', since: later, sessionId: null, node: null, reason: 'left' });
    expect(disconnected(lost, 'offline', undefined, LATER)).toMatchObject({ status: 'offline', reason: 'left' });
    expect(disconnected(online, 'offline', undefined, LATER)).not.toHaveProperty('reason');
  });

  test('that was lost unobserved ended with the last contact', () => {
    const heard = { ...online, lastSeenAt: later };
    expect(lostUnseen(heard, 'server_restart')).toMatchObject({
      ...{ status: 'reconnecting', since: later, reason: 'server_restart', sessionId: null, node: null },
    });
    expect(lostUnseen(online, 'server_restart').since).toBe(online.since);
  });

  test('P13 shows its restriction', () => {
    const restricted = withRestriction(online, { why: 'flooding', evidence: '', since: 50, until: 1050 }, AT);
    expect(restricted.restricted).toEqual({ since: '2026-11-29T12:00:00.000Z', until: later, why: 'flooding' });
    expect(withRestriction(restricted, undefined, AT)).toEqual(online);
    expect(withRestriction(online, undefined, AT)).toBe(online);
    expect(connected(restricted, session, 'n1', AT)).not.toHaveProperty('restricted');
  });
});

describe('P3, P5 the last screenshot', () => {
  test('stays until a newer one arrives', () => {
    const state: Record<string, unknown> = { vlc: {} };
    keepPicture(state as never, { snapshot: picture } as never);
    expect(state).toEqual({ vlc: {}, snapshot: picture });
    const newer = { snapshot: { ...picture, url: '/api/v1/snapshots/0mhjv1s01-0123456789abcdef' } };
    keepPicture(newer as never, { snapshot: picture } as never);
    expect(newer.snapshot.url).toMatch(/s01-/);
    const none = {};
    keepPicture(none, { snapshot: 'none' });
    expect(none).toEqual({});
  });
});

test('D4 pending commands are shown by id; unknown ones are left out', () => {
  const record: CommandRecord = {
    ...{ commandId: 'x', deviceId: 'd', command: 'vlc:play', params: {}, status: 'sent' as const, attempts: 2 },
    ...{ requestedBy: 'ana', requestedAt: later, deadlineAt: null },
  };
  const { x } = shownCommands({}, [undefined, record]);
  expect(x).toEqual({
    ...{ command: 'vlc:play', status: 'sent', attempt: 2, requestedBy: 'ana', requestedAt: later, deadlineAt: null },
  });
  expect(Object.keys(shownCommands({ x: x as never }, []))).toEqual(['x']);
});

describe('R4 whether a change concerns the state only', () => {
  const of = (change: Partial<DeviceDocument>) => concernsStateOnly({ ...document, ...change }, document);
  const { report } = document;

  test('its state, times and what plays do', () => {
    expect(of({ state: { vlc: {} } })).toBe(true);
    expect(of({ connection: { ...connection, lastSeenAt: later, clockSkewMs: 5 } })).toBe(true);
    expect(of({ report: { ...report, receivedAt: later, measuredAt: later } })).toBe(true);
    expect(of({ playback: { ...document.playback, item: 'a.mp4' } })).toBe(true);
  });

  test('C7 its commands do, which have records of their own', () => {
    expect(of({ commands: { c: {} as never } })).toBe(true);
  });

  test.each([
    ['a screenshot', { state: { snapshot: picture } }],
    ['the name', { name: 'Hall' }],
    ['whether it plays', { playback: { ...document.playback, status: 'playing' } }],
    ['whether it reports', { report: { ...report, status: 'live' } }],
    ['how often it is polled', { report: { ...report, intervalMs: 1 } }],
    ['a refused state', { report: { ...report, refused: { code: 'invalid_payload', at: later } } }],
    ['its connection', { connection: { ...connection, status: 'online' } }],
    ['its session', { connection: { ...connection, sessionId: 's' } }],
    ['a conflict', { connection: { ...connection, conflict: { since: later, places: [] } } }],
    ['a restriction', { connection: { ...connection, restricted: { since: later, until: later, why: 'flooding' } } }],
    ['being blocked', { blocked: { since: later, by: 'ana' } }],
  ])('%s does not', (_, change) => {
    expect(of(change as never)).toBe(false);
  });
});

test('D5 only what an operator gives is changed', () => {
  expect(given({})).toEqual({});
  expect(given({ name: null, labels: { floor: '1' } })).toEqual({ name: null, labels: { floor: '1' } });
  expect(given({ group: 'hall' })).toEqual({ group: 'hall' });
});
