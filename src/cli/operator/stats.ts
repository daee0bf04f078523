import { type Api, apiOf } from './api.ts';
import { type Command, serverOptions } from './command.ts';
import { duration, printJson, printLine, printTable } from './output.ts';

interface Summary {
  uptime: { onlineMs: number; share: number | null };
  disconnections: { count: number; reasons: Record<string, number> };
  onAir: { yesMs: number; share: number | null };
  commands: { count: number; byStatus: Record<string, number>; meanMs: number | null; p95Ms: number | null };
}
type Playback = { item: string | null; playlist: string | null; ms: number }[];

interface Stats {
  from: string;
  to: string;
  total: Summary & { devices: number; playback: Playback };
  devices: (Summary & { deviceId: string })[];
  cursor?: string;
}

export const stats: Command = {
  usage: 'stats',
  summary: 'sum up uptime, time on air, disconnections and commands, of the last 7 days',
  options: {
    from: { value: 'TIME', help: 'start of the span, such as 2026-03-01T00:00:00Z' },
    to: { value: 'TIME', help: 'end of the span (exclusive)' },
    group: { value: 'GROUP', help: 'only this group' },
    ...serverOptions,
  },
  async run(call) {
    const api = await apiOf(call);
    const query = { from: call.text('from'), to: call.text('to'), group: call.text('group'), limit: 500 };
    const first = await api.get<Stats>('/stats', query);
    const rest = await remaining(api, first, query);
    const devices = [...first.devices, ...rest];
    if (call.is('json')) {
      const { cursor: _, ...all } = first;
      printJson({ ...all, devices });
      return 0;
    }
    const { from, to, total } = first;
    printLine(`${from} to ${to}, ${total.devices} devices\n`);
    printTable(
      ['DEVICE', 'UPTIME', 'ON AIR', 'LOST', 'COMMANDS', 'SUCCESS', 'MEAN', '95 %'],
      [...devices.map((it) => rowOf(it.deviceId, it)), rowOf('total', total)],
    );
    if (total.playback.length > 0) {
      printLine('');
      printTable(
        ['PLAYED', 'OF', 'FOR'],
        total.playback.slice(0, 20).map(({ item, playlist, ms }) => [item, playlist, duration(ms)]),
      );
    }
    return 0;
  },
};

/** Loads the remaining pages of the span that the first page covers. */
async function remaining(api: Api, { from, to, cursor }: Stats, query: object): Promise<Stats['devices']> {
  if (cursor === undefined) return [];
  const devices: Stats['devices'] = [];
  const all = api.pages<Stats['devices'][0]>('/stats', 'devices', { ...query, from, to, cursor });
  for await (const device of all) devices.push(device);
  return devices;
}

function rowOf(name: string, { uptime, onAir, disconnections, commands }: Summary): unknown[] {
  const { count, byStatus, meanMs, p95Ms } = commands;
  const success = count === 0 ? '–' : percent((byStatus.success ?? 0) / count);
  return [
    name,
    percent(uptime.share),
    percent(onAir.share),
    disconnections.count,
    count,
    success,
    duration(meanMs ?? undefined),
    duration(p95Ms ?? undefined),
  ];
}

const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
