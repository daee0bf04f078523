import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type Call, CliError, type Option } from './command.ts';

export const environmentOptions: Record<string, Option> = {
  'env-file': {
    value: 'FILE',
    help: 'read variables from this file as well, such as /etc/vigia.env, which the unit reads',
  },
};

/** The environment of the server: this process's, and the variables of `--env-file`. */
export function environmentOf(call: Call): NodeJS.ProcessEnv {
  const file = call.text('env-file');
  if (file === undefined) return process.env;
  try {
    return { ...process.env, ...parseEnv(readFileSync(file, 'utf8')) };
  } catch (error) {
    throw new CliError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, 2);
  }
}
