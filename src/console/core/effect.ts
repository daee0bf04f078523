import { commandFor } from '../../../machines/intents.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import type { CommandStatus } from './command-status.ts';

interface Ended {
  command: string;
  status: CommandStatus;
  confirmedBy?: 'response' | 'state' | undefined;
}

/**
 * True if the device has confirmed the command, but has not reported since: the page still shows the state before.
 * @param endedAt when the command ended, by the server's clock, in ms since the epoch
 */
export function isEffectUnmeasured(
  { command, status, confirmedBy }: Ended,
  endedAt: number,
  { report }: DeviceDocument,
) {
  if (status !== 'success' || confirmedBy === 'state' || commandFor(command) === 'vlc:snapshot') return false;
  return !report.measuredAt || Date.parse(report.measuredAt) < endedAt;
}
