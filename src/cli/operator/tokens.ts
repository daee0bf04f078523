import { apiOf, at } from './api.ts';
import { type Command, serverOptions } from './command.ts';
import { printJson, printLine, printTable } from './output.ts';

interface Token {
  id: string;
  name: string;
  role: string;
  groups?: string[];
  expiresAt?: string;
  createdAt: string;
  lastUsedAt?: string;
}

export const list: Command = {
  usage: 'tokens list',
  summary: 'list admin tokens, oldest first',
  options: serverOptions,
  async run(call) {
    const { tokens } = await (await apiOf(call)).get<{ tokens: Token[] }>('/tokens');
    if (call.is('json')) for (const token of tokens) printJson(token);
    else {
      printTable(
        ['ID', 'NAME', 'ROLE', 'GROUPS', 'CREATED', 'EXPIRES', 'LAST USED'],
        tokens.map(({ id, name, role, groups, createdAt, expiresAt, lastUsedAt }) => {
          return [id, name, role, groups?.join(', ') ?? 'all', createdAt, expiresAt, lastUsedAt];
        }),
      );
    }
    return 0;
  },
};

export const create: Command = {
  usage: 'tokens create NAME --role ROLE',
  summary: 'create an admin token, which is shown only once',
  words: [1, 1],
  options: {
    role: { value: 'ROLE', help: 'viewer (default), operator or admin' },
    group: { value: 'GROUP', multiple: true, help: 'sees and commands only this group; may be given again' },
    expires: { value: 'TIME', help: 'when the token expires, such as 2027-03-01T00:00:00Z' },
    ...serverOptions,
  },
  async run(call) {
    const [groups, expiresAt] = [call.texts('group'), call.text('expires')];
    const body = {
      name: call.words[0],
      role: call.text('role') ?? 'viewer',
      ...(groups.length > 0 && { groups }),
      ...(expiresAt !== undefined && { expiresAt }),
    };
    const created = await (await apiOf(call)).post<Token & { token: string }>('/tokens', body);
    if (call.is('json')) printJson(created);
    else {
      // Only the token goes to stdout, so that it can be piped to a file or a variable.
      process.stderr.write(`${created.role} "${created.name}", id ${created.id}; shown this once:\n`);
      printLine(created.token);
    }
    return 0;
  },
};

export const revoke: Command = {
  usage: 'tokens revoke ID',
  summary: 'remove an admin token; its users are signed out',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    await (await apiOf(call)).remove(at`/tokens/${call.words[0] as string}`);
    if (!call.is('json')) process.stderr.write('It is not valid any more.\n');
    return 0;
  },
};
