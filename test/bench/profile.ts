/**
 * Prints a `.cpuprofile` as text: self time by function, self and total time by file, total time by function.
 *
 * npm run bench:profile -- FILE [--top N]
 *
 * Percentages are of the time in which the thread ran; a package of node_modules counts as one file. For total times, a
 * sample counts once for each file on its stack, so percentages overlap.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

interface Node {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}
interface Profile {
  nodes: Node[];
  samples: number[];
  timeDeltas: number[];
  startTime: number;
  endTime: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: 'string', default: '25' } },
});
const [file] = positionals;
if (!file) {
  process.stderr.write('npm run bench:profile -- FILE [--top N]\n');
  process.exit(1);
}
const top = Number(values.top);
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;

const own = new Map<number, number>();
profile.samples.forEach((id, i) => {
  // A sample lasts until the next one.
  own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas[i + 1] ?? 0));
});
const byId = new Map(profile.nodes.map((node) => [node.id, node]));
const sums = { ownByFunction: tally(), ownByFile: tally(), byFile: tally(), byFunction: tally() };
let running = 0;
for (const it of profile.nodes[0]?.children ?? []) descend(byId.get(it) as Node, new Set(), new Set());

const seconds = (profile.endTime - profile.startTime) / 1e6;
console.log(`${file}: ${seconds.toFixed(1)} s, of which the thread ran ${(running / 1e6).toFixed(2)} s`);
show('Own time by function', sums.ownByFunction);
show('Own time by file', sums.ownByFile);
show('Inclusive time by file', sums.byFile);
show('Inclusive time by function', sums.byFunction);

function tally(): Map<string, number> {
  return new Map();
}

function descend(node: Node, files: ReadonlySet<string>, functions: ReadonlySet<string>): void {
  const { functionName, url, lineNumber } = node.callFrame;
  const time = own.get(node.id) ?? 0;
  if (functionName === '(idle)') return;
  const where = fileOf(url, functionName);
  const what = url ? `${functionName || '(anonymous)'} ${where}:${lineNumber + 1}` : functionName;
  const allFiles = new Set(files).add(where);
  const allFunctions = new Set(functions).add(what);
  running += time;
  add(sums.ownByFunction, what, time);
  add(sums.ownByFile, where, time);
  for (const it of allFiles) add(sums.byFile, it, time);
  for (const it of allFunctions) add(sums.byFunction, it, time);
  for (const child of node.children ?? []) descend(byId.get(child) as Node, allFiles, allFunctions);
}

function add(to: Map<string, number>, key: string, time: number): void {
  to.set(key, (to.get(key) ?? 0) + time);
}

/** The path within the project, or the package name. Frames without a URL belong to V8, the kernel or µWS. */
function fileOf(url: string, functionName: string): string {
  if (!url) return functionName.startsWith('(') ? functionName : '(native)';
  const packages = url.lastIndexOf('node_modules/');
  if (packages >= 0) return /^(@[^/]+\/)?[^/]+/.exec(url.slice(packages + 'node_modules/'.length))?.[0] as string;
  return url.replace(/^.*?\/(?=dist\/|src\/|test\/)/, '');
}

function show(title: string, of: ReadonlyMap<string, number>): void {
  console.log(`\n${title}`);
  for (const [name, time] of [...of].sort((a, b) => b[1] - a[1]).slice(0, top)) {
    console.log(
      `${((time / running) * 100).toFixed(1).padStart(6)} % ${(time / 1e3).toFixed(0).padStart(8)} ms  ${name}`,
    );
  }
}
