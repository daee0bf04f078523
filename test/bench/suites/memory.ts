import { compare } from '../measure.ts';
import type { Suite } from '../row.ts';

/** A large fleet: resident memory per device including its state, and the cost of a report at that size. */
export const memory: Suite = {
  devices: 10_000,
  async run({ rounds, seconds }) {
    const load = { rate: 1500, admins: 1, seconds };
    const small = await compare(['floor', 'vigia'], rounds, { devices: 1000, ...load });
    const { floor, naive, vigia } = await compare(['floor', 'naive', 'vigia'], rounds, { devices: 10_000, ...load });
    const growth = (name: 'floor' | 'vigia') =>
      (name === 'floor' ? floor : vigia).cpuMicrosPerReport / small[name].cpuMicrosPerReport;
    return [
      {
        figure: 'memory a device, its state included, 10,000 devices',
        unit: 'kB',
        floor: floor.bytesPerDevice / 1024,
        naive: naive.bytesPerDevice / 1024,
        vigia: vigia.bytesPerDevice / 1024,
        goal: '≤ 1.0 × naive',
        reached: vigia.bytesPerDevice <= naive.bytesPerDevice,
      },
      {
        figure: 'growth: CPU a report at 10,000 devices ÷ at 1,000, 1,500/s',
        unit: '×',
        floor: growth('floor'),
        vigia: growth('vigia'),
        goal: '≤ 1.15',
        reached: growth('vigia') <= 1.15,
      },
    ];
  },
};
