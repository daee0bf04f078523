import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { commandFacts } from '../audit/commands.ts';
import type { Commands, Devices } from '../fleet/api.ts';
import type { CommandHistory, CommandMark } from '../ports/command-history.ts';
import { SendCommand } from '../protocol/admin.ts';
import type { CommandRecord, CommandSummary } from '../protocol/commands.ts';
import { VigiaError } from '../protocol/errors.ts';
import { done } from './audited.ts';
import {
  CommandPage,
  CommandResults,
  CommandRecord as CommandSchema,
  CommandSummaries,
  DeviceCommand,
} from './command-schemas.ts';
import { decodeMark, encodeMark } from './cursor.ts';
import { CommandId, DeviceParams, json, problems } from './schemas.ts';
import { type Api, type HttpEnv, secured } from './secured.ts';

const tags = ['Commands'];

const sending = {
  query: z.object({
    wait: z.enum(['true', 'false']).default('false').meta({ description: 'Respond only when every command has ended' }),
  }),
  responses: {
    200: { description: 'With `wait=true`: the result of each command', ...json(CommandResults) },
    202: { description: 'Accepted', ...json(CommandSummaries) },
    ...problems('device_unknown', 'command_unknown', 'command_invalid', 'queue_full'),
  },
};

const CommandsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(512).optional().meta({ description: 'The `cursor` of the previous page' }),
});

export function commandRoutes(
  api: Api,
  commands: Commands,
  devices: Pick<Devices, 'get'>,
  history: CommandHistory,
): void {
  api.openapi(
    secured('operator', {
      method: 'post',
      path: '/devices/{id}/commands',
      audit: 'command.sent',
      tags,
      summary: 'Send a command to one device',
      request: { params: DeviceParams, query: sending.query, body: { required: true, ...json(DeviceCommand) } },
      responses: sending.responses,
    }),
    (c) => send(c, { ...c.req.valid('json'), deviceId: c.req.valid('param').id }, c.req.valid('query').wait),
  );

  api.openapi(
    secured('operator', {
      method: 'post',
      path: '/commands',
      audit: 'command.sent',
      reach: 'filtered',
      tags,
      summary: 'Send a command to many devices',
      description:
        'Give exactly one of `deviceId`, `deviceIds`, `group`, `filter` and `all`. Each device has a result of its own.',
      request: {
        query: sending.query,
        body: {
          required: true,
          content: { 'application/json': { schema: SendCommand, example: { group: 'lobby', command: 'vlc:stop' } } },
        },
      },
      responses: sending.responses,
    }),
    (c) => send(c, c.req.valid('json'), c.req.valid('query').wait),
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/commands/{commandId}',
      reach: 'filtered',
      tags,
      summary: 'Read one command',
      request: { params: z.object({ commandId: CommandId }) },
      responses: {
        200: { description: 'The pending or ended command', ...json(CommandSchema) },
        ...problems('command_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const record = await commands.get(c.req.valid('param').commandId);
      if (!record || !c.get('view').knows(record.deviceId)) throw new VigiaError('command_unknown');
      return c.json(record, 200);
    },
  );

  api.openapi(
    secured('viewer', {
      method: 'get',
      path: '/devices/{id}/commands',
      tags,
      summary: "List a device's commands, newest first",
      description: 'Also works for removed devices.',
      request: { params: DeviceParams, query: CommandsQuery },
      responses: {
        200: { description: 'One page of pending and ended commands', ...json(CommandPage) },
        ...problems('device_unknown', 'unavailable'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { limit, cursor } = c.req.valid('query');
      const list = ['commands', id];
      const before = cursor === undefined ? undefined : decodeMark(cursor, list);
      const recorded = await history.ofDevice(id, { before, limit: limit + 1 });
      const found = merged(commands.list(id), recorded, before);
      if (found.length === 0 && !devices.get(id)) throw new VigiaError('device_unknown');
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const more = found.length > limit && last;
      const next = more && { cursor: encodeMark(markOf(last).at, last.commandId, list) };
      return c.json({ commands: page, ...next }, 200);
    },
  );

  async function send(c: Context<HttpEnv>, request: SendCommand, wait: 'true' | 'false') {
    const accepted = await commands.send(request, c.get('identity'), null, false, c.get('requestId'));
    done(c, commandFacts(request, accepted));
    if (request.deviceId !== undefined && accepted[0]) {
      c.header('Location', `/api/v1/commands/${accepted[0].commandId}`);
    }
    const results = wait === 'true' && (await Promise.race([allEnded(accepted), aborted(c.req.raw.signal)]));
    return results ? c.json({ commands: results }, 200) : c.json({ commands: accepted }, 202);
  }

  /** The final records. Takes as long as the commands' own timeouts allow. */
  function allEnded(accepted: CommandSummary[]) {
    return Promise.all(accepted.map((summary) => (summary.error ? summary : commands.ended(summary.commandId))));
  }
}

/** Combines commands in memory with recorded ones; those in memory are newer. Newest first. */
function merged(known: CommandRecord[], recorded: CommandRecord[], before: CommandMark | undefined): CommandRecord[] {
  const byId = new Map([...recorded, ...known].map((record) => [record.commandId, record]));
  const all = [...byId.values()].filter((record) => !before || compare(markOf(record), before) < 0);
  return all.sort((a, b) => compare(markOf(b), markOf(a)));
}

const markOf = ({ requestedAt, commandId }: CommandRecord): CommandMark => ({
  at: Date.parse(requestedAt),
  id: commandId,
});

/** The database's order: ids are ASCII. */
const compare = (a: CommandMark, b: CommandMark): number => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Resolves with false when the client disconnects, so that the handler stops waiting. */
function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}
