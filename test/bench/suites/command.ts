import { sleep, startLoad, startTarget, type TargetName, tokens } from '../processes.ts';
import type { Row, Suite } from '../row.ts';

const TIMES = 400;

/** Round trip admin → player → admin, idle and under load, in a small and in a large fleet. */
export const command: Suite = async () => {
  const run = async (name: TargetName, devices: number, rate: number) => {
    const target = await startTarget(name);
    const load = await startLoad({ url: target.url, devices, rate, admins: 1, encoding: 'deflate', ...tokens });
    await sleep(4000);
    const sorted = (await load.command(TIMES)).sort((a, b) => a - b);
    await load.stop();
    await target.stop();
    return { p50: sorted[TIMES / 2] as number, p99: sorted[Math.floor(TIMES * 0.99)] as number };
  };
  const rows: Row[] = [];
  for (const [devices, rate] of [
    [1000, 0],
    [1000, 1500],
    [10_000, 1500],
  ] as const) {
    const [floor, naive, vigia] = [
      await run('floor', devices, rate),
      await run('naive', devices, rate),
      await run('vigia', devices, rate),
    ];
    const title = `command, ${devices.toLocaleString('en')} devices, ${rate}/s`;
    rows.push({
      figure: `${title}, p50`,
      unit: 'ms',
      floor: floor.p50,
      naive: naive.p50,
      vigia: vigia.p50,
      goal: '',
      reached: true,
    });
    rows.push({
      figure: `${title}, p99`,
      unit: 'ms',
      floor: floor.p99,
      naive: naive.p99,
      vigia: vigia.p99,
      goal: rate > 0 ? '≤ floor + 2 ms' : '',
      reached: rate === 0 || vigia.p99 <= floor.p99 + 2,
    });
  }
  return rows;
};
