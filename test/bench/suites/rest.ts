import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  median,
  PROFILER,
  type RunningLoad,
  resume,
  sleep,
  startLoad,
  startTarget,
  suspend,
  type Target,
  tokens,
  usage,
} from '../processes.ts';
import type { Row, Suite } from '../row.ts';

const DEVICES = 10_000;
const NAMES = ['rest-floor', 'vigia'] as const;
/** After this many reports of each device, volatile fields have been learnt and hot code is compiled. */
const REPORTS_TO_WARM_UP = 5;
/** Of 300, the 99th percentile was the third worst, and differed by a factor of three between rounds. */
const COMMANDS = 1500;
const SETTLE_MS = 5000;

interface Setting {
  devices: number;
  intervalMs: number;
  seconds: number;
  warmUpMs: number;
  profileDir: string | undefined;
}

interface Figures {
  milliCores: number;
  kilobytesPerDevice: number;
  diskBytesPerReport: number;
  commandP99: number;
  stormMillis: number;
  /** Shows whether the load generator was the bottleneck. */
  loadMilliCores: number;
  reportsPerSecond: number;
}

interface Side {
  target: Target;
  load: RunningLoad;
  emptyRss: number;
}

/**
 * An idle fleet: each device is asked at intervals and has made a new measurement. Floor and vigia run at the same
 * time, each with its own load generator, so that drift of the machine affects both. During a storm, the other one is
 * suspended.
 */
async function pair(setting: Setting, round: number): Promise<[Figures, Figures]> {
  const { profileDir } = setting;
  const env = { STATE_INTERVAL_MS: String(setting.intervalMs) };
  const sides = await both(NAMES, async (name): Promise<Side> => {
    const target = await startTarget(name, profileDir ? PROFILER : [], env);
    await sleep(1000);
    const emptyRss = usage(target.pid).rss;
    const { devices, intervalMs: overMs } = setting;
    const options = { devices, rate: 0, admins: 1, encoding: 'deflate', onlyAsked: true, overMs } as const;
    return { target, emptyRss, load: await startLoad({ ...options, ...tokens, url: target.url }) };
  });
  await sleep(setting.warmUpMs);
  const rest = await both(sides, (side) => profiled(side, 'rest', profileDir, () => atRest(side, setting.seconds)));
  const commandP99: number[] = [];
  for (const { load } of sides) {
    const millis = (await load.command(COMMANDS)).sort((a, b) => a - b);
    commandP99.push(millis[Math.floor(COMMANDS * 0.99)] as number);
  }
  const stormMillis: number[] = [];
  for (const i of round % 2 ? [0, 1] : [1, 0]) {
    const side = sides[i] as Side;
    const other = sides[1 - i] as Side;
    const pids = [other.load.pid, other.target.pid];
    suspend(pids);
    stormMillis[i] = await profiled(side, 'storm', profileDir, () => side.load.storm());
    resume(pids);
    await sleep(SETTLE_MS);
  }
  await both(sides, async ({ load, target }) => {
    await load.stop();
    await target.stop();
  });
  const figures = rest.map((it, i) => {
    const kilobytesPerDevice = (it.rss - (sides[i] as Side).emptyRss) / 1024 / setting.devices;
    const { rss, ...others } = it;
    return { ...others, kilobytesPerDevice, commandP99: commandP99[i], stormMillis: stormMillis[i] };
  });
  return figures as unknown as [Figures, Figures];
}

async function atRest({ target, load }: Side, seconds: number) {
  const look = async () => ({
    at: performance.now(),
    cpu: usage(target.pid).cpuMicros,
    loadCpu: usage(load.pid).cpuMicros,
    disk: target.bytesOnDisk(),
    reports: await target.processed(),
  });
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  const millis = after.at - before.at;
  const reports = after.reports - before.reports;
  return {
    milliCores: (after.cpu - before.cpu) / millis,
    loadMilliCores: (after.loadCpu - before.loadCpu) / millis,
    reportsPerSecond: (reports * 1000) / millis,
    diskBytesPerReport: (after.disk - before.disk) / reports,
    rss: usage(target.pid).rss,
  };
}

function profiled<T>({ target }: Side, what: string, dir: string | undefined, run: () => Promise<T>): Promise<T> {
  return dir ? target.profiled(join(dir, `${target.name}-${what}.cpuprofile`), run) : run();
}

function both<A, B>(of: readonly A[], run: (it: A) => Promise<B>): Promise<B[]> {
  return Promise.all(of.map(run));
}

/** An idle fleet: the cost of a server compared with one that requests, parses and discards states. */
export const rest: Suite = {
  devices: DEVICES,
  rounds: 5,
  seconds: 60,
  async run({ rounds, seconds, devices = DEVICES, intervalMs = 30_000, warmUpSeconds, profileDir }) {
    if (profileDir) mkdirSync(profileDir, { recursive: true });
    const warmUpMs = warmUpSeconds ? warmUpSeconds * 1000 : REPORTS_TO_WARM_UP * intervalMs;
    const pairs: [Figures, Figures][] = [];
    for (let round = 1; round <= rounds; round++) {
      const figures = await pair({ devices, intervalMs, seconds, warmUpMs, profileDir }, round);
      pairs.push(figures);
      NAMES.forEach((name, i) => {
        const shown = Object.entries(figures[i] as Figures).map(([key, value]) => `${key} ${value.toFixed(1)}`);
        process.stderr.write(`at rest, round ${round} of ${rounds}, ${name}: ${shown.join(', ')}\n`);
      });
    }
    return rows(pairs, `${devices.toLocaleString('en')} devices, asked every ${intervalMs / 1000} s`);
  },
};

/**
 * Drift of the machine affects both targets, so the median of the ratios (or differences) of the rounds is compared.
 */
function rows(pairs: readonly [Figures, Figures][], fleet: string): Row[] {
  const row = (
    key: keyof Figures,
    name: string,
    unit: string,
    goal: string,
    judge: (floor: number, vigia: number) => number,
    limit: number,
  ): Row => ({
    figure: `at rest, ${fleet}: ${name}`,
    unit,
    floor: median(pairs.map(([floor]) => floor[key])),
    vigia: median(pairs.map(([, vigia]) => vigia[key])),
    goal,
    reached: median(pairs.map(([floor, vigia]) => judge(floor[key], vigia[key]))) <= limit,
  });
  const ratio = (floor: number, vigia: number) => vigia / floor;
  const more = (floor: number, vigia: number) => vigia - floor;
  return [
    row('milliCores', 'CPU', '‰ of a core', '≤ 2.0 × floor', ratio, 2),
    row('kilobytesPerDevice', 'memory a device', 'kB', '≤ floor + 15', more, 15),
    row('diskBytesPerReport', 'on disk a report', 'bytes', '≤ 150', (_, vigia) => vigia, 150),
    row('stormMillis', 'all back after a storm', 'ms', '≤ 1.5 × floor', ratio, 1.5),
    row('commandP99', 'command round trip, p99', 'ms', '≤ floor + 10', more, 10),
  ];
}
