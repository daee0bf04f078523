import { commandFor } from '../../machines/intents.ts';
import type { ProofGate } from '../../machines/proof.ts';
import type { DeviceContext } from './device-context.ts';
import type { PlayerSession } from './player-session.ts';

/** Sends a command. It is recorded as sent first: a command without that record was certainly not sent. */
export function transmit(
  { commands, metrics, clock, log }: DeviceContext,
  commandId: string,
  device: {
    readonly session: PlayerSession | undefined;
    readonly proof: ProofGate;
    callPlayer(player: () => void): void;
  },
): void {
  const { session } = device;
  const record = commands.get(commandId);
  if (!session || !record) return;
  const { params, attempts } = record;
  const command = commandFor(record.command);
  commands.cleared(commandId).then(() => {
    const now = commands.get(commandId);
    // An answer to an earlier attempt may have ended it meanwhile. A toggle sent now would undo the effect.
    if (!now || now.endedAt || now.attempts !== attempts) return;
    // The device may have moved to another instance.
    if (device.session !== session) return;
    device.callPlayer(() => {
      metrics.commandSent(command);
      const { deviceId } = record;
      log.info({ deviceId, commandId, command, attempt: attempts, sessionId: session.id }, 'command sent');
      const arrived = device.proof.sent();
      session.sendCommand({ commandId, command, params }, () => {
        arrived(clock.now());
        // Measurements before this certain arrival prove nothing: ask again.
        if (commands.get(commandId)?.status === 'verifying') device.callPlayer(() => session.askState());
      });
    });
  });
}
