import { sleep, startLoad, startTarget, tokens, usage } from '../processes.ts';
import { compare } from '../rounds.ts';
import type { Suite } from '../row.ts';

const DEVICES = 2000;
/** More than any target can process. Reports that a target does not read are not repeated (load.ts). */
const OFFERED = 60_000;

interface Saturated {
  /** Reports read per second of CPU time, and those of them that were not superseded. */
  readPerCore: number;
  toldPerCore: number;
}

async function saturate(name: 'floor' | 'vigia', seconds: number): Promise<Saturated> {
  const target = await startTarget(name);
  const options = { url: target.url, devices: DEVICES, admins: 1, encoding: 'deflate', ...tokens } as const;
  const load = await startLoad({ ...options, rate: OFFERED });
  const look = async () => ({
    cpu: usage(target.pid).cpuMicros / 1e6,
    told: await target.processed(),
    overtaken: await target.overtaken(),
  });
  await sleep(4000);
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  await load.stop();
  await target.stop();
  const cpu = after.cpu - before.cpu;
  const told = after.told - before.told;
  return { readPerCore: (told + after.overtaken - before.overtaken) / cpu, toldPerCore: told / cpu };
}

/** Overload: the number of reports processed per second of CPU time. */
export const saturation: Suite = {
  devices: DEVICES,
  async run({ rounds, seconds }) {
    const { floor, vigia } = await compare(['floor', 'vigia'], rounds, 'saturation', (name) => saturate(name, seconds));
    return [
      {
        figure: 'saturation: reports a second that one core takes, 2,000 devices',
        unit: '1/s',
        floor: floor.readPerCore,
        vigia: vigia.readPerCore,
        goal: '≥ 1.0 × floor',
        reached: vigia.readPerCore >= floor.readPerCore,
      },
      {
        figure: 'saturation: those of them that no newer one overtook',
        unit: '1/s',
        floor: floor.toldPerCore,
        vigia: vigia.toldPerCore,
      },
    ];
  },
};
