import type { JsonObject } from '../protocol/document.ts';
import { hasOwn } from './own.ts';

export interface Answer {
  commandId: string;
  status: 'success' | 'error';
  result?: unknown;
  message?: string;
}

/** Executes a command. The return value becomes the answer's `result`, an exception its `message`. */
export type CommandHandler = (params: JsonObject, commandId: string) => unknown;

/** Number of answers kept for repetitions; the server repeats a command within minutes. */
const KEPT_ANSWERS = 200;
/** A handler that hangs delays later commands for at most this long. */
const HANDLER_TIMEOUT_MS = 30_000;

/**
 * Executes each command once, by its `commandId`: a repetition gets the same answer (C2), so that a toggle is not
 * undone if its answer was lost. Commands run one at a time, in the order of arrival (C3).
 */
export function createIdempotentExecutor(
  handlers: Readonly<Record<string, CommandHandler | undefined>>,
): (command: { commandId: string; command: string; params?: JsonObject | null }) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  let previous: Promise<unknown> = Promise.resolve();

  async function run(commandId: string, command: string, params: JsonObject): Promise<Answer> {
    const handler = hasOwn(handlers, command) ? handlers[command] : undefined;
    if (!handler) return { commandId, status: 'error', message: `Unknown command: ${command}.` };
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
    const answer = previous.then(() => run(commandId, command, params ?? {}));
    previous = settledWithin(HANDLER_TIMEOUT_MS, answer);
    answers.set(commandId, answer);
    if (answers.size > KEPT_ANSWERS) answers.delete(answers.keys().next().value as string);
    return answer;
  };
}

function settledWithin(ms: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    done.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
