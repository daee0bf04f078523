import { sleep, startLoad, startTarget, tokens, usage } from '../processes.ts';
import { compare } from '../rounds.ts';
import type { Suite } from '../row.ts';

const DEVICES = 2000;
/**
 * About as many as each takes, or some more; what it does not read is not offered twice (load.ts). Of twice as many vigia
 * still takes what it can, but its timers, and whoever asks for its metrics, have to wait for seconds.
 */
const OFFERED = { floor: 60_000, vigia: 30_000 };

async function saturate(name: keyof typeof OFFERED, seconds: number): Promise<{ perCore: number; cores: number }> {
  const target = await startTarget(name);
  const options = { url: target.url, devices: DEVICES, admins: 1, encoding: 'deflate', ...tokens } as const;
  const load = await startLoad({ ...options, rate: OFFERED[name] });
  await sleep(4000);
  const [before, from, begin] = [usage(target.pid), await target.processed(), performance.now()];
  await sleep(seconds * 1000);
  const [after, to, end] = [usage(target.pid), await target.processed(), performance.now()];
  await load.stop();
  await target.stop();
  const elapsed = (end - begin) / 1000;
  const cores = (after.cpuMicros - before.cpuMicros) / 1e6 / elapsed;
  return { perCore: (to - from) / elapsed / cores, cores };
}

/** More reports than can be taken: how many are, for each second of CPU time (on a quiet machine, one core's second). */
export const saturation: Suite = {
  devices: DEVICES,
  async run({ rounds, seconds }) {
    const { floor, vigia } = await compare(['floor', 'vigia'], rounds, 'saturation', (name) => saturate(name, seconds));
    return [
      {
        figure: 'saturation: reports a second that one core takes, 2,000 devices',
        unit: '1/s',
        floor: floor.perCore,
        vigia: vigia.perCore,
        goal: '≥ 1.0 × floor',
        reached: vigia.perCore >= floor.perCore,
      },
    ];
  },
};
