import { createInterface } from 'node:readline/promises';
import { CliError, usageError } from './command.ts';

/** @param what the subject of the error, if there is no terminal to ask */
export async function confirm(question: string, what: string): Promise<void> {
  if (!process.stdin.isTTY) throw usageError(`${what}: add --yes to confirm.`);
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asked.question(`${question} [y/N] `);
  asked.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('Nothing was sent.');
}
