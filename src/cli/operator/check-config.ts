import { loadConfig, misspeltVariables, settingsOf } from '../../config.ts';
import type { Command } from './command.ts';
import { environmentOf, environmentOptions } from './environment.ts';
import { printLine, printTable } from './output.ts';

export const checkConfig: Command = {
  usage: 'check-config',
  summary: 'check the configuration in the environment without starting a server',
  details: 'Prints the variables that are set; tokens, and URLs that may contain a password, are not shown.',
  options: environmentOptions,
  async run(call) {
    const env = environmentOf(call);
    for (const { name, nearest } of misspeltVariables(env)) {
      process.stderr.write(`Warning: ${name} is not a variable of vigia and is ignored; did you mean ${nearest}?\n`);
    }
    loadConfig(env);
    const settings = settingsOf(env).map(({ name, value, file }) => [name, value, file ?? 'environment']);
    if (settings.length > 0) printTable(['VARIABLE', 'VALUE', 'FROM'], settings);
    printLine('The configuration is valid.');
    return 0;
  },
};
