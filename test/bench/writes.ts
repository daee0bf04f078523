/**
 * How long database writes block the event loop: 2,000 devices connect, then report 1,500 times per second, on SQLite.
 * Prints the shares of the database and of garbage collection in each iteration of the event loop.
 *
 * npm run bench:writes [-- SECONDS]
 */
import { fileURLToPath } from 'node:url';
import { sleep, startLoad, startVigia, type Turn, tokens } from './processes.ts';

const DEVICES = 2000;
const RATE = 1500;
const GOAL_MS = 10;
const seconds = Number(process.argv[2] ?? 60);

const vigia = await startVigia(['--import', fileURLToPath(new URL('./turns.mjs', import.meta.url))]);
await vigia.turns('begin');
const load = await startLoad({
  url: vigia.url,
  devices: DEVICES,
  rate: RATE,
  admins: 1,
  encoding: 'deflate',
  ...tokens,
});
await sleep(2000);
tell(`${DEVICES} devices come`, await vigia.turns('end'));
await vigia.turns('begin');
await sleep(seconds * 1000);
tell(`${RATE} reports a second, ${seconds} s`, await vigia.turns('end'));
await load.stop();
await vigia.stop();

function tell(what: string, turns: readonly Turn[]): void {
  const took = ({ from, to, waited }: Turn) => to - from - waited;
  const long = turns.filter((turn) => took(turn) > GOAL_MS);
  const longest = (of: (turn: Turn) => number) => Math.max(0, ...turns.map(of)).toFixed(1);
  const text = [
    `the database at most ${longest((it) => it.database)} ms of a turn (goal: ${GOAL_MS})`,
    `garbage at most ${longest((it) => it.garbage)} ms`,
    `the longest turn ${longest(took)} ms`,
    `${long.length} turns over ${GOAL_MS} ms, of them ${long.filter((it) => it.database > GOAL_MS).length} by the database`,
  ];
  console.log(`${what}: ${text.join(' · ')}`);
}
