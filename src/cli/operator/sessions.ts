import type { ListedSession } from '../../protocol/console-sessions.ts';
import { apiOf, at } from './api.ts';
import { type Command, serverOptions } from './command.ts';
import { printJson, printTable } from './output.ts';

export const list: Command = {
  usage: 'sessions list',
  summary: 'list the browsers that are signed in to the console, newest first',
  options: serverOptions,
  async run(call) {
    const { sessions } = await (await apiOf(call)).get<{ sessions: ListedSession[] }>('/sessions');
    if (call.is('json')) for (const session of sessions) printJson(session);
    else {
      printTable(
        ['ID', 'TOKEN', 'ADDRESS', 'SIGNED IN', 'LAST USED', 'EXPIRES', 'BROWSER'],
        sessions.map(({ id, name, address, createdAt, lastUsedAt, expiresAt, userAgent }) => {
          return [id, name, address, createdAt, lastUsedAt, expiresAt, userAgent];
        }),
      );
    }
    return 0;
  },
};

export const end: Command = {
  usage: 'sessions end ID',
  summary: 'sign a browser out; the token that it signed in with stays valid',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    await (await apiOf(call)).remove(at`/sessions/${call.words[0] as string}`);
    if (!call.is('json')) process.stderr.write('It is signed out.\n');
    return 0;
  },
};
