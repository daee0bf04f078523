import type { Storm } from '../load.ts';
import { startLoad, startTarget, type TargetName, tokens } from '../processes.ts';
import type { Suite } from '../row.ts';

const DEVICES = 10_000;

/** All devices reconnect at once. */
export const storm: Suite = async () => {
  const run = async (name: TargetName): Promise<Storm> => {
    const target = await startTarget(name);
    const load = await startLoad({
      url: target.url,
      devices: DEVICES,
      rate: 0,
      admins: 1,
      encoding: 'deflate',
      ...tokens,
    });
    const result = await load.storm();
    await load.stop();
    await target.stop();
    return result;
  };
  const [floor, naive, vigia] = [await run('floor'), await run('naive'), await run('vigia')];
  return [
    {
      figure: 'storm: all 10,000 devices online again',
      unit: 'ms',
      floor: floor.millis,
      naive: naive.millis,
      vigia: vigia.millis,
      goal: '≤ 1.5 × floor',
      reached: vigia.millis <= 1.5 * floor.millis && vigia.online === DEVICES,
    },
    {
      figure: 'storm: longest wait of an admin',
      unit: 'ms',
      floor: floor.worstWait,
      naive: naive.worstWait,
      vigia: vigia.worstWait,
      goal: '≤ 250',
      reached: vigia.worstWait <= 250,
    },
  ];
};
