import type { Ending } from '../../client/admin.ts';
import type { VersionedDocument } from '../../protocol/document.ts';
import { createApi } from './api.ts';
import { type Call, CliError, type Command, serverOptions, usageError } from './command.ts';
import { confirm } from './confirm.ts';
import { connect } from './connect.ts';
import { duration, printJson, printTable, progressBar } from './output.ts';
import { paramsOf } from './params.ts';
import { type Server, serverOf } from './server.ts';

export const send: Command = {
  usage: 'send COMMAND (--device ID… | --group GROUP | --filter FILTER | --all)',
  summary: 'send a command, and wait for the result of every device',
  details:
    'COMMAND says what is wanted: play, resume, pause, stop, fullscreen:on, fullscreen:off or snapshot; or a command ' +
    'that the device declared; or a button of its player: vlc:play, vlc:pause, vlc:stop, vlc:fullscreen, vlc:snapshot. ' +
    'Exit code 1 if it failed anywhere.',
  words: [1, 1],
  options: {
    device: { value: 'ID', multiple: true, help: 'this device; may be given again' },
    group: { value: 'GROUP', help: 'all devices of this group' },
    filter: { value: 'FILTER', help: 'all matching devices, such as "status:online label.city=Mendoza"' },
    all: { help: 'all devices' },
    param: { value: 'KEY=VALUE', multiple: true, help: 'a parameter; VALUE is JSON or text; may be given again' },
    timeout: { value: 'MS', help: "how long to wait for one attempt's answer" },
    ttl: { value: 'MS', help: 'how long the command may wait for an offline device' },
    force: { help: 'send even if the effect is unknown now' },
    yes: { help: 'do not ask for confirmation if there are many devices' },
    ...serverOptions,
  },
  async run(call) {
    const target = targetOf(call);
    const request = {
      ...target,
      command: call.words[0] as string,
      params: paramsOf(call.texts('param')),
      ...numbersOf(call),
      ...(call.is('force') && { force: true }),
    };
    const server = await serverOf(call);
    if (!('deviceId' in target) && !call.is('yes')) await confirmMany(request.command, await count(server, target));

    const admin = connect(server);
    const bar = progressBar();
    const statuses = new Map<string, string>();
    process.once('SIGINT', () => {
      bar.end();
      process.stderr.write('No longer waiting; what was sent goes on.\n');
      process.exit(130);
    });
    try {
      const sent = await admin.send(request, ({ deviceId, status }) => {
        statuses.set(deviceId, status);
        const ended = [...statuses.values()].filter((it) => !PENDING.has(it)).length;
        bar.show(ended, statuses.size, summary([...statuses.values()]));
      });
      bar.end();
      return report(([] as Ending[]).concat(sent), call.is('json'));
    } finally {
      bar.end();
      admin.close();
    }
  },
};

type Target = { deviceId: string } | { deviceIds: string[] } | { group: string } | { filter: string } | { all: true };

const NOBODY = 'There is no such device: nothing was sent.';
const PENDING = new Set(['queued', 'sent', 'verifying']);

function targetOf(call: Call): Target {
  const devices = [...call.texts('device')];
  const [group, filter] = [call.text('group'), call.text('filter')];
  const named = [devices.length > 0, group !== undefined, filter !== undefined, call.is('all')].filter(Boolean).length;
  if (named !== 1) throw usageError('Give exactly one of --device ID, --group GROUP, --filter FILTER, --all.');
  if (devices.length === 1) return { deviceId: devices[0] as string };
  if (devices.length > 1) return { deviceIds: devices };
  if (filter !== undefined) return { filter };
  return group === undefined ? { all: true } : { group };
}

function numbersOf(call: Call): { timeoutMs?: number; ttlMs?: number } {
  const milliseconds = (name: string): number | undefined => {
    const text = call.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,12}$/.test(text)) throw usageError(`--${name} ${text}: a whole number of milliseconds is needed.`);
    return Number(text);
  };
  const timeoutMs = milliseconds('timeout');
  const ttlMs = milliseconds('ttl');
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...(ttlMs !== undefined && { ttlMs }) };
}

/** The number of devices that the target has now. */
async function count(server: Server, target: Target): Promise<number> {
  if ('deviceIds' in target) return target.deviceIds.length;
  const chosen = 'group' in target ? { group: target.group } : 'filter' in target ? { q: target.filter } : {};
  const query = { ...chosen, limit: 1000 };
  let devices = 0;
  for await (const _ of createApi(server).pages<VersionedDocument>('/devices', 'devices', query)) devices++;
  return devices;
}

async function confirmMany(command: string, devices: number): Promise<void> {
  // If there are none, the server's error says so and lists the groups.
  if (devices > 1) await confirm(`Send ${command} to ${devices} devices?`, `This goes to ${devices} devices`);
}

function report(endings: readonly Ending[], json: boolean): number {
  if (endings.length === 0) throw new CliError(NOBODY);
  if (json) for (const ending of endings) printJson(ending);
  else {
    printTable(
      ['DEVICE', 'STATUS', 'ATTEMPTS', 'TOOK', 'PROVEN BY', 'MESSAGE'],
      endings.map(({ deviceId, status, attempts, durationMs, confirmedBy, alreadySo, message, error }) => {
        const result = alreadySo ? 'already so' : (message ?? error?.message ?? '');
        return [deviceId, status, attempts, duration(durationMs), confirmedBy, result];
      }),
    );
    if (endings.length > 1)
      process.stderr.write(`${endings.length} devices: ${summary(endings.map((it) => it.status))}\n`);
  }
  return endings.every(({ status }) => status === 'success') ? 0 : 1;
}

/** `23 success, 2 timeout` */
function summary(statuses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, n]) => `${n} ${status}`).join(', ');
}
