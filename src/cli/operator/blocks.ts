import type { Blocked } from '../../protocol/document.ts';
import { apiOf, at } from './api.ts';
import { type Command, serverOptions } from './command.ts';
import { printJson, printTable } from './output.ts';

export const block: Command = {
  usage: 'devices block ID',
  summary: 'block a device, with any token, until it is unblocked',
  words: [1, 1],
  options: { reason: { value: 'TEXT', help: 'the reason, which is shown at the device' }, ...serverOptions },
  async run(call) {
    const [id] = call.words as [string];
    const reason = call.text('reason');
    const device = await (await apiOf(call)).post(at`/devices/${id}/block`, reason === undefined ? {} : { reason });
    if (call.is('json')) printJson(device);
    else process.stderr.write(`${id} is blocked; vigia devices unblock ${id} undoes it.\n`);
    return 0;
  },
};

export const unblock: Command = {
  usage: 'devices unblock ID',
  summary: 'unblock a device; it reconnects by itself',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const [id] = call.words as [string];
    await (await apiOf(call)).remove(at`/devices/${id}/block`);
    if (!call.is('json')) process.stderr.write(`${id} is not blocked any more.\n`);
    return 0;
  },
};

export const blocked: Command = {
  usage: 'devices blocked',
  summary: 'list the blocked ids, including those of removed devices',
  options: serverOptions,
  async run(call) {
    const api = await apiOf(call);
    const all: (Blocked & { id: string; known: boolean })[] = [];
    for await (const it of api.pages<(typeof all)[0]>('/blocks', 'blocks', { limit: 1000 })) {
      if (call.is('json')) printJson(it);
      else all.push(it);
    }
    if (call.is('json')) return 0;
    printTable(
      ['ID', 'SINCE', 'BY', 'REASON', 'NOTE'],
      all.map(({ id, since, by, reason, known }) => [id, since, by, reason, known ? '' : 'removed']),
    );
    return 0;
  },
};

export const remove: Command = {
  usage: 'devices remove ID',
  summary: 'remove a device; with --block, also block its id',
  words: [1, 1],
  options: { block: { help: 'also block its id' }, ...serverOptions },
  async run(call) {
    const [id] = call.words as [string];
    const query = call.is('block') ? '?block=true' : '';
    await (await apiOf(call)).remove(`${at`/devices/${id}`}${query}`);
    if (!call.is('json')) process.stderr.write(`${id} is removed.\n`);
    return 0;
  },
};
