import { apiOf } from './api.ts';
import { type Command, serverOptions } from './command.ts';
import { allDevices, type Playback, percent, printPlayed } from './figures.ts';
import { duration, printJson, printLine, printTable } from './output.ts';

interface Summary {
  uptime: { onlineMs: number; share: number | null };
  disconnections: { count: number; reasons: Record<string, number> };
  onAir: { yesMs: number; share: number | null };
  commands: { count: number; byStatus: Record<string, number>; meanMs: number | null; p95Ms: number | null };
}

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
    const query = { from: call.text('from'), to: call.text('to'), group: call.text('group') };
    const all = await allDevices<Stats['devices'][0], Stats>(api, '/stats', query, ({ from, to }) => ({ from, to }));
    if (call.is('json')) {
      printJson(all);
      return 0;
    }
    const { from, to, total, devices } = all;
    printLine(`${from} to ${to}, ${total.devices} devices\n`);
    printTable(
      ['DEVICE', 'UPTIME', 'ON AIR', 'LOST', 'COMMANDS', 'SUCCESS', 'MEAN', '95 %'],
      [...devices.map((it) => rowOf(it.deviceId, it)), rowOf('total', total)],
    );
    printPlayed(total.playback);
    return 0;
  },
};

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
