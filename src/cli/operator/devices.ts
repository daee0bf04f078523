import type { DeviceDocument, VersionedDocument } from '../../protocol/document.ts';
import { keys } from '../../protocol/filter/fields.ts';
import { apiOf, at } from './api.ts';
import { CliError, type Command, serverOptions } from './command.ts';
import { connect } from './connect.ts';
import { duration, plain, printJson, printLine, printTable } from './output.ts';
import { serverOf } from './server.ts';

const FILTER_HELP = `A filter is made of terms, all of which must hold: key:value (or key:one,two), = exactly, ~ contains,
< <= > >= for versions, numbers and times (seen>1h), - in front for "not", "quotes" for spaces. Other words are looked
for in id, name, group, labels, what plays, host name and addresses. Keys: ${keys.join(', ')}.
One that begins with - is given as --q=-status:online.`;

export const list: Command = {
  usage: 'devices list',
  summary: 'list devices, ordered by id',
  details: FILTER_HELP,
  options: {
    status: { value: 'STATUS', help: 'online, reconnecting or offline' },
    group: { value: 'GROUP', help: 'only this group' },
    q: { value: 'FILTER', help: 'such as "status:offline version<2.3 lobby"' },
    ...serverOptions,
  },
  async run(call) {
    const api = await apiOf(call);
    const query = { status: call.text('status'), group: call.text('group'), q: call.text('q'), limit: 1000 };
    const devices: VersionedDocument[] = [];
    for await (const device of api.pages<VersionedDocument>('/devices', 'devices', query)) {
      if (call.is('json')) printJson(device);
      else devices.push(device);
    }
    if (call.is('json')) return 0;
    printTable(
      ['ID', 'NAME', 'GROUP', 'STATUS', 'SINCE', 'ON AIR', 'PLAYING', 'REPORT', 'NOTE'],
      devices.map(({ document }) => {
        const { id, name, group, connection, onAir, playback, report } = document;
        const { status, since } = connection;
        return [id, name, group, status, since, onAir.status, playing(playback), report.status, notes(document)];
      }),
    );
    return 0;
  },
};

export const show: Command = {
  usage: 'devices show ID',
  summary: 'show the document of a device, as JSON',
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const device = await (await apiOf(call)).get<VersionedDocument>(at`/devices/${call.words[0] as string}`);
    printLine(JSON.stringify(device, null, call.is('json') ? 0 : 2));
    return 0;
  },
};

export const watch: Command = {
  usage: 'devices watch [ID]',
  summary: 'print changes as they happen, until Ctrl-C',
  details:
    'A device that is watched by its ID reports more often. With --json, each line is {deviceId, version, document}.',
  words: [0, 1],
  options: { group: { value: 'GROUP', help: 'only this group' }, ...serverOptions },
  async run(call) {
    const [id] = call.words;
    const group = call.text('group');
    const scope =
      id !== undefined ? { devices: [id] } : group !== undefined ? { groups: [group] } : { all: true as const };
    const admin = connect({ ...(await serverOf(call)), scope });
    await admin.ready();
    if (id !== undefined) {
      if (!admin.devices.has(id)) throw new CliError('There is no such device.');
      admin.watch(id);
    }
    if (!call.is('json')) process.stderr.write(`${admin.devices.size} devices; Ctrl-C ends\n`);
    return new Promise((resolve, reject) => {
      admin.onChange(scope, (changes) => {
        for (const { deviceId, before, after } of changes) {
          if (call.is('json')) printJson({ deviceId, ...(after ?? { deleted: true }) });
          else if (!after) printLine(`${clockTime()} ${deviceId} removed`);
          else
            for (const line of differences(before?.document, after.document))
              printLine(`${clockTime()} ${deviceId} ${line}`);
        }
      });
      admin.onStatus(({ link, error }) => {
        if (link === 'ended') reject(error);
        else if (call.is('json') || error) return;
        else process.stderr.write(link === 'live' ? 'connected\n' : 'connection lost; trying again\n');
      });
      process.on('SIGINT', () => {
        resolve(0);
        admin.close();
      });
    });
  },
};

/** `clip-a.mp4 (mornings)`, `paused clip-a.mp4`, `stopped` */
function playing({ status, item, playlist }: DeviceDocument['playback']): string {
  const words = [status === 'playing' && item !== null ? undefined : status, item, playlist && `(${playlist})`];
  return short(words.filter(Boolean).join(' '));
}

/** Warnings that affect how to read the rest of the line. */
function notes({ connection, report, blocked }: DeviceDocument): string {
  const ago = (at: string) => `${duration(Math.max(0, Date.now() - Date.parse(at)))} ago`;
  const { measuredAt, refused } = report;
  return [
    blocked && `blocked by ${blocked.by}${blocked.reason ? `: ${blocked.reason}` : ''}`,
    connection.conflict && `two machines: ${connection.conflict.places.join(' and ')}`,
    connection.restricted && `restricted (${connection.restricted.why}) until ${connection.restricted.until}`,
    refused && `state refused ${ago(refused.at)} (${refused.code})`,
    report.status === 'stale' && measuredAt !== null && `measured ${ago(measuredAt)}`,
  ]
    .filter(Boolean)
    .join('; ');
}

const clockTime = (): string => new Date().toISOString().slice(11, 19);

const MAX_SHOWN = 60;
/** Fields that change constantly or are of no interest here. */
const HIDDEN = new Set([
  'connection.lastSeenAt',
  'report.receivedAt',
  'report.measuredAt',
  'state.timestamp',
  'connection.clockSkewMs',
]);

/** `playback.status playing → paused`, for each changed value. */
function differences(before: DeviceDocument | undefined, after: DeviceDocument): string[] {
  if (!before) return [`is new (${after.connection.status})`];
  const lines: string[] = [];
  const visit = (old: unknown, now: unknown, path: string): void => {
    if (old === now || HIDDEN.has(path)) return;
    if (isObject(old) && isObject(now)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
        visit(old[key], now[key], path ? `${path}.${key}` : key);
      }
    } else if (JSON.stringify(old) !== JSON.stringify(now)) lines.push(`${plain(path)} ${short(old)} → ${short(now)}`);
  };
  visit(before, after, '');
  return lines;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '–');
  return plain(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
