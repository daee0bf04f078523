import { afterAll, expect, test } from 'vitest';
import {
  median,
  type RunningLoad,
  sleep,
  startLoad,
  startTarget,
  type Target,
  tokens,
  usage,
} from '../bench/processes.ts';

/**
 * What a report costs vigia, by what it costs bare Socket.IO (`npm run bench` has the whole table). Both run at the same
 * time, so that a busy machine is busy for both, and CPU time is counted, not time.
 */
const PINNED_RATIO = 1.5;
const MAY_GROW_BY = 1.3;

const LOAD = { devices: 200, rate: 400, admins: 1, encoding: 'deflate', ...tokens } as const;
const WARM_MS = 4000;
const WINDOWS = 5;
const WINDOW_MS = 2500;

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
    const ratios: number[] = [];
    let before = await Promise.all(running.map(look));
    for (let window = 0; window < WINDOWS; window++) {
      await sleep(WINDOW_MS);
      const after = await Promise.all(running.map(look));
      const [floor, vigia] = after.map(({ cpu, reports }, i) => {
        const since = before[i] as Look;
        return (cpu - since.cpu) / (reports - since.reports);
      }) as [number, number];
      ratios.push(vigia / floor);
      before = after;
    }
    expect(
      median(ratios),
      `vigia ÷ floor in each window: ${ratios.map((it) => it.toFixed(2)).join(', ')}`,
    ).toBeLessThan(PINNED_RATIO * MAY_GROW_BY);
  },
  60_000,
);

type Look = { cpu: number; reports: number };

/** Reports that were taken: on a busy machine some that were sent still wait. */
async function look({ target }: (typeof running)[number]): Promise<Look> {
  const reports = await target.processed();
  return { cpu: usage(target.pid).cpuMicros, reports };
}
