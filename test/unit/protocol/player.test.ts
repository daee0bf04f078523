import { describe, expect, test } from 'vitest';
import { deviceClock } from '../../../machines/reading.ts';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { CommandResponse, Handshake, Profile, Register, StateUpdate } from '../../../src/protocol/player.ts';
import { parse } from '../../../src/protocol/schema.ts';

const JUNK = [null, undefined, 0, true, '', '[object Object]', [], ['a'], {}, { a: 1 }, 'x'.repeat(10_000), Number.NaN];

describe('P1 a query value can be junk, and never refuses a connection', () => {
  test.each(JUNK)('%j', (junk) => {
    expect(() =>
      Profile.parse({ deviceName: junk, deviceType: junk, deviceGroup: junk, appVersion: junk, deviceNetwork: junk }),
    ).not.toThrow();
    expect(() => Handshake.parse({ token: junk, authToken: junk, deviceId: junk })).not.toThrow();
  });

  test('valid values are kept', () => {
    const deviceNetwork = { eth0: { address: '10.0.0.1', mac: 'aa:bb' } };
    expect(Profile.parse({ deviceName: ' Lobby ', deviceGroup: 5, deviceNetwork })).toMatchObject({
      deviceName: 'Lobby',
      deviceNetwork,
    });
    expect(Profile.parse({ deviceNetwork: '[object Object]' }).deviceNetwork).toBeUndefined();
  });
});

describe('P2 the form of a deviceId', () => {
  const register = (deviceId: unknown) => parse(Register, { deviceId });
  test.each(['a', 'A-z_0.9:x', '.a', 'a..', 'x'.repeat(128)])('%s', (id) => {
    expect(register(id).deviceId).toBe(id);
  });
  test.each(['', '.', '..', '...', ' a', 'a b', 'a/b', 'ñ', '../x', 'a\n', 'x'.repeat(129), 5, null, undefined, {}])(
    'not %j',
    (id) => {
      const refused = (() => {
        try {
          register(id);
        } catch (error) {
          return error;
        }
      })();
      expect(refused).toBeInstanceOf(VigiaError);
      expect(refused).toMatchObject({
        code: 'invalid_payload',
        details: expect.arrayContaining([expect.objectContaining({ path: 'deviceId' })]),
      });
    },
  );
});

describe('P4 a partial state', () => {
  test.each([null, [], 'x', 5, undefined, Buffer.from('x')])('changes are sections: not %j', (changes) => {
    expect(StateUpdate.safeParse({ changes }).success).toBe(false);
  });
  test('an invalid timestamp is left out', () => {
    expect(StateUpdate.parse({ changes: { a: 1 }, timestamp: {} })).toMatchObject({ changes: { a: 1 } });
    expect(StateUpdate.parse({ changes: {}, timestamp: {} }).timestamp).toBeUndefined();
  });
});

test('P4 the timestamp of a partial state is bounded: it would be published to every admin and stored in the history', () => {
  expect(StateUpdate.parse({ changes: {} })).toEqual({ changes: {} });
  expect(StateUpdate.parse({ changes: {}, timestamp: '2026-01-01T00:00:00.000Z' }).timestamp).toHaveLength(24);
  expect(StateUpdate.safeParse({ changes: {}, timestamp: 'x'.repeat(65) }).success).toBe(false);
});

describe('P6 a response', () => {
  test.each([
    { commandId: 'c1', status: 'success' },
    { commandId: 'c1', status: 'error', message: 'no', result: { any: [1] } },
    { commandId: 'c1', status: 'success', message: null },
    { commandId: 'c1', status: 'error', message: { odd: true } },
  ])('%j', (response) => {
    expect(CommandResponse.parse(response)).toMatchObject({ commandId: 'c1', status: response.status });
  });
  test.each([null, {}, { status: 'success' }, { commandId: '', status: 'success' }])('not %j', (response) => {
    expect(CommandResponse.safeParse(response).success).toBe(false);
  });

  test.each([
    [{ status: 'ok' }, { status: 'success', message: undefined }],
    [{ status: ' SUCCESS ' }, { status: 'success', message: undefined }],
    [
      { status: 'Error', message: 'no file' },
      { status: 'error', message: 'no file' },
    ],
    [{ status: 'failed' }, { status: 'error', message: undefined }],
    [{ status: 'queued locally' }, { status: 'unclear', message: 'queued locally' }],
    [
      { status: 'busy', message: 'later' },
      { status: 'unclear', message: 'busy: later' },
    ],
    [{ status: 'constructor' }, { status: 'unclear', message: 'constructor' }],
    [{ status: 'x'.repeat(10_000) }, { status: 'unclear', message: 'x'.repeat(100) }],
    [{ status: 204 }, { status: 'unclear', message: '204' }],
    [{ status: { code: 1 } }, { status: 'unclear', message: undefined }],
    [{ message: 'done' }, { status: 'unclear', message: 'done' }],
    [{}, { status: 'unclear', message: undefined }],
  ])('P6 the meaning of %j', (said, meant) => {
    expect(CommandResponse.parse({ commandId: 'c1', ...said })).toMatchObject({ commandId: 'c1', ...meant });
  });
});

test.each([
  ['2026-01-01T00:00:00.000Z', Date.UTC(2026, 0, 1)],
  [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1)],
  [Date.UTC(2026, 0, 1) / 1000, Date.UTC(2026, 0, 1)],
  ['yesterday', undefined],
  ['', undefined],
  [0, undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  [null, undefined],
  [{}, undefined],
])('P11 the time %j of a device', (timestamp, expected) => {
  expect(deviceClock(timestamp)).toBe(expected);
});
