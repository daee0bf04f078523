import { z } from '@hono/zod-openapi';
import { commandEndings, commandOptions } from '../protocol/commands.ts';
import { anything, pendingStatus, time } from './schemas.ts';

export const DeviceCommand = z
  .object({ command: z.string().min(1).max(64), params: z.unknown().optional(), ...commandOptions })
  .openapi('DeviceCommand', { example: { command: 'vlc:play', params: { uri: 'https://media.example/welcome.mp4' } } });

export const CommandSummary = z
  .object({
    commandId: z.string(),
    deviceId: z.string(),
    status: z.enum([...pendingStatus.options, ...commandEndings]),
    error: z
      .object({ code: z.string(), message: z.string() })
      .optional()
      .meta({ description: 'Why the command was not accepted for this device' }),
  })
  .openapi('CommandSummary');

export const CommandRecord = z
  .object({
    commandId: z.string(),
    deviceId: z.string(),
    command: z.string(),
    params: anything,
    status: z.enum([...pendingStatus.options, ...commandEndings]),
    attempts: z.int().meta({ description: 'Number of attempts so far' }),
    requestedBy: z.string(),
    requestedAt: time,
    deadlineAt: time.nullable(),
    endedAt: time.optional(),
    confirmedBy: z.enum(['response', 'state']).optional(),
    alreadySo: z
      .literal(true)
      .optional()
      .meta({ description: 'The device was already in the requested state, so nothing was sent' }),
    code: z
      .string()
      .optional()
      .meta({ description: 'Why nothing was sent (`unproven`), or the player’s code of its error' }),
    result: z.unknown().optional(),
    message: z.string().optional(),
    durationMs: z.number().optional(),
  })
  .openapi('Command');

export const CommandSummaries = z.object({ commands: z.array(CommandSummary) }).openapi('CommandSummaries');
export const CommandPage = z
  .object({
    commands: z.array(CommandRecord),
    cursor: z.string().optional().meta({ description: 'Pass it to get the next page; absent on the last page' }),
  })
  .openapi('Commands');
export const CommandResults = z
  .object({ commands: z.array(z.union([CommandRecord, CommandSummary])) })
  .openapi('CommandResults', {
    description: 'The ended commands; for each command that was not accepted, a summary with `error`.',
  });
