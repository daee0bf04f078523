import type { JsonObject } from '../protocol/document.ts';

export interface Answer {
  commandId: string;
  status: 'success' | 'error';
  result?: unknown;
  message?: string;
}

/** Does the command; what it returns is the answer's `result`, what it throws the answer's `message`. */
export type CommandHandler = (params: JsonObject, commandId: string) => unknown;

/** The server repeats a command within minutes at most; so many answers are kept for that. */
const KEPT_ANSWERS = 200;
/** One that hangs holds up the others for so long. */
const PATIENCE_MS = 30_000;

/**
 * Carries each command out once, by its `commandId`: one that comes again gets the same answer (C2), so that a toggle
 * whose answer was lost on the way is not undone. One at a time, in the order they came (C3).
 */
export function createObedience(
  handlers: Readonly<Record<string, CommandHandler | undefined>>,
): (command: { commandId: string; command: string; params?: JsonObject | null }) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  let turn: Promise<unknown> = Promise.resolve();

  async function carryOut(commandId: string, command: string, params: JsonObject): Promise<Answer> {
    const handler = Object.hasOwn(handlers, command) ? handlers[command] : undefined;
    if (!handler) return { commandId, status: 'error', message: `This player does not know ${command}.` };
    try {
      const result = await handler(params, commandId);
      return { commandId, status: 'success', ...(result === undefined ? {} : { result }) };
    } catch (error) {
      return { commandId, status: 'error', message: error instanceof Error ? error.message : String(error) };
    }
  }

  return ({ commandId, command, params }) => {
    const known = answers.get(commandId);
    if (known) return known;
    const answer = turn.then(() => carryOut(commandId, command, params ?? {}));
    turn = atMost(PATIENCE_MS, answer);
    answers.set(commandId, answer);
    if (answers.size > KEPT_ANSWERS) answers.delete(answers.keys().next().value as string);
    return answer;
  };
}

function atMost(ms: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    done.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
