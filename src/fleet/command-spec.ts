import type { CommandSpec } from '../../machines/command.ts';
import { commandFor, isIntent } from '../../machines/intents.ts';
import { unknownCommand } from '../protocol/commands.ts';
import { type DeclaredCommand, isDeclarable } from '../protocol/declared-commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { checkDeclaredParams } from '../protocol/param-schemas.ts';
import type { CommandSettings, Order } from './command-intake.ts';

/**
 * The command as the device's machine executes it.
 * @throws VigiaError `command_unknown`, `command_invalid` according to the commands that the device declared
 */
export function commandSpec(
  { request, params }: Pick<Order, 'request' | 'params'>,
  commandId: string,
  device: DeviceDocument,
  settings: CommandSettings,
): CommandSpec {
  const { command } = request;
  const declared = declaredBy(device, command);
  if (declared) checkDeclaredParams(declared, params);
  // With parameters (an item to play, picture options), an intent asks for more than its state, so it is always sent.
  const isPlain = Object.keys(params).length === 0;
  return {
    deviceId: device.id,
    commandId,
    command: commandFor(command),
    ...(declared && {
      declared: { repeatable: declared.repeatable ?? false, ...(declared.proof && { proof: declared.proof }) },
    }),
    ...(isIntent(command) && isPlain && { intent: command }),
    ...(request.force && { force: true }),
    timeoutMs: request.timeoutMs ?? settings.commandTimeoutMs,
    maxAttempts: 1 + (request.retries ?? settings.commandRetries),
    ttlMs: request.ttlMs ?? null,
  };
}

/** Undefined if all devices know the command. */
function declaredBy({ capabilities }: DeviceDocument, command: string): DeclaredCommand | undefined {
  if (!isDeclarable(command)) return undefined;
  const declared = capabilities.commands.find(({ name }) => name === command);
  if (!declared) throw unknownCommand(command);
  return declared;
}
