import { Session } from 'node:inspector/promises';

/**
 * Loaded before a server: of each turn of its event loop, how long it took, and how much of that was for the database and
 * how much for collecting garbage, by a profile of the same time. A turn is what happens between two immediates.
 */
const DATABASE = /\/adapters\/database\//;
/** Shorter turns hold nobody up. */
const WORTH_TELLING_MS = 2;

let session;
let turns = [];
let isRunning = false;
const now = () => Number(process.hrtime.bigint()) / 1e6;

process.on('message', async (message) => {
  if (message === 'turns: begin') {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 250 });
    await session.post('Profiler.start');
    turns = [];
    isRunning = true;
    let last = now();
    const turn = () => {
      const at = now();
      if (at - last >= WORTH_TELLING_MS) turns.push({ from: last, to: at, database: 0, garbage: 0 });
      last = at;
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

/** Gives each turn its part of the samples. Both clocks are the same one. */
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
  let at = startTime;
  let i = 0;
  samples.forEach((id, n) => {
    at += timeDeltas[n];
    const ms = at / 1000;
    while (i < turns.length && turns[i].to < ms) i++;
    const kind = kinds.get(id);
    const turn = turns[i];
    // The next sample may come late: this one is not of the next turn.
    if (kind && turn && turn.from <= ms) turn[kind] += Math.min((timeDeltas[n + 1] ?? 0) / 1000, turn.to - ms);
  });
}
