import type { CommandInput, CommandProgress, CommandSpec } from '../../machines/command.ts';

/** A command for tests of the machines. */
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

/** The input of a command's actor: by default, a new command. */
export function inputOf(given: Partial<CommandSpec> & Pick<CommandInput, 'progress'> = {}): CommandInput {
  const { progress, ...spec } = given;
  return { spec: specOf(spec), ...(progress && { progress }) };
}

export function progressOf(given: Partial<CommandProgress>): CommandProgress {
  return { status: 'queued', attempt: 0, baseline: null, leftMs: null, ...given };
}
