import { commandFor } from '../../machines/intents.ts';
import type { ProofGate } from '../../machines/proof.ts';
import type { PlayerSession } from './player-session.ts';
import type { Surroundings } from './surroundings.ts';

/** Sends a command. What is recorded as sent may have left, what is not has not: so the record comes first. */
export function transmit(
  { commands, metrics, clock }: Surroundings,
  commandId: string,
  device: { readonly session: PlayerSession | undefined; readonly proof: ProofGate; tell(player: () => void): void },
): void {
  const { session } = device;
  const record = commands.get(commandId);
  if (!session || !record) return;
  const { params, attempts } = record;
  const command = commandFor(record.command);
  commands.cleared(commandId).then(() => {
    const now = commands.get(commandId);
    // An answer to an earlier attempt may have ended it meanwhile; a toggle that leaves now would undo that.
    if (!now || now.endedAt || now.attempts !== attempts) return;
    // Nor is it ours to send any more where the device has gone to another instance.
    if (device.session !== session) return;
    device.tell(() => {
      metrics.commandSent(command);
      const arrived = device.proof.sent();
      session.sendCommand({ commandId, command, params }, () => {
        arrived(clock.now());
        // What it answered before that was certain proves nothing: it is asked once more.
        if (commands.get(commandId)?.status === 'verifying') device.tell(() => session.askState());
      });
    });
  });
}
