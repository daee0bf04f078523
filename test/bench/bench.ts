import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Row, type Suite, table } from './row.ts';
import { command } from './suites/command.ts';
import { cpu } from './suites/cpu.ts';
import { fanout } from './suites/fanout.ts';
import { memory } from './suites/memory.ts';
import { storm } from './suites/storm.ts';

/**
 * `npm run bench [-- suite …]`: the same load on bare Socket.IO (floor), on what one writes in an afternoon (naive) and on
 * vigia, in one run, side by side. Ratios are what counts: the machine drifts, and drifts for all of them.
 */
const suites: Record<string, Suite> = { cpu, fanout, memory, command, storm };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    json: { type: 'string' },
  },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = wanted.filter((name) => !Object.hasOwn(suites, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}.\n`);
  process.exit(1);
}

const rows: Row[] = [];
for (const name of wanted) {
  const suite = suites[name] as Suite;
  rows.push(...(await suite({ rounds: Number(values.rounds), seconds: Number(values.seconds) })));
}
const machine = `${cpus()[0]?.model?.trim()}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
process.stdout.write(
  `${table(rows)}\n\n${machine}; medians of ${values.rounds} interleaved rounds of ${values.seconds} s\n`,
);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
