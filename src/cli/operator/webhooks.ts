import type { Webhook, WebhookDelivery } from '../../protocol/webhooks.ts';
import { apiOf, at } from './api.ts';
import { type Command, serverOptions, usageError } from './command.ts';
import { printJson, printLine, printTable } from './output.ts';

export const list: Command = {
  usage: 'webhooks list',
  summary: 'list the webhooks and their health',
  options: serverOptions,
  async run(call) {
    const { webhooks } = await (await apiOf(call)).get<{ webhooks: Webhook[] }>('/webhooks');
    if (call.is('json')) for (const webhook of webhooks) printJson(webhook);
    else {
      printTable(
        ['ID', 'NAME', 'URL', 'EVENTS', 'GROUPS', 'STATE'],
        webhooks.map((it) => [
          it.id,
          it.name,
          it.url,
          it.events?.join(' ') ?? 'all',
          it.groups?.join(', ') ?? 'all',
          stateOf(it),
        ]),
      );
    }
    return 0;
  },
};

function stateOf({ disabled, failingSince }: Webhook): string {
  if (disabled) return `disabled (${disabled.why}) since ${disabled.since}`;
  return failingSince ? `failing since ${failingSince}` : 'ok';
}

export const create: Command = {
  usage: 'webhooks create URL',
  summary: 'create a webhook for a URL; its secret is shown only once',
  words: [1, 1],
  options: {
    name: { value: 'NAME', help: 'what it is for' },
    event: {
      value: 'TYPE',
      multiple: true,
      help: 'such as device.offline or alert.opened; may be given again; default: all',
    },
    group: { value: 'GROUP', multiple: true, help: 'only this group; may be given again' },
    ...serverOptions,
  },
  async run(call) {
    const [events, groups, name] = [call.texts('event'), call.texts('group'), call.text('name')];
    const created = await (await apiOf(call)).post<Webhook & { secret: string }>('/webhooks', {
      url: call.words[0],
      ...(name !== undefined && { name }),
      ...(events.length > 0 && { events }),
      ...(groups.length > 0 && { groups }),
    });
    if (call.is('json')) printJson(created);
    else {
      process.stderr.write(`webhook ${created.id}; its secret, shown this once:\n`);
      printLine(created.secret);
    }
    return 0;
  },
};

export const set: Command = {
  usage: 'webhooks set ID',
  summary: 'enable or disable a webhook, or change its URL',
  words: [1, 1],
  options: {
    enable: { help: 'send events again' },
    disable: { help: 'send no more events; pending messages are given up' },
    address: { value: 'URL', help: 'the new URL' },
    ...serverOptions,
  },
  async run(call) {
    const [enable, disable, url] = [call.is('enable'), call.is('disable'), call.text('address')];
    if (enable === disable && (enable || url === undefined)) throw usageError('Give --enable, --disable or --address.');
    const edit = { ...(enable !== disable && { enabled: enable }), ...(url !== undefined && { url }) };
    const edited = await (await apiOf(call)).patch<Webhook>(at`/webhooks/${call.words[0] as string}`, edit);
    if (call.is('json')) printJson(edited);
    else process.stderr.write(`${edited.id}: ${stateOf(edited)}\n`);
    return 0;
  },
};

const HOUR_MS = 3_600_000;

export const secret: Command = {
  usage: 'webhooks secret ID',
  summary: 'create a new secret, which is shown only once; the previous one also signs for a day',
  words: [1, 1],
  options: {
    grace: { value: 'HOURS', help: 'how long the previous secret also signs (24)' },
    ...serverOptions,
  },
  async run(call) {
    const grace = call.text('grace') ?? '24';
    if (!/^\d{1,3}$/.test(grace)) throw usageError(`--grace ${grace}: a whole number of hours is needed.`);
    const path = at`/webhooks/${call.words[0] as string}/secret`;
    const body = { graceMs: Number(grace) * HOUR_MS };
    const rotated = await (await apiOf(call)).post<Webhook & { secret: string }>(path, body);
    if (call.is('json')) printJson(rotated);
    else {
      const until = rotated.previousSecretUntil;
      process.stderr.write(
        `the new secret of ${rotated.id}, shown this once${until ? `; the old one signs until ${until}` : ''}:\n`,
      );
      printLine(rotated.secret);
    }
    return 0;
  },
};

export const remove: Command = {
  usage: 'webhooks remove ID',
  summary: 'remove a webhook',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    await (await apiOf(call)).remove(at`/webhooks/${call.words[0] as string}`);
    if (!call.is('json')) process.stderr.write('It is removed.\n');
    return 0;
  },
};

export const test: Command = {
  usage: 'webhooks test ID',
  summary: 'send one webhook.test now',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const path = at`/webhooks/${call.words[0] as string}/test`;
    const result = await (await apiOf(call)).post<{ delivered: boolean; error?: string; durationMs: number }>(path, {});
    if (call.is('json')) printJson(result);
    else printLine(result.delivered ? `delivered in ${result.durationMs} ms` : `not delivered: ${result.error}`);
    return result.delivered ? 0 : 1;
  },
};

export const deliveries: Command = {
  usage: 'webhooks deliveries ID',
  summary: 'list its messages of the last week, newest first',
  words: [1, 1],
  options: {
    status: { value: 'STATUS', help: 'pending, delivered or failed' },
    limit: { value: 'N', help: 'at most this many (100)' },
    ...serverOptions,
  },
  async run(call) {
    const path = at`/webhooks/${call.words[0] as string}/deliveries`;
    const query = { status: call.text('status'), limit: call.text('limit') };
    const page = await (await apiOf(call)).get<{ deliveries: WebhookDelivery[] }>(path, query);
    if (call.is('json')) for (const it of page.deliveries) printJson(it);
    else {
      printTable(
        ['ID', 'TYPE', 'CREATED', 'STATUS', 'ATTEMPTS', 'NEXT', 'ERROR'],
        page.deliveries.map((it) => [it.id, it.type, it.createdAt, it.status, it.attempts, it.nextAttemptAt, it.error]),
      );
    }
    return 0;
  },
};
