import type { SendCommand } from '../protocol/admin.ts';
import type { CommandSummary } from '../protocol/commands.ts';

/** What is recorded of a command that was asked for: one record, for however many devices. */
export function commandFacts({ command, commandId, deviceId, group, all }: SendCommand, answers: CommandSummary[]) {
  const [first] = answers;
  // Of a command for many, each device's own id is the common one with the device's behind it.
  const made = first && (deviceId ? first.commandId : first.commandId.slice(0, -first.deviceId.length - 1));
  const refused = answers.filter(({ error }) => error).length;
  return {
    deviceId,
    details: {
      command,
      commandId: commandId ?? made,
      devices: answers.length,
      ...(group !== undefined && { group }),
      ...(all && { all }),
      ...(refused > 0 && { refused }),
    },
  };
}
