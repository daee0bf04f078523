import type { IntentName } from '../../machines/intents.ts';

/** What was tried so that a screen becomes as desired, and how the last try ended. */
export interface Tried {
  intent: IntentName;
  times: number;
  /** A command's status, or a code; where the player said something, its words behind a colon. */
  ending?: string;
}

const endings: Readonly<Record<string, string>> = {
  success: 'it answered',
  error: 'error',
  timeout: 'no answer',
  undelivered: 'not delivered',
  cancelled: 'cancelled',
  unavailable: 'the server could not send it',
  queue_full: 'too many commands waited',
};

/** The status or code of an ending, and the player's own words. */
export function endingOf(ending: string): { status: string; words: string } {
  const [, status = ending, words = ''] = /^(\w+): ([\s\S]*)$/.exec(ending) ?? [];
  return { status, words };
}

/** In English. */
export function triedText({ intent, times, ending }: Tried): string {
  const tried = `${intent} ${times === 1 ? 'once' : `${times} times`}`;
  if (ending === undefined) return tried;
  const { status, words } = endingOf(ending);
  return `${tried}: ${endings[status] ?? status.replaceAll('_', ' ')}${words && `, ${words}`}`;
}
