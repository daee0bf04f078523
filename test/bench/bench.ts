import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { median, sleep, startLoad, startTarget, type TargetName, tokens, usage } from './processes.ts';

/** `npm run bench`: the same load on floor, naive and vigia, interleaved; medians and ratios. */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '1500' },
    admins: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    targets: { type: 'string', default: 'floor,naive,vigia' },
    json: { type: 'string' },
  },
});
const devices = Number(values.devices);
const rate = Number(values.rate);
const admins = Number(values.admins);
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const names = values.targets.split(',') as TargetName[];

interface Figures {
  cpuMicrosPerReport: number;
  rssPerDevice: number;
  adminBytesPerReport: number;
  reportsPerSecond: number;
}

async function measure(name: TargetName): Promise<Figures> {
  const target = await startTarget(name);
  const idle = usage(target.pid).rss;
  const load = await startLoad({ url: target.url, devices, rate, admins, encoding: 'deflate', ...tokens });
  // Warm: compiled, and every device has reported a few times.
  await sleep(Math.max(4000, (devices / rate) * 2500));
  const [before, counted] = [usage(target.pid), await load.count()];
  await sleep(seconds * 1000);
  const [after, then] = [usage(target.pid), await load.count()];
  await load.stop();
  await target.stop();
  const reports = then.reports - counted.reports;
  return {
    cpuMicrosPerReport: (after.cpuMicros - before.cpuMicros) / reports,
    rssPerDevice: (after.rss - idle) / devices,
    adminBytesPerReport: (then.adminBytes - counted.adminBytes) / reports / Math.max(1, admins),
    reportsPerSecond: reports / seconds,
  };
}

const results = new Map<TargetName, Figures[]>(names.map((name) => [name, []]));
for (let round = 1; round <= rounds; round++) {
  for (const name of names) {
    const figures = await measure(name);
    results.get(name)?.push(figures);
    process.stderr.write(`round ${round} ${name}: ${JSON.stringify(figures)}\n`);
  }
}

const medians = new Map(
  [...results].map(([name, all]) => [
    name,
    {
      cpuMicrosPerReport: median(all.map((it) => it.cpuMicrosPerReport)),
      rssPerDevice: median(all.map((it) => it.rssPerDevice)),
      adminBytesPerReport: median(all.map((it) => it.adminBytesPerReport)),
      reportsPerSecond: median(all.map((it) => it.reportsPerSecond)),
    },
  ]),
);
const ratio = (name: TargetName, base: TargetName, key: keyof Figures) => {
  const [a, b] = [medians.get(name)?.[key], medians.get(base)?.[key]];
  return a === undefined || b === undefined ? '' : (a / b).toFixed(3);
};
const rows: [string, keyof Figures, (value: number) => string][] = [
  ['CPU a report (µs)', 'cpuMicrosPerReport', (it) => it.toFixed(1)],
  ['memory a device (kB)', 'rssPerDevice', (it) => (it / 1024).toFixed(1)],
  ['bytes to one admin a report', 'adminBytesPerReport', (it) => it.toFixed(1)],
  ['reports a second', 'reportsPerSecond', (it) => it.toFixed(0)],
];
const lines = [
  `${devices} devices, ${rate} reports a second, ${admins} admins, medians of ${rounds} rounds of ${seconds} s (${cpus()[0]?.model}, Node ${process.version})`,
  '',
  `| figure | ${names.join(' | ')} | vigia ÷ floor | vigia ÷ naive |`,
  `|---|${names.map(() => '---:').join('|')}|---:|---:|`,
  ...rows.map(([title, key, format]) => {
    const cells = names.map((name) => format(medians.get(name)?.[key] ?? Number.NaN));
    return `| ${title} | ${cells.join(' | ')} | ${ratio('vigia', 'floor', key)} | ${ratio('vigia', 'naive', key)} |`;
  }),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify({ devices, rate, admins, rounds, results: Object.fromEntries(results) }, null, 2)}\n`,
  );
