/** An option of a command. `value` names its value; without it, the option is a switch. */
export interface Option {
  value?: string;
  multiple?: boolean;
  help: string;
}

export interface Command {
  /** The command line after `vigia`: `devices show ID`. */
  usage: string;
  summary: string;
  /** More text for its `--help`. */
  details?: string;
  options?: Record<string, Option>;
  /** Least and most positional arguments. */
  words?: [least: number, most: number];
  /** Resolves with the exit code. */
  run(call: Call): Promise<number>;
}

/** The parsed command line. */
export interface Call {
  words: readonly string[];
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  is(option: string): boolean;
}

/** A known error, with a one-line message that says what to do. */
export class CliError extends Error {
  override name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** An error in the command line. */
export const usageError = (message: string): CliError => new CliError(message, 2);

export const serverOptions: Record<string, Option> = {
  url: { value: 'URL', help: 'the server; default: VIGIA_URL, or http://127.0.0.1:3001' },
  token: { value: 'TOKEN', help: 'an admin token; default: VIGIA_TOKEN, or the one in DATA_DIR on this machine' },
  json: { help: 'print JSON' },
};
