import { openSync, readSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/**
 * Preloaded into a server: the duration of each iteration of its event loop, and the shares of the database and of
 * garbage collection, from a CPU profile of the same time. An iteration is the time between two immediates. Time spent
 * waiting for a CPU, as accounted by the kernel, is subtracted from the longest gaps between samples.
 */
const DATABASE = /\/adapters\/database\//;
/** Shorter iterations are not reported. */
const WORTH_TELLING_MS = 2;
const SAMPLE_MS = 0.25;

const scheduled = openSync('/proc/self/schedstat', 'r');
const text = Buffer.alloc(64);
/** The kernel's accounting is accurate only to this tick. */
const TICK_MS = 4;
/** CPU time of the main thread, in ms. */
const onProcessor = () => Number(text.toString('latin1', 0, readSync(scheduled, text, 0, 64, 0)).split(' ')[0]) / 1e6;

let session;
let turns = [];
let isRunning = false;
const now = () => Number(process.hrtime.bigint()) / 1e6;

process.on('message', async (message) => {
  if (message === 'turns: begin') {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MS * 1000 });
    await session.post('Profiler.start');
    turns = [];
    isRunning = true;
    let [last, ran] = [now(), onProcessor()];
    const turn = () => {
      const [at, running] = [now(), onProcessor()];
      if (at - last >= WORTH_TELLING_MS) {
        turns.push({
          from: last,
          to: at,
          waited: Math.max(0, at - last - (running - ran) - TICK_MS),
          database: 0,
          garbage: 0,
        });
      }
      [last, ran] = [at, running];
      if (isRunning) setImmediate(turn);
    };
    setImmediate(turn);
    process.send({ begun: true });
  }
  if (message === 'turns: end') {
    isRunning = false;
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    share(profile);
    process.send({ turns });
  }
});

/** Assigns the samples to iterations. Both use the same clock. */
function share({ nodes, samples, timeDeltas, startTime }) {
  const kinds = new Map();
  const descend = (node, kind) => {
    const { functionName, url } = node.callFrame;
    const own = functionName === '(garbage collector)' ? 'garbage' : DATABASE.test(url) ? 'database' : kind;
    kinds.set(node.id, own);
    for (const child of node.children ?? []) descend(byId.get(child), own);
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  descend(nodes[0], undefined);
  const samplesOf = new Map(turns.map((turn) => [turn, []]));
  let at = startTime;
  let i = 0;
  samples.forEach((id, n) => {
    at += timeDeltas[n];
    const from = at / 1000;
    while (i < turns.length && turns[i].to < from) i++;
    const turn = turns[i];
    if (!turn || turn.from > from) return;
    // The next sample may be late; limit this one to its iteration.
    const ms = Math.min((timeDeltas[n + 1] ?? 0) / 1000, turn.to - from);
    samplesOf.get(turn).push({ kind: kinds.get(id), ms });
  });
  for (const [turn, its] of samplesOf) {
    let { waited } = turn;
    for (const { kind, ms } of its.sort((a, b) => b.ms - a.ms)) {
      const off = Math.min(waited, Math.max(0, ms - SAMPLE_MS));
      waited -= off;
      if (kind) turn[kind] += ms - off;
    }
  }
}
