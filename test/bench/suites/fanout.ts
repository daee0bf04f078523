import { compare } from '../measure.ts';
import type { Row, Suite } from '../row.ts';

/** CPU for each report with 10 and 50 admins. */
export const fanout: Suite = async ({ rounds, seconds }) => {
  const rows: Row[] = [];
  for (const admins of [10, 50]) {
    const { floor, naive, vigia } = await compare(['floor', 'naive', 'vigia'], rounds, {
      devices: 500,
      rate: 300,
      admins,
      seconds,
    });
    rows.push({
      figure: `CPU a report, 500 devices, 300/s, ${admins} admins`,
      unit: 'µs',
      floor: floor.cpuMicrosPerReport,
      naive: naive.cpuMicrosPerReport,
      vigia: vigia.cpuMicrosPerReport,
      goal: admins === 50 ? '≤ 0.25 × naive' : '',
      reached: vigia.cpuMicrosPerReport <= 0.25 * naive.cpuMicrosPerReport || admins !== 50,
    });
  }
  return rows;
};
