import { describe, expect, test } from 'vitest';
import { SendCommand } from '../../../src/protocol/admin.ts';
import { checkParams, commandNames } from '../../../src/protocol/commands.ts';
import { VigiaError } from '../../../src/protocol/errors.ts';

function refused(command: string, params: unknown): { code: string; paths: string[] } {
  try {
    checkParams(command, params);
  } catch (error) {
    if (!(error instanceof VigiaError)) throw error;
    return { code: error.code, paths: (error.details ?? []).map(({ path }) => path) };
  }
  throw new Error('was accepted');
}

describe('C5 commands are validated before they are sent', () => {
  test.each(['vlc:explode', '', 'VLC:PLAY', 'toString', '__proto__', 'constructor'])('there is no %j', (command) => {
    expect(refused(command, {})).toEqual({ code: 'command_unknown', paths: [] });
  });

  test.each(commandNames)('%s takes no parameters: missing, empty and unknown ones are ignored', (command) => {
    expect(checkParams(command, {})).toEqual({});
    expect(checkParams(command, undefined)).toEqual({});
    expect(checkParams(command, null)).toEqual({});
    expect(checkParams(command, { of: { theirs: [1] } })).toEqual({ of: { theirs: [1] } });
  });

  test.each<[string, unknown, string[]]>([
    ['vlc:play', { volume: 'loud', position: -1 }, ['params.position', 'params.volume']],
    ['vlc:play', { item: -1 }, ['params.item']],
    ['vlc:play', { uri: '' }, ['params.uri']],
    ['vlc:fullscreen', { enabled: 'yes' }, ['params.enabled']],
    ['vlc:snapshot', { width: 0, format: 'gif', quality: 101 }, ['params.format', 'params.quality', 'params.width']],
    ['vlc:pause', [], ['params']],
    ['vlc:stop', 'now', ['params']],
    ['vlc:stop', 5, ['params']],
  ])('%s with %j: the path of each fault', (command, params, paths) => {
    const it = refused(command, params);
    expect({ ...it, paths: it.paths.sort() }).toEqual({ code: 'command_invalid', paths });
  });
});

describe('command:send', () => {
  const sent = (more: object) => SendCommand.safeParse({ command: 'vlc:play', ...more });
  test.each([{ deviceId: 'd' }, { deviceIds: ['d', 'e'] }, { group: 'g' }, { all: true }])('to %j', (target) => {
    expect(sent(target).success).toBe(true);
  });
  test.each([{}, { deviceId: 'd', all: true }, { group: 'g', deviceIds: ['d'] }, { all: false }, { deviceIds: [] }])(
    'exactly one target: not %j',
    (target) => {
      expect(sent(target).success).toBe(false);
    },
  );
  test.each([
    { timeoutMs: 0 },
    { timeoutMs: 600_001 },
    { retries: -1 },
    { retries: 11 },
    { retries: 0.5 },
    { ttlMs: 0 },
    { ttlMs: 7 * 24 * 3600_000 + 1 },
    { commandId: 'a b' },
    { commandId: '' },
    { commandId: '__proto__' },
  ])('not %j', (option) => {
    expect(sent({ all: true, ...option }).success).toBe(false);
  });
});
