import type { VersionedDocument } from '../../protocol/document.ts';
import { type Api, apiOf, at } from './api.ts';
import { type Call, type Command, serverOptions, usageError } from './command.ts';
import { plain, printJson, printLine, printTable } from './output.ts';

const span = {
  from: { value: 'TIME', help: 'start of the span, such as 2026-03-01T12:00:00Z' },
  to: { value: 'TIME', help: 'end of the span (exclusive)' },
};
interface Span {
  from: string | undefined;
  to: string | undefined;
}
const spanOf = (call: Call): Span => ({ from: call.text('from'), to: call.text('to') });

interface Change {
  version: number;
  at: string;
  coarse?: true;
  patch?: { op: string; path: string; value?: unknown }[];
  document?: object;
  deleted?: true;
}

interface Requested {
  requestedAt: string;
}

interface AuditRecord {
  at: string;
  actor: string;
  kind: string;
  deviceId?: string;
  outcome: string;
  details: Record<string, unknown>;
}

export const history: Command = {
  usage: 'history ID',
  summary: 'print the changes of a device, oldest first; with --at, the document as of that time',
  words: [1, 1],
  options: { ...span, at: { value: 'TIME', help: 'print the document as of this time' }, ...serverOptions },
  async run(call) {
    const api = await apiOf(call);
    const id = call.words[0] as string;
    const moment = call.text('at');
    if (moment !== undefined) {
      const then = await api.get<object>(at`/devices/${id}/state`, { at: moment });
      printLine(JSON.stringify(then, null, call.is('json') ? 0 : 2));
      return 0;
    }
    const query = { ...spanOf(call), limit: 1000 };
    for await (const change of api.pages<Change>(at`/devices/${id}/history`, 'changes', query)) {
      if (call.is('json')) printJson(change);
      else for (const line of linesOf(change)) printLine(`${change.at}  v${change.version}  ${line}`);
    }
    return 0;
  },
};

export const audit: Command = {
  usage: 'audit',
  summary: 'print the audit log, newest first',
  options: {
    ...span,
    actor: { value: 'NAME', help: 'only this token or address' },
    kind: { value: 'KIND', help: 'only this kind, such as device.edited; a prefix ends with a dot: device.' },
    limit: { value: 'N', help: 'at most this many (50)' },
    ...serverOptions,
  },
  async run(call) {
    const api = await apiOf(call);
    const limit = Number(call.text('limit') ?? 50);
    if (!Number.isInteger(limit) || limit < 1) throw usageError('--limit: a whole number from 1 on.');
    const query = { ...spanOf(call), actor: call.text('actor'), kind: call.text('kind'), limit: Math.min(limit, 1000) };
    const records: AuditRecord[] = [];
    for await (const record of api.pages<AuditRecord>('/audit', 'records', query)) {
      if (records.push(record) === limit) break;
    }
    if (call.is('json')) for (const record of records) printJson(record);
    else {
      printTable(
        ['AT', 'ACTOR', 'KIND', 'DEVICE', 'OUTCOME', 'DETAILS'],
        records.map(({ at, actor, kind, deviceId, outcome, details }) => {
          return [at, actor, kind, deviceId, outcome, factsOf(details)];
        }),
      );
    }
    return 0;
  },
};

export const exportAll: Command = {
  usage: 'export (history | audit | commands)',
  summary: 'print everything as NDJSON (one JSON per line)',
  details: 'For removed devices, name each with --device.',
  words: [1, 1],
  options: {
    ...span,
    device: { value: 'ID', multiple: true, help: 'only this device; may be given again (not for audit)' },
    url: serverOptions.url as never,
    token: serverOptions.token as never,
  },
  async run(call) {
    const api = await apiOf(call);
    switch (call.words[0]) {
      case 'audit':
        for await (const record of api.pages('/audit', 'records', { ...spanOf(call), limit: 1000 })) printJson(record);
        return 0;
      case 'history':
        for await (const deviceId of devicesOf(call, api)) {
          const query = { ...spanOf(call), limit: 1000 };
          const changes = api.pages<object>(at`/devices/${deviceId}/history`, 'changes', query);
          for await (const change of changes) printJson({ deviceId, ...change });
        }
        return 0;
      case 'commands':
        for await (const deviceId of devicesOf(call, api)) {
          for await (const command of commandsOf(deviceId, api, spanOf(call))) printJson(command);
        }
        return 0;
      default:
        throw usageError('Usage: vigia export history|audit|commands');
    }
  },
};

/** The endpoint has no time span, but returns the newest first. */
async function* commandsOf(deviceId: string, api: Api, span: Span): AsyncGenerator<Requested> {
  const from = momentOf('from', span.from) ?? Number.NEGATIVE_INFINITY;
  const to = momentOf('to', span.to) ?? Number.POSITIVE_INFINITY;
  for await (const command of api.pages<Requested>(at`/devices/${deviceId}/commands`, 'commands', { limit: 1000 })) {
    const requestedAt = Date.parse(command.requestedAt);
    if (requestedAt < from) return;
    if (requestedAt < to) yield command;
  }
}

function momentOf(name: keyof Span, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const moment = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) {
    throw usageError(`--${name} ${text}: a moment in ISO 8601 with its zone is needed, such as 2026-03-01T12:00:00Z.`);
  }
  return moment;
}

async function* devicesOf(call: Call, api: Api): AsyncGenerator<string> {
  const named = call.texts('device');
  if (named.length > 0) yield* named;
  else {
    for await (const { document } of api.pages<VersionedDocument>('/devices', 'devices', { limit: 1000 })) {
      yield document.id;
    }
  }
}

function linesOf({ patch, document, deleted, coarse }: Change): string[] {
  if (deleted) return ['removed'];
  if (document) return [coarse ? 'the whole document; what follows was not kept' : 'the whole document'];
  return (patch ?? []).map(({ op, path, value }) => {
    return plain(`${op} ${path}${value === undefined ? '' : ` ${JSON.stringify(value)}`}`.slice(0, 160));
  });
}

/** `fields=name,group command=vlc:play`. Token ids are omitted: they are of no use to people. */
function factsOf({ tokenId: _, ...details }: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ');
}
