import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { playerOfSecondGeneration, register } from '../support/clients.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startServer } from '../support/server.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** Implements the README's jq filters, so that the tests do not need jq. */
const FILTERS: Record<string, (body: Body) => unknown[]> = {
  '.total': ({ total }) => [total],
  '{deviceId, at, version, onAir: .document.onAir}': ({ deviceId, at, version, document }) => [
    { deviceId, at, version, onAir: document.onAir },
  ],
  '.changes[] | {version, at, paths: [.patch[].path | select(test("commands|vlc/state|onAir/status"))]}': ({
    changes,
  }) =>
    changes.map(({ version, at, patch }: Body) => ({
      version,
      at,
      paths: patch.map(({ path }: Body) => path).filter((it: string) => /commands|vlc\/state|onAir\/status/.test(it)),
    })),
};
// biome-ignore lint/suspicious/noExplicitAny: its shape is checked against the README
type Body = any;

/** Each call with an example output: a `curl … | jq FILTER`, and the JSON below it. */
function shownCalls(): { path: string; filter: string; output: unknown[] }[] {
  const calls = README.matchAll(
    /curl -s[^\n]*?(?:\\\n[^\n]*?)?\/api\/v1([^\s']*)'?[^\n]*?(?:\\\n[^\n]*?)?\| jq (?:-c )?(?:'([^']+)'|(\S+))\n(?:```\n\n```json\n)?([\s\S]*?)\n```/g,
  );
  return [...calls].map(([, path = '', quoted, bare, output = '']) => ({
    path,
    filter: quoted ?? bare ?? '',
    output: valuesIn(output),
  }));
}

/** One value per line, or one over many lines. */
function valuesIn(text: string): unknown[] {
  const lines = text.split('\n');
  const isWhole = (line: string) => line.startsWith('{"') && line.endsWith('}');
  return lines.length > 1 && lines.every(isWhole) ? lines.map((line) => JSON.parse(line)) : [JSON.parse(text)];
}

/** Objects whose keys are data. */
const COUNTS = ['reasons', 'byStatus'];

/** The keys and the types of the values; missing values (null, an empty list) match any type. */
function shapeOf(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.length === 0 ? expect.any(Array) : [shapeOf(value[0])];
  if (value === null) return expect.toSatisfy((it) => it === null || typeof it === 'number');
  if (typeof value !== 'object')
    return expect.any({ string: String, number: Number }[typeof value as string] ?? Boolean);
  if (COUNTS.includes(key)) return expect.any(Object);
  return Object.fromEntries(Object.entries(value as object).map(([name, it]) => [name, shapeOf(it, name)]));
}
const firstOfEach = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(firstOfEach);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, firstOfEach(it)]));
};

test('the README’s calls for history and statistics return the documented shape', async () => {
  const calls = shownCalls();
  expect(calls.map(({ path }) => path.replace(/\?.*/, ''))).toEqual([
    '/stats',
    '/devices/sim-0001/state',
    '/devices/sim-0001/history',
  ]);

  // Ticking values make no change of their own meanwhile.
  const server = await startServer({ STATE_INTERVAL_MS: '60000' });
  const player = playerOfSecondGeneration(server, 'sim-0001');
  let state = 'playing';
  let time = 0;
  const report = () =>
    player.emit('player:state', { vlc: { state, item: 'a.mp4', time: ++time }, activePlaylist: { name: 'Morning' } });
  player.on('player:request:state', report);
  player.on('player:command', ({ commandId }) => {
    player.emit('player:command:response', { commandId, status: 'success' });
    state = 'paused';
    report();
  });
  await register(player, 'sim-0001');
  const document = async () => (await server.call('/devices/sim-0001')).body.document;
  await vi.waitFor(async () => expect((await document()).onAir.status).toBe('yes'), PATIENCE_MS);
  const began = new Date().toISOString();
  await server.call('/devices/sim-0001/commands?wait=true', { command: 'vlc:pause' });
  await vi.waitFor(async () => expect((await document()).onAir.status).toBe('no'), PATIENCE_MS);
  player.disconnect();
  await vi.waitFor(async () => {
    const { playback, disconnections } = (await server.call('/stats')).body.total;
    expect([playback.length, disconnections.count]).toEqual([1, 1]);
  }, 10_000);

  for (const { path, filter, output } of calls) {
    const filtered = FILTERS[filter];
    if (!filtered) throw new Error(`say here what this filter of the README does: ${filter}`);
    const now = path.replace(/(at|from)=[^&]+/, `$1=${began}`);
    const { status, body } = await server.call(now);
    expect(status, now).toBe(200);
    const answer = filtered(body);
    expect(answer.length, now).toBeGreaterThanOrEqual(output.length);
    for (const [i, shown] of output.entries()) expect(firstOfEach(answer[i]), now).toEqual(shapeOf(shown));
  }
});
