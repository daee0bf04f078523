import type { JsonObject } from '../protocol/document.ts';
import type { Journal } from './storage.ts';

/**
 * `interrupted`: the process ended while it executed the command. `timeout`: the handler did not finish in time. In both
 * cases the command may have taken effect, and the server decides by the state (P6).
 */
export interface Answer {
  commandId: string;
  status: 'success' | 'error' | 'interrupted' | 'timeout';
  result?: unknown;
  /** Of an error. */
  code?: string;
  message?: string;
}

/**
 * Executes a command. The return value becomes the answer's `result`, an exception its `message`, with the exception's
 * `code` if it has one.
 */
export type CommandHandler = (params: JsonObject, commandId: string) => unknown;

export interface Command {
  handler: CommandHandler;
  /** How long the handler may take, in ms. */
  timeoutMs?: number | undefined;
}

export interface Executed {
  answer: Answer;
  /** What the handler wants to do once the command is answered. Does it once, however often it is called. */
  act?: () => void;
}

class AfterAnswer {
  readonly act: () => unknown;
  readonly result: unknown;

  constructor(act: () => unknown, result: unknown) {
    this.act = act;
    this.result = result;
  }
}

/**
 * A handler returns this to answer first and act then. For what ends the process or the connection, such as a reboot:
 * otherwise the server gets no answer.
 */
export const afterAnswer = (act: () => unknown, result?: unknown): unknown => new AfterAnswer(act, result);

/** The server repeats a command within minutes. */
const KEPT_ANSWERS = 200;
export const HANDLER_TIMEOUT_MS = 30_000;
/** In characters. The server drops messages of more than 4096, and what is stored on a disk must be bounded. */
const MAX_MESSAGE = 1000;
const MAX_STORED = 2000;

export interface ExecutorDeps {
  /** Makes it at most once across restarts of the process. */
  journal?: Journal | undefined;
  /** The journal cannot be read or written, or what a handler does after its answer fails. */
  failed(message: string, cause: unknown): void;
}

/**
 * Executes each command once, by its `commandId`: a repetition gets the same answer (C2), so that a toggle is not
 * undone if its answer was lost. Commands run one at a time, in the order of arrival (C3).
 */
export function createIdempotentExecutor(
  commandNamed: (name: string) => Command | undefined,
  { journal, failed }: ExecutorDeps,
) {
  const executed = new Map<string, Promise<Executed>>();
  const answers = new Map<string, Answer | undefined>();
  let records = 0;
  let isClosed = false;
  let previous: Promise<unknown> = Promise.resolve();

  function stored(work: (journal: Journal) => void): void {
    try {
      if (journal) work(journal);
    } catch (error) {
      failed('The storage of commands cannot be used, so a restart may repeat commands', error);
    }
  }

  stored((it) => {
    for (const record of it.read()) restore(record);
    it.replace(recordsNow());
  });

  function restore({ begun, answer }: JsonObject): void {
    if (typeof begun === 'string') answers.set(begun, interrupted(begun));
    else if (isAnswer(answer)) answers.set(answer.commandId, answer);
    forgetOldest();
  }

  function recordsNow(): object[] {
    return [...answers].map(([id, answer]) => (answer ? recordOf(answer) : { begun: id }));
  }

  function forgetOldest(): void {
    while (answers.size > KEPT_ANSWERS) {
      const oldest = answers.keys().next().value as string;
      answers.delete(oldest);
      executed.delete(oldest);
    }
  }

  /** @param answer undefined: the command begins */
  function note(commandId: string, answer?: Answer): void {
    // Again at its end, so that the order is that of the last news.
    answers.delete(commandId);
    answers.set(commandId, answer);
    forgetOldest();
    stored((it) => {
      if (!isClosed && ++records > 2 * KEPT_ANSWERS) {
        records = 0;
        it.replace(recordsNow());
      } else it.append(answer ? recordOf(answer) : { begun: commandId });
    });
  }

  async function run(commandId: string, name: string, params: JsonObject): Promise<Executed> {
    const command = commandNamed(name);
    if (!command) {
      return { answer: errorOf(commandId, 'command_unknown', `Unknown command: ${name.slice(0, MAX_MESSAGE)}.`) };
    }
    note(commandId);
    const { handler, timeoutMs = HANDLER_TIMEOUT_MS } = command;
    const result = await settledWithin(timeoutMs, () => handler(params, commandId));
    const answer = answerOf(commandId, name, timeoutMs, result);
    note(commandId, answer);
    if (!(result.value instanceof AfterAnswer)) return { answer };
    const { act } = result.value;
    return { answer, act: once(() => attempt(act, (error) => failed(`${name} failed after its answer`, error))) };
  }

  return {
    execute({ commandId, command, params }: { commandId: string; command: string; params?: JsonObject | null }) {
      const known = executed.get(commandId);
      if (known) return known;
      const answer = answers.get(commandId);
      if (answer) return Promise.resolve<Executed>({ answer });
      const done = previous.then(() => run(commandId, command, params ?? {}));
      previous = done;
      executed.set(commandId, done);
      // Unknown commands are not in `answers`.
      if (executed.size > 2 * KEPT_ANSWERS) executed.delete(executed.keys().next().value as string);
      return done;
    },
    /** From now on the journal is added to, but not written anew: another player may use it. */
    close(): void {
      isClosed = true;
    },
    /** The answers that the server may not have received: it waits for one command at a time (C3). */
    latest(count: number): Answer[] {
      const known = [...answers.values()].filter((it) => it !== undefined);
      return known.slice(-count).map((it) => recordOf(it).answer);
    },
  };
}

interface Settled {
  value?: unknown;
  error?: { is: unknown };
  isLate?: true;
}

/** Never rejects. A handler that hangs must not keep later commands from running. */
function settledWithin(ms: number, work: () => unknown): Promise<Settled> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ isLate: true }), ms);
    const done = (it: Settled) => {
      clearTimeout(timer);
      resolve(it);
    };
    new Promise((given) => given(work())).then(
      (value) => done({ value }),
      (is) => done({ error: { is } }),
    );
  });
}

function answerOf(commandId: string, name: string, timeoutMs: number, { value, error, isLate }: Settled): Answer {
  if (isLate) {
    const message = `${name} did not finish within ${timeoutMs / 1000} s. It may still take effect.`;
    return { commandId, status: 'timeout', message };
  }
  if (error) {
    const { is } = error;
    const message = is instanceof Error ? is.message : String(is);
    return errorOf(commandId, codeOf(is), message.slice(0, MAX_MESSAGE));
  }
  const result = value instanceof AfterAnswer ? value.result : value;
  try {
    jsonOf(result);
  } catch (is) {
    return errorOf(commandId, 'failed', `The result cannot be sent: ${(is as Error).message}`.slice(0, MAX_MESSAGE));
  }
  return { commandId, status: 'success', ...(result === undefined ? {} : { result }) };
}

const errorOf = (commandId: string, code: string, message: string): Answer => ({
  commandId,
  status: 'error',
  code,
  message,
});

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[\w.:-]{1,64}$/.test(code) ? code : 'failed';
}

const interrupted = (commandId: string): Answer => ({
  commandId,
  status: 'interrupted',
  message: 'The player stopped while it executed the command, and does not execute it again. It may have taken effect.',
});

/** Without a large or binary result: it is kept in memory only. */
function recordOf(answer: Answer): { answer: Answer } {
  const { result, ...rest } = answer;
  const text = jsonOf(result);
  return { answer: text === undefined || text.length > MAX_STORED ? rest : { ...rest, result } };
}

/**
 * Undefined if there is nothing, or anything binary in it.
 * @throws TypeError if it cannot be JSON
 */
function jsonOf(result: unknown): string | undefined {
  let isBinary = false;
  // A Buffer has become an object by the time that it is the function's second argument.
  const text = JSON.stringify(result, function (this: Record<string, unknown>, key, value) {
    const is = this[key];
    isBinary ||= ArrayBuffer.isView(is) || is instanceof ArrayBuffer;
    return isBinary ? undefined : value;
  });
  return isBinary ? undefined : text;
}

const isAnswer = (it: unknown): it is Answer =>
  typeof (it as Answer | null | undefined)?.commandId === 'string' && typeof (it as Answer).status === 'string';

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}

/** Of synchronous and asynchronous work alike. */
function attempt(work: () => unknown, failed: (error: unknown) => void): void {
  new Promise((given) => given(work())).catch(failed);
}
