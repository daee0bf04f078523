import { startLoad, startTarget, type TargetName, tokens } from '../processes.ts';
import { compare } from '../rounds.ts';
import type { Suite } from '../row.ts';

const DEVICES = 10_000;

async function reconnect(name: TargetName): Promise<{ millis: number; stallMillis: number; lost: number | undefined }> {
  const target = await startTarget(name);
  const options = { url: target.url, devices: DEVICES, rate: 0, admins: 1, encoding: 'deflate', ...tokens } as const;
  const load = await startLoad(options);
  await target.worstStall();
  const millis = await load.storm();
  const stallMillis = await target.worstStall();
  const { lost } = await load.lost();
  await load.stop();
  await target.stop();
  return { millis, stallMillis, lost };
}

/** All devices lose their connection, and all reconnect at once. */
export const storm: Suite = {
  devices: DEVICES,
  async run({ rounds }) {
    const { floor, vigia } = await compare(['floor', 'vigia'], rounds, 'storm', reconnect);
    const lost = vigia.lost ?? DEVICES;
    return [
      {
        figure: 'storm: until all 10,000 devices are online again',
        unit: 'ms',
        floor: floor.millis,
        vigia: vigia.millis,
        goal: '≤ 1.5 × floor',
        reached: vigia.millis <= 1.5 * floor.millis,
      },
      {
        figure: "storm: the event loop's longest stall",
        unit: 'ms',
        floor: floor.stallMillis,
        vigia: vigia.stallMillis,
        goal: '≤ 250',
        reached: vigia.stallMillis <= 250,
      },
      {
        figure: 'storm: devices not online again with their last state',
        unit: 'devices',
        vigia: lost,
        goal: '0',
        reached: lost === 0,
      },
    ];
  },
};
