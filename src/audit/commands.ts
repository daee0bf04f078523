import type { SendCommand } from '../protocol/admin.ts';
import type { CommandSummary } from '../protocol/commands.ts';

/** The audit details of a command request: one entry for any number of devices. */
export function commandFacts(
  { command, commandId, deviceId, group, filter, all }: SendCommand,
  answers: CommandSummary[],
) {
  const [first] = answers;
  // For a bulk request, strips the device id from the id of its first command.
  const made = first && (deviceId ? first.commandId : first.commandId.slice(0, -first.deviceId.length - 1));
  const refused = answers.filter(({ error }) => error).length;
  return {
    deviceId,
    details: {
      command,
      commandId: commandId ?? made,
      devices: answers.length,
      ...(group !== undefined && { group }),
      ...(filter !== undefined && { filter }),
      ...(all && { all }),
      ...(refused > 0 && { refused }),
    },
  };
}
