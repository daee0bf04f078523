import { commandMachine } from '../../machines/command.ts';
import { deviceMachine } from '../../machines/device.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { DeviceHost } from './device-host.ts';

/**
 * Binds what the machines ask for to the host of the device that they ask it for. Once for the whole fleet:
 * `provide` builds a machine anew, which is far too dear for each actor.
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
      noteConnection: ({ context }, { status, reason }) => hostOf(context.deviceId).noteConnection(status, reason),
      noteReport: ({ context }, { status }) => hostOf(context.deviceId).noteReport(status),
      noteConflict: ({ context }, { places }) => hostOf(context.deviceId).noteConflict(places),
      noteEnding: ({ context }, output) => hostOf(context.deviceId).noteEnding(output),
      endSession: ({ context }) => hostOf(context.deviceId).endSession(),
      askState: ({ context }) => hostOf(context.deviceId).askState(),
    },
  });
}
