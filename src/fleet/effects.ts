import { commandMachine } from '../../machines/command.ts';
import { deviceMachine } from '../../machines/device.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { DeviceHost } from './device-host.ts';

/**
 * Binds the machines' actions to the host of the device. Once for the whole fleet, because `provide` builds a new
 * machine, which is too expensive per actor.
 */
export function bindEffects(hostOf: (deviceId: string) => DeviceHost, metrics: Metrics): typeof deviceMachine {
  const command = commandMachine.provide({
    actions: {
      note: ({ context: { spec } }, progress) => hostOf(spec.deviceId).noteCommand(spec.commandId, progress),
      transmit: ({ context: { spec } }) => hostOf(spec.deviceId).transmit(spec.commandId),
      askState: ({ context: { spec } }) => hostOf(spec.deviceId).seekProof(),
      noteVerdict: ({ context: { spec } }, { verdict }) => metrics.verification(spec.command, verdict),
    },
  });
  return deviceMachine.provide({
    actors: { command },
    actions: {
      noteConnection: ({ context: { deviceId, session } }, { status, reason }) =>
        hostOf(deviceId).noteConnection(status, reason, session?.id),
      noteReport: ({ context }, { status }) => hostOf(context.deviceId).noteReport(status),
      noteConflict: ({ context }, { rivals }) => hostOf(context.deviceId).noteConflict(rivals),
      noteEnding: ({ context }, output) => hostOf(context.deviceId).noteEnding(output),
      endSession: ({ context }, { sessionId }) => hostOf(context.deviceId).endSession(sessionId),
      probe: ({ context }, { sessionId }) => hostOf(context.deviceId).probe(sessionId),
      recall: ({ context }, { sessionId }) => hostOf(context.deviceId).recall(sessionId),
      askState: ({ context }) => hostOf(context.deviceId).askState(),
    },
  });
}
