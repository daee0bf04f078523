import { apiOf } from './api.ts';
import { type Command, serverOptions } from './command.ts';
import { allDevices, type Playback, percent, printPlayed } from './figures.ts';
import { printJson, printLine, printTable } from './output.ts';

interface Summary {
  uptime: { share: number | null };
  onAir: { share: number | null };
  disconnections: { count: number };
}

interface Report {
  month: string;
  timeZone: string;
  complete: boolean;
  total: Summary & { devices: number; playback: Playback };
  groups: (Summary & { group: string | null; devices: number })[];
  devices: (Summary & { deviceId: string; name: string | null; incidents: number })[];
  incidents: { count: number; critical: number };
  cursor?: string;
}

export const report: Command = {
  usage: 'report',
  summary: 'print the report of a month: availability, time on air, playback and incidents',
  options: {
    month: { value: 'MONTH', help: 'such as 2026-03 (the last month that has ended)' },
    'time-zone': { value: 'ZONE', help: "such as Europe/Madrid (this machine's)" },
    group: { value: 'GROUP', help: 'only this group' },
    csv: { value: 'TABLE', help: 'print "devices" or "playback" as a file for a spreadsheet' },
    language: { value: 'LANGUAGE', help: 'of that file, such as es-AR (en)' },
    ...serverOptions,
  },
  async run(call) {
    const api = await apiOf(call);
    const timeZone = call.text('time-zone') ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const query = { month: call.text('month'), timeZone, group: call.text('group') };
    const table = call.text('csv');
    if (table !== undefined) {
      process.stdout.write(
        await api.text('/reports/monthly.csv', { ...query, table, language: call.text('language') }),
      );
      return 0;
    }
    const all = await allDevices<Report['devices'][0], Report>(api, '/reports/monthly', query, ({ month }) => ({
      month,
    }));
    if (call.is('json')) {
      printJson(all);
      return 0;
    }
    const { month, total, groups, devices, incidents, complete } = all;
    printLine(`${month}${complete ? '' : ' so far'}, days of ${timeZone}; ${total.devices} devices`);
    printLine(`${incidents.count} incidents, ${incidents.critical} critical\n`);
    const figures = ({ uptime, onAir, disconnections }: Summary) => [
      percent(uptime.share),
      percent(onAir.share),
      disconnections.count,
    ];
    printTable(
      ['GROUP', 'DEVICES', 'AVAILABLE', 'ON AIR', 'LOST'],
      [
        ...groups.map((it) => [it.group ?? '–', it.devices, ...figures(it)]),
        ['total', total.devices, ...figures(total)],
      ],
    );
    printLine('');
    printTable(
      ['DEVICE', 'NAME', 'AVAILABLE', 'ON AIR', 'LOST', 'INCIDENTS'],
      devices.map((it) => [it.deviceId, it.name, ...figures(it), it.incidents]),
    );
    printPlayed(total.playback);
    return 0;
  },
};
