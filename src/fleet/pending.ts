import type { PendingCommand } from '../protocol/document.ts';
import { shownCommands } from './document.ts';
import type { Surroundings } from './surroundings.ts';

/** All pending commands of a device, as its document shows them. */
export function pendingShown({ commands }: Surroundings, deviceId: string): Record<string, PendingCommand> {
  const records = commands.pendingOf(deviceId).map(({ spec }) => commands.get(spec.commandId));
  return shownCommands({}, records);
}
