import { apiOf, at } from './api.ts';
import { type Command, serverOptions } from './command.ts';

export const unrestrict: Command = {
  usage: 'devices unrestrict ID',
  summary: 'lift the restriction of a device; earlier offences do not count',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const [id] = call.words as [string];
    await (await apiOf(call)).remove(at`/devices/${id}/restriction`);
    if (!call.is('json')) process.stderr.write(`${id} is not restricted any more.\n`);
    return 0;
  },
};
