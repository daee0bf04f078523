#!/usr/bin/env node
// Mutation tests of the rooms that decide, by their unit and property tests alone (vitest.mutation.config.ts).
//   npm run mutation                                   a sample of 500 lines of each room
//   npm run mutation -- --room machines --lines all    every line of one room
//   npm run mutation -- --seed 7 --lines 100           another, smaller sample
//   npm run mutation -- --file src/stream/channel.ts   every line of one file
// 500 lines hold at least 300 mutants, those that lie within one line. Property tests run RUNS times (10). Prints what
// survived and the score of each room; fails where a score is below its goal.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Per cent of the mutants that a test must notice. */
const goals = { machines: 90, stream: 90, fleet: 80, cluster: 80 };
const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    room: { type: 'string', multiple: true },
    file: { type: 'string', multiple: true },
    lines: { type: 'string' },
    seed: { type: 'string' },
  },
});
const { file: files = [] } = values;
if (files.length > 0) {
  const { noticed, all } = mutate(files);
  process.stdout.write(`${noticed} of ${all} mutants noticed\n`);
  process.exit(noticed === all ? 0 : 1);
}
const rooms = values.room ?? Object.keys(goals);
const unknown = rooms.filter((it) => !Object.hasOwn(goals, it));
if (unknown.length > 0) {
  process.stderr.write(`There is no room ${unknown.join(', ')}: ${Object.keys(goals).join(', ')}.\n`);
  process.exit(2);
}

const results = rooms.map((room) => {
  const lines = sample(codeLines(room), Number(values.lines ?? 500));
  process.stdout.write(`${room}: mutants of ${values.lines === 'all' ? 'all' : lines.length} lines\n`);
  const places = lines.map(({ file, line }) => `${file}:${line}-${line}`);
  const { noticed, all } = mutate(values.lines === 'all' ? [`${folderOf(room)}/**/*.ts`] : places);
  return { room, noticed, all, score: (100 * noticed) / Math.max(1, all) };
});
for (const { room, noticed, all, score } of results)
  process.stdout.write(`${room}: ${score.toFixed(1)} % (${noticed} of ${all} mutants; goal ${goals[room]} %)\n`);
process.exit(results.every(({ room, score }) => score >= goals[room]) ? 0 : 1);

function mutate(places) {
  const { status } = spawnSync('npx', ['stryker', 'run', '--mutate', places.join(',')], {
    cwd: root,
    stdio: 'inherit',
    env: { RUNS: '10', ...process.env },
  });
  if (status !== 0) process.exit(status ?? 1);
  const { files: reported } = JSON.parse(readFileSync(join(root, 'reports/mutation.json'), 'utf8'));
  const mutants = Object.values(reported).flatMap((it) => it.mutants);
  const of = (...statuses) => mutants.filter((it) => statuses.includes(it.status)).length;
  const noticed = of('Killed', 'Timeout');
  return { noticed, all: noticed + of('Survived', 'NoCoverage') };
}

/** Lines that may hold a mutant: no blank ones, no comments, no imports. */
function codeLines(room) {
  const folder = folderOf(room);
  return readdirSync(join(root, folder), { recursive: true })
    .filter((it) => it.endsWith('.ts'))
    .sort()
    .flatMap((name) => {
      const file = `${folder}/${name}`;
      const texts = readFileSync(join(root, file), 'utf8').split('\n');
      return texts.flatMap((text, i) => (/^\s*($|\/\/|\/?\*|import )/.test(text) ? [] : [{ file, line: i + 1 }]));
    });
}

function folderOf(room) {
  return room === 'machines' ? 'machines' : `src/${room}`;
}

/** The same ones for the same seed. */
function sample(all, count) {
  let state = Number(values.seed ?? 1);
  const random = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return all
    .map((it) => ({ it, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ it }) => it);
}
