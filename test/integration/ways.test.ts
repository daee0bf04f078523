import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { admin, next, playerOfSecondGeneration, Replica, register, type StreamMessage } from '../support/clients.ts';
import { startServer } from '../support/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Step {
  file: string;
  name: string;
}

/** The steps in the table below a heading of ARCHITECTURE.md. */
function stepsOf(heading: string): Step[] {
  const [, text = ''] = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8').split(`## ${heading}\n`);
  const [section = ''] = text.split('\n## ');
  return [...section.matchAll(/^\| \d+ \| `([^`]+)` \| `([^`]+)` \|/gm)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));
}

const ways = { report: stepsOf('The way of a report'), command: stepsOf('The way of a command') };
const lineOf = ({ file, name }: Step) => `${file} ${name}`;

/** A server that records the steps it executes, in order. */
async function tracedServer() {
  const dir = await mkdtemp(join(tmpdir(), 'vigia-ways-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const TRACE_FILE = join(dir, 'trace');
  const TRACE_STEPS = JSON.stringify([...ways.report, ...ways.command]);
  const preload = fileURLToPath(new URL('../support/trace-steps.mjs', import.meta.url));
  // No other polling happens meanwhile.
  const quiet = { STATE_INTERVAL_MS: '60000', COMMAND_TIMEOUT_MS: '60000' };
  const server = await startServer({ ...quiet, TRACE_FILE, TRACE_STEPS }, ['--import', preload]);
  const trace = async () => (await readFile(TRACE_FILE, 'utf8')).split('\n');
  return { server, trace };
}

/** The first step that is missing or out of order; undefined: none. */
function missing(way: readonly Step[], trace: readonly string[]): string | undefined {
  const left = way.map(lineOf);
  for (const line of trace) if (line === left[0]) left.shift();
  return left[0];
}

test('ARCHITECTURE.md draws both paths in at most ten steps, each in an existing file', () => {
  for (const way of Object.values(ways)) {
    expect(way.length).toBeGreaterThan(5);
    expect(way.length).toBeLessThanOrEqual(10);
    expect(way.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
  }
});

test('a report and a command pass through the steps of ARCHITECTURE.md, in order', async () => {
  const { server, trace } = await tracedServer();
  const player = playerOfSecondGeneration(server, 'd1');
  await register(player, 'd1');
  const operator = admin(server);
  await next(operator, 'connect');
  await new Replica(operator).subscribe();
  const streamed = (fits: (text: string) => boolean) =>
    next<StreamMessage>(operator, 'state:updated', ({ updates }) => fits(JSON.stringify(updates)));

  const report = async (currentMedia: string) => {
    const shown = streamed((text) => text.includes(currentMedia));
    player.emit('player:state', { playing: true, currentMedia, volume: 50, timestamp: new Date().toISOString() });
    await shown;
  };
  // The actor waits for the first report, which therefore skips the coalescer.
  await report('one.mp4');
  const beforeReport = (await trace()).length;
  await report('two.mp4');
  expect(missing(ways.report, (await trace()).slice(beforeReport - 1))).toBeUndefined();

  const beforeCommand = (await trace()).length;
  player.once('player:command', ({ commandId }) =>
    player.emit('player:command:response', { commandId, status: 'success' }),
  );
  const ended = next(operator, 'command:response');
  await operator.emitWithAck('command:send', { deviceId: 'd1', command: 'vlc:play' });
  await ended;
  expect(missing(ways.command, (await trace()).slice(beforeCommand - 1))).toBeUndefined();
});

test('a missing or premature step is detected', () => {
  const way = ['a', 'b', 'c'].map((name) => ({ file: 'x', name }));
  const lines = (names: string) => [...names].map((name) => `x ${name}`);
  expect(missing(way, lines('zazbzc'))).toBeUndefined();
  expect(missing(way, lines('ac'))).toBe('x b');
  expect(missing(way, lines('bac'))).toBe('x b');
  expect(missing(way, lines('cab'))).toBe('x c');
});
