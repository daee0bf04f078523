import { compare } from '../measure.ts';
import type { Row, Suite } from '../row.ts';

/** Resident memory for each connected device, its state included; and what a report costs in a large fleet. */
export const memory: Suite = async ({ seconds }) => {
  const rows: Row[] = [];
  const costs: number[] = [];
  for (const devices of [1000, 10_000]) {
    const { floor, naive, vigia } = await compare(['floor', 'naive', 'vigia'], 1, {
      devices,
      rate: 1500,
      admins: 1,
      seconds,
    });
    costs.push(vigia.cpuMicrosPerReport);
    rows.push({
      figure: `memory a device, ${devices.toLocaleString('en')} devices`,
      unit: 'kB',
      floor: floor.bytesPerDevice / 1024,
      naive: naive.bytesPerDevice / 1024,
      vigia: vigia.bytesPerDevice / 1024,
      goal: devices === 10_000 ? '≤ 1.0 × naive' : '',
      reached: vigia.bytesPerDevice <= naive.bytesPerDevice || devices !== 10_000,
    });
    rows.push({
      figure: `CPU a report, ${devices.toLocaleString('en')} devices`,
      unit: 'µs',
      floor: floor.cpuMicrosPerReport,
      naive: naive.cpuMicrosPerReport,
      vigia: vigia.cpuMicrosPerReport,
      goal:
        devices === 10_000
          ? `≤ 1.15 × at 1,000 (is ${(vigia.cpuMicrosPerReport / (costs[0] as number)).toFixed(2)} ×)`
          : '',
      reached: vigia.cpuMicrosPerReport <= 1.15 * (costs[0] as number),
    });
  }
  return rows;
};
