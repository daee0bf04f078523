import { commandFor, decide, type IntentName } from '../../../machines/intents.ts';
import { observationOf } from '../../../machines/observation.ts';
import { read } from '../../../machines/reading.ts';
import type { DeviceDocument } from '../../protocol/document.ts';

/** What an intent would do by the current state. The server applies the same rules. */
export interface Preview {
  send: number;
  alreadySo: number;
  /** The effect is unknown, so the server does not send the command. */
  unproven: number;
  offline: number;
}

export function previewOf(intent: IntentName, documents: Iterable<DeviceDocument>): Preview {
  const preview: Preview = { send: 0, alreadySo: 0, unproven: 0, offline: 0 };
  for (const { connection, state } of documents) {
    if (connection.status === 'offline') {
      preview.offline++;
      continue;
    }
    const decision = decide({ intent, command: commandFor(intent) }, observationOf(read(state)), true);
    if (decision === 'send') preview.send++;
    else if (decision === 'already so') preview.alreadySo++;
    else preview.unproven++;
  }
  return preview;
}
