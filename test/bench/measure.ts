import { median, sleep, startLoad, startTarget, type TargetName, tokens, usage } from './processes.ts';

export interface Setting {
  devices: number;
  /** Reports a second, in total. */
  rate: number;
  admins: number;
  seconds: number;
}

export interface Figures {
  cpuMicrosPerReport: number;
  /** Resident memory over that of the idle process. */
  bytesPerDevice: number;
  adminBytesPerReport: number;
  reportsPerSecond: number;
}

/** One target under one load, measured from outside as a whole process. */
export async function measure(name: TargetName, { devices, rate, admins, seconds }: Setting): Promise<Figures> {
  const target = await startTarget(name);
  const idle = usage(target.pid).rss;
  const load = await startLoad({ url: target.url, devices, rate, admins, encoding: 'deflate', ...tokens });
  // Warm: everything is compiled, and every device has reported a few times.
  await sleep(Math.max(4000, (devices / rate) * 2500));
  const [before, counted] = [usage(target.pid), await load.count()];
  await sleep(seconds * 1000);
  const [after, then] = [usage(target.pid), await load.count()];
  await load.stop();
  await target.stop();
  const reports = then.reports - counted.reports;
  return {
    cpuMicrosPerReport: (after.cpuMicros - before.cpuMicros) / reports,
    bytesPerDevice: (after.rss - idle) / devices,
    adminBytesPerReport: (then.adminBytes - counted.adminBytes) / reports / Math.max(1, admins),
    reportsPerSecond: reports / seconds,
  };
}

/** Interleaved rounds, so that a machine that drifts drifts for all of them; medians of each figure. */
export async function compare(
  names: readonly TargetName[],
  rounds: number,
  setting: Setting,
): Promise<Record<TargetName, Figures>> {
  const all = new Map<TargetName, Figures[]>(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      const figures = await measure(name, setting);
      all.get(name)?.push(figures);
      process.stderr.write(
        `round ${round} of ${rounds}, ${name}: ${figures.cpuMicrosPerReport.toFixed(1)} µs a report\n`,
      );
    }
  }
  const middle = (of: Figures[], key: keyof Figures) => median(of.map((it) => it[key]));
  return Object.fromEntries(
    [...all].map(([name, of]) => [
      name,
      {
        cpuMicrosPerReport: middle(of, 'cpuMicrosPerReport'),
        bytesPerDevice: middle(of, 'bytesPerDevice'),
        adminBytesPerReport: middle(of, 'adminBytesPerReport'),
        reportsPerSecond: middle(of, 'reportsPerSecond'),
      },
    ]),
  ) as Record<TargetName, Figures>;
}
