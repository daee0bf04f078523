import { mkdirSync } from 'node:fs';
import { compare } from '../measure.ts';
import type { Suite } from '../row.ts';

/** CPU time and bytes per report, and memory: 2,000 devices, 1,500 reports per second, one admin. */
export const cpu: Suite = {
  devices: 2000,
  async run({ rounds, seconds, profileDir }) {
    if (profileDir) mkdirSync(profileDir, { recursive: true });
    const setting = { devices: 2000, rate: 1500, admins: 1, seconds, profileDir };
    const { floor, naive, vigia } = await compare(['floor', 'naive', 'vigia'], rounds, setting);
    const cost = [floor, naive, vigia].map((it) => it.cpuMicrosPerReport) as [number, number, number];
    const bytes = [floor, naive, vigia].map((it) => it.adminBytesPerReport) as [number, number, number];
    return [
      {
        figure: 'CPU a report, 2,000 devices, 1,500/s, 1 admin',
        unit: 'µs',
        floor: cost[0],
        naive: cost[1],
        vigia: cost[2],
        goal: '≤ 1.2 × floor',
        reached: cost[2] <= 1.2 * cost[0],
      },
      {
        figure: 'to one admin a report, `deflate`',
        unit: 'bytes',
        floor: bytes[0],
        naive: bytes[1],
        vigia: bytes[2],
        goal: '≤ 1/40 × naive',
        reached: bytes[2] <= bytes[1] / 40,
      },
      {
        figure: 'memory a device, its state included, 2,000 devices',
        unit: 'kB',
        floor: floor.bytesPerDevice / 1024,
        naive: naive.bytesPerDevice / 1024,
        vigia: vigia.bytesPerDevice / 1024,
      },
    ];
  },
};
