import type { CommandInput, CommandProgress, CommandSpec } from '../../machines/command.ts';

/** A command as the tests of the machines send it. */
export function specOf(given: Partial<CommandSpec> = {}): CommandSpec {
  return {
    deviceId: 'd1',
    commandId: 'c1',
    command: 'vlc:play',
    timeoutMs: 10_000,
    maxAttempts: 3,
    ttlMs: null,
    ...given,
  };
}

/** What a command's actor begins with: a new command to a device that is online, unless told otherwise. */
export function inputOf(
  given: Partial<CommandSpec> & Partial<Pick<CommandInput, 'link' | 'progress'>> = {},
): CommandInput {
  const { link = 'online', progress, ...spec } = given;
  return { spec: specOf(spec), link, ...(progress && { progress }) };
}

export function progressOf(given: Partial<CommandProgress>): CommandProgress {
  return { status: 'queued', attempt: 0, baseline: null, leftMs: null, ...given };
}
