import { apiOf, at } from './api.ts';
import { type Command, serverOptions } from './command.ts';
import { printJson, printLine } from './output.ts';

export const pair: Command = {
  usage: 'devices pair CODE',
  summary: 'create a device for the new player that shows this code',
  words: [1, 1],
  options: {
    id: { value: 'ID', help: 'the id of the device; generated if it is missing' },
    name: { value: 'NAME', help: 'the name of the device' },
    group: { value: 'GROUP', help: 'the group of the device' },
    ...serverOptions,
  },
  async run(call) {
    const given = (['id', 'name', 'group'] as const).flatMap((key) => {
      const value = call.text(key);
      return value === undefined ? [] : [[key, value]];
    });
    const path = at`/pairings/${call.words[0] as string}`;
    const paired = await (await apiOf(call)).post<{ id: string }>(path, Object.fromEntries(given));
    if (call.is('json')) printJson(paired);
    else {
      process.stderr.write('The player gets its own token and connects within a few seconds. Its id:\n');
      printLine(paired.id);
    }
    return 0;
  },
};
