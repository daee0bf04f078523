import { compare } from '../measure.ts';
import type { Row, Suite } from '../row.ts';

/** CPU time per report, by the number of subscribed admins. */
export const fanout: Suite = {
  devices: 500,
  async run({ rounds, seconds }) {
    const rows: Row[] = [];
    for (const admins of [1, 10, 50]) {
      const setting = { devices: 500, rate: 300, admins, seconds };
      const { floor, naive, vigia } = await compare(['floor', 'naive', 'vigia'], rounds, setting);
      rows.push({
        figure: `CPU a report, 500 devices, 300/s, ${admins} admin${admins > 1 ? 's' : ''}`,
        unit: 'µs',
        floor: floor.cpuMicrosPerReport,
        naive: naive.cpuMicrosPerReport,
        vigia: vigia.cpuMicrosPerReport,
        ...(admins === 50 && {
          goal: '≤ 0.25 × naive',
          reached: vigia.cpuMicrosPerReport <= 0.25 * naive.cpuMicrosPerReport,
        }),
      });
    }
    return rows;
  },
};
