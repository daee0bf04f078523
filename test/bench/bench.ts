import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { replaceBetween } from '../../scripts/docs.ts';
import { maxOpenFiles } from './processes.ts';
import { type Row, type Suite, table } from './row.ts';
import { command } from './suites/command.ts';
import { cpu } from './suites/cpu.ts';
import { fanout } from './suites/fanout.ts';
import { memory } from './suites/memory.ts';
import { rest } from './suites/rest.ts';
import { saturation } from './suites/saturation.ts';
import { soak } from './suites/soak.ts';
import { storm } from './suites/storm.ts';

/**
 * `npm run bench [-- suite … --rounds N --seconds N --json FILE --readme]`: applies the same load to bare Socket.IO
 * (floor), to a quick implementation (naive) and to vigia, side by side in one run. Only the ratios matter, because the
 * speed of the machine drifts, equally for all targets. Requires Linux, whose kernel accounts the CPU time of each
 * process. `rest` also accepts `--devices N --interval MS --warm-up SECONDS`, `soak` `--minutes N`, `rest` and `cpu`
 * `--profile DIR`.
 */
const suites: Record<string, Suite> = { rest, cpu, fanout, saturation, memory, soak, command, storm };
/** File descriptors of a process besides its devices' connections. */
const SPARE_FILES = 200;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    devices: { type: 'string' },
    interval: { type: 'string' },
    'warm-up': { type: 'string' },
    minutes: { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'string' },
    readme: { type: 'boolean', default: false },
  },
});
const given = {
  rounds: number('rounds'),
  seconds: number('seconds'),
  devices: number('devices'),
  intervalMs: number('interval'),
  warmUpSeconds: number('warm-up'),
  minutes: number('minutes'),
  profileDir: values.profile && resolve(values.profile),
};
if (process.platform !== 'linux') refuse('The benchmark reads /proc, which only Linux has.');
const wanted = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = wanted.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) refuse(`There is no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}.`);
const files = Math.max(given.devices ?? 0, ...wanted.map((name) => (suites[name] as Suite).devices)) + SPARE_FILES;
if (maxOpenFiles() < files) {
  refuse(
    `A process may open ${maxOpenFiles()} files here, and ${files} are needed: raise the hard limit (ulimit -Hn).`,
  );
}

const rows: Row[] = [];
const measured = new Set<string>();
for (const name of wanted) {
  const suite = suites[name] as Suite;
  const rounds = given.rounds ?? (given.profileDir ? 1 : (suite.rounds ?? 3));
  const seconds = given.seconds ?? suite.seconds ?? 5;
  measured.add(`${rounds} interleaved rounds of ${seconds} s`);
  rows.push(...(await suite.run({ ...given, rounds, seconds })));
}

const at = new Date().toISOString().slice(0, 10);
const machine = `${cpus()[0]?.model?.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${at}`;
const text = `${table(rows)}\n\n${machine}; medians of ${[...measured].join(', ')}.`;
process.stdout.write(`${text}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, measured: [...measured], rows }, null, 2)}\n`);
if (values.readme) {
  const readme = new URL('../../README.md', import.meta.url);
  writeFileSync(readme, replaceBetween(readFileSync(readme, 'utf8'), 'bench', `\n${text}\n`));
}

function number(name: 'rounds' | 'seconds' | 'devices' | 'interval' | 'warm-up' | 'minutes'): number | undefined {
  const value = values[name];
  if (value !== undefined && !(Number(value) >= 1)) refuse(`--${name} is a number, at least 1.`);
  return value === undefined ? undefined : Number(value);
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
