import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { replaceBetween } from '../../scripts/docs.ts';
import { maxOpenFiles } from './processes.ts';
import { type Row, type Suite, table } from './row.ts';
import { command } from './suites/command.ts';
import { cpu } from './suites/cpu.ts';
import { fanout } from './suites/fanout.ts';
import { memory } from './suites/memory.ts';
import { saturation } from './suites/saturation.ts';
import { storm } from './suites/storm.ts';

/**
 * `npm run bench [-- suite … --rounds N --seconds N --json FILE --readme]`: the same load on bare Socket.IO (floor), on
 * what one writes in an afternoon (naive) and on vigia, in one run, side by side. Ratios are what counts: the machine
 * drifts, and drifts for all of them. On Linux: the kernel is asked what each process costs.
 */
const suites: Record<string, Suite> = { cpu, fanout, saturation, memory, command, storm };
/** What a process opens beside the connections of its devices. */
const SPARE_FILES = 200;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
    readme: { type: 'boolean', default: false },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
if (!(rounds >= 1 && seconds >= 1)) refuse('--rounds and --seconds are numbers, at least 1.');
if (process.platform !== 'linux') refuse('The benchmark reads /proc, which only Linux has.');
const wanted = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = wanted.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) refuse(`There is no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}.`);
const files = Math.max(...wanted.map((name) => (suites[name] as Suite).devices)) + SPARE_FILES;
if (maxOpenFiles() < files) {
  refuse(
    `A process may open ${maxOpenFiles()} files here, and ${files} are needed: raise the hard limit (ulimit -Hn).`,
  );
}

const rows: Row[] = [];
for (const name of wanted) rows.push(...(await (suites[name] as Suite).run({ rounds, seconds })));

const at = new Date().toISOString().slice(0, 10);
const machine = `${cpus()[0]?.model?.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${at}`;
const text = `${table(rows)}\n\n${machine}; medians of ${rounds} interleaved rounds of ${seconds} s.`;
process.stdout.write(`${text}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, rounds, seconds, rows }, null, 2)}\n`);
if (values.readme) {
  const readme = new URL('../../README.md', import.meta.url);
  writeFileSync(readme, replaceBetween(readFileSync(readme, 'utf8'), 'bench', `\n${text}\n`));
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
