import { setTimeout as delay } from 'node:timers/promises';
import type {
  Counts,
  Rollout,
  RolloutAct,
  RolloutPreview,
  RolloutTarget,
  VersionedRollout,
} from '../../protocol/rollouts.ts';
import { type Api, apiOf, at, createApi } from './api.ts';
import { type Call, type Command, serverOptions, usageError } from './command.ts';
import { confirm } from './confirm.ts';
import { connect } from './connect.ts';
import { duration, printJson, printLine, printTable, progressBar } from './output.ts';
import { paramsOf } from './params.ts';
import { serverOf } from './server.ts';

export const start: Command = {
  usage: 'rollout start COMMAND (--filter FILTER | --device ID… | --group GROUP | --all)',
  summary: 'send a command to many devices, a few first; the server runs the rollout',
  details:
    'COMMAND is as for vigia send. The progress is shown until the rollout ends or stops; Ctrl-C leaves it running. ' +
    'Exit code 1 if it did not succeed everywhere.',
  words: [1, 1],
  options: {
    filter: { value: 'FILTER', help: "the devices that match, such as 'group:lobby version<2.3'" },
    device: { value: 'ID', multiple: true, help: 'this device; may be given again' },
    group: { value: 'GROUP', help: 'all devices of this group' },
    all: { help: 'all devices' },
    param: { value: 'KEY=VALUE', multiple: true, help: 'a parameter; VALUE is JSON or text; may be given again' },
    name: { value: 'NAME', help: 'what it is for' },
    canary: { value: 'N', help: 'this many devices first (5)' },
    rate: { value: 'N', help: 'then this many devices per second (10)' },
    'max-errors': { value: 'PERCENT', help: 'stop if more fail (10)' },
    'max-timeouts': { value: 'PERCENT', help: 'stop if more do not answer (20)' },
    watch: { value: 'SECONDS', help: 'a device that is offline this long after its success counts as failed (60)' },
    'wait-offline': { value: 'SECONDS', help: 'wait this long for offline devices (0)' },
    preview: { help: 'only show what would happen' },
    detach: { help: 'do not wait for the end' },
    yes: { help: 'do not ask for confirmation' },
    ...serverOptions,
  },
  async run(call) {
    const server = await serverOf(call);
    const api = createApi(server);
    const wanted = {
      ...targetOf(call),
      command: call.words[0],
      params: paramsOf(call.texts('param')),
      ...settingsOf(call),
    };
    const isAsked = !call.is('yes');
    if (call.is('preview') || isAsked) {
      const preview = await api.post<RolloutPreview>('/rollouts', { ...wanted, preview: true });
      if (call.is('json')) printJson(preview);
      else if (call.is('preview')) printLine(textOf(preview));
      else process.stderr.write(`${textOf(preview)}\n`);
      if (call.is('preview')) return 0;
      await confirm(`Start ${call.words[0]} for ${preview.total} devices?`, `This is for ${preview.total} devices`);
    }
    const { document } = await api.post<VersionedRollout>('/rollouts', wanted);
    if (call.is('detach')) {
      if (call.is('json')) printJson(document);
      else printLine(document.id);
      return 0;
    }
    process.stderr.write(`${document.id}\n`);
    return follow(call, document.id);
  },
};

export const list: Command = {
  usage: 'rollout list',
  summary: 'list the rollouts, newest first',
  options: { limit: { value: 'N', help: 'at most this many (20)' }, ...serverOptions },
  async run(call) {
    const query = { limit: call.text('limit') ?? 20 };
    const { rollouts } = await (await apiOf(call)).get<{ rollouts: Rollout[] }>('/rollouts', query);
    if (call.is('json')) for (const it of rollouts) printJson(it);
    else {
      printTable(
        ['ID', 'NAME', 'COMMAND', 'TARGETS', 'BY', 'STATUS', 'ENDED', 'OUTCOMES'],
        rollouts.map((it) => [
          it.id,
          it.name,
          it.command,
          it.targets,
          it.createdBy,
          it.why ? `${it.status} (${it.why})` : it.status,
          it.endedAt,
          countsOf(it.counts),
        ]),
      );
    }
    return 0;
  },
};

export const show: Command = {
  usage: 'rollout show ID',
  summary: 'show a rollout, and its result for each device',
  options: {
    outcome: { value: 'OUTCOME', help: 'only these devices: error, lost, timeout, undelivered, …' },
    follow: { help: 'show its progress until it ends or stops' },
    csv: { help: 'the report as CSV' },
    ...serverOptions,
  },
  words: [1, 1],
  async run(call) {
    const [id] = call.words as [string];
    if (call.is('follow')) return follow(call, id);
    const api = await apiOf(call);
    const { document } = await api.get<VersionedRollout>(at`/rollouts/${id}`);
    const query = { outcome: call.text('outcome'), limit: 1000 };
    const targets = api.pages<RolloutTarget>(at`/rollouts/${id}/devices`, 'devices', query);
    if (call.is('csv')) process.stdout.write(await api.text(at`/rollouts/${id}/devices`, { ...query, format: 'csv' }));
    else if (call.is('json')) {
      printJson(document);
      for await (const it of targets) printJson(it);
    } else {
      printLine(summaryOf(document));
      await printTargets(targets);
    }
    return 0;
  },
};

const act = (name: RolloutAct, summary: string): Command => ({
  usage: `rollout ${name} ID`,
  summary,
  words: [1, 1],
  options: serverOptions,
  async run(call) {
    const path = at`/rollouts/${call.words[0] as string}/${name}`;
    const { document } = await (await apiOf(call)).post<VersionedRollout>(path, {});
    if (call.is('json')) printJson(document);
    else process.stderr.write(`${summaryOf(document)}\n`);
    return 0;
  },
});

export const pause = act('pause', 'send it to no more devices for now');
export const resume = act('resume', 'continue; after it stopped, with a canary again');
export const cancel = act('cancel', 'end it; commands that were sent continue');

/** Shows progress until the rollout ends or stops, then lists the devices that failed. */
async function follow(call: Call, id: string): Promise<number> {
  const server = await serverOf(call);
  const api = createApi(server);
  const admin = connect(server);
  const bar = progressBar();
  process.once('SIGINT', () => {
    bar.end();
    process.stderr.write(`No longer waiting; ${id} continues. vigia rollout show ${id} --follow\n`);
    process.exit(130);
  });
  try {
    let document = (await api.get<VersionedRollout>(at`/rollouts/${id}`)).document;
    const shown = () => {
      document = admin.rollouts.documents.get(id)?.document ?? document;
      const { waiting, sent, watching } = document.counts;
      bar.show(
        document.total - waiting - sent - watching,
        document.total,
        `${document.status} · ${countsOf(document.counts)}`,
      );
    };
    admin.rollouts.subscribe(shown);
    shown();
    while (!isAtRest(document)) await delay(POLL_MS);
    bar.end();
    return await printRollout(call, api, document);
  } finally {
    bar.end();
    admin.close();
  }
}

const POLL_MS = 100;

/** True if the rollout does not continue by itself and no command is pending. */
const isAtRest = ({ status, endedAt, counts }: Rollout): boolean =>
  endedAt !== undefined || (status === 'stopped' && counts.sent + counts.watching === 0);

async function printRollout(call: Call, api: Api, document: Rollout): Promise<number> {
  const { id, total, counts, status } = document;
  if (call.is('json')) printJson(document);
  else {
    printLine(summaryOf(document));
    for (const outcome of ['error', 'lost', 'timeout', 'undelivered'] as const) {
      if (counts[outcome] === 0) continue;
      await printTargets(
        api.pages<RolloutTarget>(at`/rollouts/${id}/devices`, 'devices', { outcome, limit: SHOWN }),
        SHOWN,
      );
    }
    if (status === 'stopped') process.stderr.write(`vigia rollout resume ${id}, or vigia rollout cancel ${id}\n`);
  }
  return counts.success + counts.alreadySo === total ? 0 : 1;
}

const SHOWN = 20;

async function printTargets(targets: AsyncIterable<RolloutTarget>, most = Number.POSITIVE_INFINITY): Promise<void> {
  const rows: unknown[][] = [];
  for await (const it of targets) {
    if (rows.length === most) break;
    rows.push([it.deviceId, it.outcome, it.sentAt, duration(it.durationMs), it.code, it.message ?? '']);
  }
  if (rows.length > 0) printTable(['DEVICE', 'OUTCOME', 'SENT', 'TOOK', 'CODE', 'MESSAGE'], rows);
}

function targetOf(call: Call): object {
  const [devices, group, filter] = [call.texts('device'), call.text('group'), call.text('filter')];
  const given = [devices.length > 0, group !== undefined, filter !== undefined, call.is('all')].filter(Boolean).length;
  if (given !== 1) throw usageError('Give exactly one of --filter FILTER, --device ID, --group GROUP, --all.');
  if (devices.length > 0) return { deviceIds: devices };
  return filter !== undefined ? { filter } : group !== undefined ? { group } : { all: true };
}

/** Options in seconds and percent, and the factors for the API's units. */
const numbers: readonly [option: string, setting: string, factor: number][] = [
  ['canary', 'canary', 1],
  ['rate', 'rate', 1],
  ['max-errors', 'maxErrorShare', 0.01],
  ['max-timeouts', 'maxTimeoutShare', 0.01],
  ['watch', 'watchMs', 1000],
  ['wait-offline', 'waitForOfflineMs', 1000],
];

function settingsOf(call: Call): object {
  const given = numbers.flatMap(([option, setting, factor]) => {
    const text = call.text(option);
    if (text === undefined) return [];
    if (!/^\d{1,9}(\.\d{1,3})?$/.test(text)) throw usageError(`--${option} ${text}: a number is needed.`);
    return [[setting, Number(text) * factor]];
  });
  const name = call.text('name');
  return { ...Object.fromEntries(given), ...(name !== undefined && { name }) };
}

function textOf({ total, online, send, alreadySo, unproven, unknownCommand }: RolloutPreview): string {
  const some = Object.entries({
    'will be sent it': send,
    'already so': alreadySo,
    unproven,
    'do not know the command': unknownCommand,
    'not online': total - online,
  }).filter(([, count]) => count > 0);
  return `${total} devices: ${some.map(([what, count]) => `${count} ${what}`).join(', ')}`;
}

const summaryOf = ({ id, command, status, why, total, counts }: Rollout): string =>
  `${id} ${command}: ${status}${why ? ` (${why})` : ''}; of ${total} devices ${countsOf(counts)}`;

const countsOf = (counts: Counts): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
