import type { IntentName } from '../../machines/intents.ts';

/** Attempts to reach the desired state with one intent, and the result of the last one. */
export interface Tried {
  intent: IntentName;
  times: number;
  /** A command status or an error code, followed by `: ` and the player's message if there is one. */
  ending?: string;
}

/** Command statuses and error codes in English. */
export const endings = {
  success: 'it answered',
  error: 'error',
  timeout: 'no answer',
  undelivered: 'not delivered',
  cancelled: 'cancelled',
  unavailable: 'the server could not send it',
  queue_full: 'too many commands waited',
};

/** Splits an ending into the status or code and the player's message. */
export function endingOf(ending: string): { status: string; words: string } {
  const [, status = ending, words = ''] = /^(\w+): ([\s\S]*)$/.exec(ending) ?? [];
  return { status, words };
}

/** The attempts in English. */
export function triedText({ intent, times, ending }: Tried): string {
  const tried = `${intent} ${times === 1 ? 'once' : `${times} times`}`;
  if (ending === undefined) return tried;
  const { status, words } = endingOf(ending);
  return `${tried}: ${(endings as Readonly<Record<string, string>>)[status] ?? status.replaceAll('_', ' ')}${words && `, ${words}`}`;
}
