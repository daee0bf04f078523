import { expect, test } from 'vitest';
import { commandSpec } from '../../../src/fleet/command-spec.ts';
import { newDocument } from '../../../src/fleet/document.ts';

const settings = { commandTimeoutMs: 10_000, commandRetries: 2 };
const proof = { path: 'display.power', equals: 'off' };
const device = {
  ...newDocument('d', 0, 30_000),
  capabilities: {
    commands: [
      { name: 'reboot', params: { type: 'object', required: ['delayMs'] } },
      { name: 'display:off', repeatable: true, proof },
    ],
  },
};
const specOf = (request: object, params = {}) =>
  commandSpec({ request: request as never, params: params as never }, 'x', device as never, settings);
const codeOf = (fn: () => unknown) => {
  try {
    fn();
    return 'no error';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a command has the limits of its request, and otherwise those of the server', () => {
  expect(specOf({ command: 'vlc:play' })).toEqual({
    deviceId: 'd',
    commandId: 'x',
    command: 'vlc:play',
    timeoutMs: 10_000,
    maxAttempts: 3,
    ttlMs: null,
  });
  expect(specOf({ command: 'vlc:play', timeoutMs: 1000, retries: 0, ttlMs: 5000, force: true })).toMatchObject({
    ...{ timeoutMs: 1000, maxAttempts: 1, ttlMs: 5000, force: true },
  });
});

test('C8 an intent is one only without parameters, which ask for more than its state', () => {
  expect(specOf({ command: 'play' })).toMatchObject({ command: 'vlc:play', intent: 'play' });
  const withItem = specOf({ command: 'play' }, { path: '/media/a.mp4' });
  expect(withItem.command).toBe('vlc:play');
  expect(withItem).not.toHaveProperty('intent');
});

test('C9 a declared command carries what its device declared of it', () => {
  expect(specOf({ command: 'display:off' }).declared).toEqual({ repeatable: true, proof });
  expect(specOf({ command: 'reboot' }, { delayMs: 1 }).declared).toEqual({ repeatable: false });
});

test('C9 the device must have declared it, with these parameters', () => {
  expect(codeOf(() => specOf({ command: 'fly' }))).toBe('command_unknown');
  expect(codeOf(() => specOf({ command: 'reboot' }))).toBe('command_invalid');
});
