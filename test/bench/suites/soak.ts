import { median, sleep, startLoad, startTarget, tokens, usage } from '../processes.ts';
import type { Suite } from '../row.ts';

const WARM_UP_MS = 10_000;

/**
 * 2,000 devices, 1,500 reports per second, one admin: memory per device at the start and after minutes. Garbage is
 * collected late, so memory is sampled every second for `seconds`, and the median counts.
 */
export const soak: Suite = {
  devices: 2000,
  rounds: 1,
  seconds: 20,
  async run({ seconds, minutes = 10 }) {
    const [floor, vigia] = (await Promise.all(
      (['floor', 'vigia'] as const).map(async (name) => {
        const target = await startTarget(name);
        const empty = usage(target.pid).rss;
        const look = async () => {
          const sizes: number[] = [];
          for (let i = 0; i < seconds; i++) {
            await sleep(1000);
            sizes.push(usage(target.pid).rss - empty);
          }
          return median(sizes) / 1024 / soak.devices;
        };
        const options = { devices: soak.devices, rate: 1500, admins: 1, encoding: 'deflate', ...tokens } as const;
        const load = await startLoad({ ...options, url: target.url });
        await sleep(WARM_UP_MS);
        const first = await look();
        await sleep(minutes * 60_000 - seconds * 1000);
        const last = await look();
        await load.stop();
        await target.stop();
        return { first, last };
      }),
    )) as [{ first: number; last: number }, { first: number; last: number }];
    return [
      {
        figure: 'memory a device, 2,000 devices, 1,500/s, at first',
        unit: 'kB',
        floor: floor.first,
        vigia: vigia.first,
      },
      {
        figure: `memory a device, 2,000 devices, 1,500/s, after ${minutes} min`,
        unit: 'kB',
        floor: floor.last,
        vigia: vigia.last,
        goal: '≤ 1.3 × at first',
        reached: vigia.last <= 1.3 * vigia.first,
      },
    ];
  },
};
