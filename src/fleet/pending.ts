import type { PendingCommand } from '../protocol/document.ts';
import type { DeviceContext } from './device-context.ts';
import { shownCommands } from './document.ts';

/** All pending commands of a device, as its document shows them. */
export function pendingShown({ commands }: DeviceContext, deviceId: string): Record<string, PendingCommand> {
  const records = commands.pendingOf(deviceId).map(({ spec }) => commands.get(spec.commandId));
  return shownCommands({}, records);
}
