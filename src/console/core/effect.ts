import { commandFor } from '../../../machines/intents.ts';
import type { DeviceDocument } from '../../protocol/document.ts';
import type { CommandStatus } from './command-status.ts';

interface Ended {
  command: string;
  status: CommandStatus;
  confirmedBy?: 'response' | 'state' | undefined;
}

/**
 * The device answered that it did it, and nothing was measured since: what the page shows of it is of before.
 * @param endedAt when it ended, milliseconds since the epoch by the server's clock
 */
export function isEffectUnmeasured(
  { command, status, confirmedBy }: Ended,
  endedAt: number,
  { report }: DeviceDocument,
) {
  if (status !== 'success' || confirmedBy === 'state' || commandFor(command) === 'vlc:snapshot') return false;
  return !report.measuredAt || Date.parse(report.measuredAt) < endedAt;
}
