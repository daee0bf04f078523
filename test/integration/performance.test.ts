import { afterAll, expect, test } from 'vitest';
import { type RunningLoad, sleep, startLoad, startTarget, type Target, tokens, usage } from '../bench/processes.ts';

/**
 * What a report costs vigia, by what it costs bare Socket.IO (`npm run bench` has the whole table). Both run at the same
 * time, so that a busy machine is busy for both, and CPU time is counted, not time. A window is as long as the slowest
 * thing that vigia does at intervals. What the machine does beside can spoil a window, or two: a regression spoils all.
 */
const PINNED_RATIO = 1.9;
const MAY_GROW_BY = 1.3;

const LOAD = { devices: 500, rate: 750, admins: 1, encoding: 'deflate', ...tokens } as const;
const WARM_MS = 4000;
const WINDOWS = 3;
const WINDOW_MS = 15_000;

const running: { target: Target; load: RunningLoad }[] = [];
afterAll(async () => {
  for (const { target, load } of running) {
    await load.stop();
    await target.stop();
  }
});

test.runIf(process.platform === 'linux')(
  `A report costs at most ${MAY_GROW_BY} times what it did, measured by bare Socket.IO`,
  async () => {
    for (const name of ['floor', 'vigia'] as const) {
      const target = await startTarget(name);
      running.push({ target, load: await startLoad({ url: target.url, ...LOAD }) });
    }
    await sleep(WARM_MS);
    const limit = PINNED_RATIO * MAY_GROW_BY;
    const ratios: number[] = [];
    let before = await Promise.all(running.map(look));
    do {
      await sleep(WINDOW_MS);
      const after = await Promise.all(running.map(look));
      const [floor, vigia] = after.map(({ cpu, reports }, i) => {
        const since = before[i] as Look;
        return (cpu - since.cpu) / (reports - since.reports);
      }) as [number, number];
      ratios.push(vigia / floor);
      before = after;
    } while (Math.min(...ratios) > limit && ratios.length < WINDOWS);
    expect(Math.min(...ratios), `vigia ÷ floor in each window: ${ratios.join(', ')}`).toBeLessThan(limit);
  },
  120_000,
);

type Look = { cpu: number; reports: number };

/** Reports that were taken: on a busy machine some that were sent still wait. */
async function look({ target }: (typeof running)[number]): Promise<Look> {
  const reports = await target.processed();
  return { cpu: usage(target.pid).cpuMicros, reports };
}
