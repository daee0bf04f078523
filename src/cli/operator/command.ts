/** What a command takes besides its words; `value` names what follows the option, without it the option is a switch. */
export interface Option {
  value?: string;
  multiple?: boolean;
  help: string;
}

export interface Command {
  /** After `vigia`, with what must and may follow: `devices show ID`. */
  usage: string;
  summary: string;
  /** More, for its own help. */
  details?: string;
  options?: Record<string, Option>;
  /** How many words follow its name, at least and at most. */
  words?: [least: number, most: number];
  /** Resolves with the exit code. */
  run(call: Call): Promise<number>;
}

/** One call, as it was typed. */
export interface Call {
  words: readonly string[];
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  is(option: string): boolean;
}

/** What went wrong, in one line that says what to do. */
export class CliError extends Error {
  override name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** For what was typed wrong. */
export const usageError = (message: string): CliError => new CliError(message, 2);

export const serverOptions: Record<string, Option> = {
  url: { value: 'URL', help: 'the server; else VIGIA_URL, else http://127.0.0.1:3001' },
  token: { value: 'TOKEN', help: 'an admin token; else VIGIA_TOKEN, else the one this machine keeps in DATA_DIR' },
  json: { help: 'JSON, for programs' },
};
