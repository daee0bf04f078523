import { sleep, startLoad, startTarget, type TargetName, tokens } from '../processes.ts';
import { compare } from '../rounds.ts';
import type { Row, Suite } from '../row.ts';

const TIMES = 300;

interface RoundTrip {
  p50: number;
  p99: number;
}

async function roundTrip(name: TargetName, devices: number, rate: number): Promise<RoundTrip> {
  const target = await startTarget(name);
  const load = await startLoad({ url: target.url, devices, rate, admins: 1, encoding: 'deflate', ...tokens });
  await sleep(4000);
  const sorted = (await load.command(TIMES)).sort((a, b) => a - b);
  await load.stop();
  await target.stop();
  return { p50: sorted[TIMES / 2] as number, p99: sorted[Math.floor(TIMES * 0.99)] as number };
}

/** Round trip admin → player → admin, idle and under load, with a small and a large fleet. */
export const command: Suite = {
  devices: 10_000,
  async run({ rounds }) {
    const rows: Row[] = [];
    let small = Number.POSITIVE_INFINITY;
    for (const [devices, rate] of [
      [1000, 0],
      [1000, 1500],
      [10_000, 1500],
    ] as const) {
      const title = `command round trip, ${devices.toLocaleString('en')} devices, ${rate === 0 ? 'idle' : `${rate}/s`}`;
      const { floor, vigia } = await compare(['floor', 'vigia'], rounds, title, (name) =>
        roundTrip(name, devices, rate),
      );
      rows.push({ figure: `${title}, p50`, unit: 'ms', floor: floor.p50, vigia: vigia.p50 });
      const isLarge = devices > 1000;
      rows.push({
        figure: `${title}, p99`,
        unit: 'ms',
        floor: floor.p99,
        vigia: vigia.p99,
        ...(rate > 0 && {
          goal: isLarge ? '≤ floor + 2, no worse than with 1,000' : '≤ floor + 2',
          // Two measurements of the same thing differ by 10 %.
          reached: vigia.p99 <= floor.p99 + 2 && (!isLarge || vigia.p99 <= small * 1.1),
        }),
      });
      if (rate > 0 && !isLarge) small = vigia.p99;
    }
    return rows;
  },
};
