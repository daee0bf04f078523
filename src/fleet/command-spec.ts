import type { CommandSpec } from '../../machines/command.ts';
import { commandFor, isIntent } from '../../machines/intents.ts';
import { unknownCommand } from '../protocol/commands.ts';
import { type DeclaredCommand, isDeclarable } from '../protocol/declared-commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { checkDeclaredParams } from '../protocol/param-schemas.ts';
import type { DeskSettings, Order } from './command-desk.ts';

/**
 * What the device's machine is to carry out.
 * @throws VigiaError `command_unknown`, `command_invalid` by what the device declared
 */
export function commandSpec(
  { request, params }: Pick<Order, 'request' | 'params'>,
  commandId: string,
  device: DeviceDocument,
  settings: DeskSettings,
): CommandSpec {
  const { command } = request;
  const declared = declaredBy(device, command);
  if (declared) checkDeclaredParams(declared, params);
  // What is to be played, or how a picture is to be taken, is more than the intent says: that is always sent.
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

/** Undefined: all devices know it. */
function declaredBy({ capabilities }: DeviceDocument, command: string): DeclaredCommand | undefined {
  if (!isDeclarable(command)) return undefined;
  const declared = capabilities.commands.find(({ name }) => name === command);
  if (!declared) throw unknownCommand(command);
  return declared;
}
