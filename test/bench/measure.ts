import { join } from 'node:path';
import { PROFILER, sleep, startLoad, startTarget, type TargetName, tokens, usage } from './processes.ts';
import { compare as compareRounds } from './rounds.ts';

export interface Setting {
  devices: number;
  /** Reports per second, in total. */
  rate: number;
  admins: number;
  seconds: number;
  /** Directory for profiles of the main threads. */
  profileDir?: string | undefined;
}

export interface Figures {
  cpuMicrosPerReport: number;
  /** Resident memory above that of the idle process. */
  bytesPerDevice: number;
  adminBytesPerReport: number;
}

/** After this many reports of each device, volatile fields have been learnt and hot code is compiled. */
const REPORTS_TO_WARM_UP = 8;

/** Measures one target under one load, as a whole process from outside. */
export async function measure(
  name: TargetName,
  { devices, rate, admins, seconds, profileDir }: Setting,
): Promise<Figures> {
  const target = await startTarget(name, profileDir ? PROFILER : []);
  const idle = usage(target.pid).rss;
  const load = await startLoad({ url: target.url, devices, rate, admins, encoding: 'deflate', ...tokens });
  await sleep(Math.max(4000, (devices / rate) * REPORTS_TO_WARM_UP * 1000));
  const [before, from, counted] = [usage(target.pid), await target.processed(), await load.count()];
  const pass = () => sleep(seconds * 1000);
  await (profileDir ? target.profiled(join(profileDir, `${name}-cpu.cpuprofile`), pass) : pass());
  const [after, to, then] = [usage(target.pid), await target.processed(), await load.count()];
  await load.stop();
  await target.stop();
  // Processed reports: on a busy machine, some of the sent ones are still queued.
  const reports = to - from;
  return {
    cpuMicrosPerReport: (after.cpuMicros - before.cpuMicros) / reports,
    bytesPerDevice: (after.rss - idle) / devices,
    adminBytesPerReport: (then.adminBytes - counted.adminBytes) / reports / Math.max(1, admins),
  };
}

export function compare<N extends TargetName>(
  names: readonly N[],
  rounds: number,
  setting: Setting,
): Promise<Record<N, Figures>> {
  const { devices, admins, rate } = setting;
  return compareRounds(names, rounds, `${devices} devices, ${rate}/s, ${admins} admins`, (name) =>
    measure(name, setting),
  );
}
