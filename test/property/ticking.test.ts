import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/document.ts';
import { reportingDevice } from '../support/reporting.ts';

const steps = fc.array(
  fc.record({
    /** The changes beside the ticks. */
    change: fc.constantFrom('nothing', 'nothing', 'nothing', 'cache', 'item', 'volume', 'flag', 'playlist', 'text'),
    gapMs: fc.integer({ min: 1000, max: 29_000 }),
  }),
  { maxLength: 60, size: 'max' },
);

/** A second-generation player: each report is its last measurement, with the send time. */
function measuring() {
  const seen = { item: 0, volume: 0, flag: 0, playlist: 0, text: 0 };
  let measured: JsonObject = {};
  return (change: string, now: number): JsonObject => {
    const at = (ms: number) => new Date(ms).toISOString();
    if (change in seen) seen[change as keyof typeof seen]++;
    if (change !== 'cache') {
      measured = {
        system: { uptime: now / 1000, freeMem: (now * 7919) % 100_003, timestamp: at(now - 90), hostname: 'player-1' },
        storage: { freeSpace: (now * 104_729) % 1_000_003, timestamp: at(now - 60), note: `n${seen.text}` },
        vlc: {
          connected: true,
          playing: true,
          currentItem: `clip-${seen.item}.mp4`,
          position: (now % 15_013) / 15_013,
          volume: seen.volume,
          repeat: seen.flag % 2 === 0,
        },
        activePlaylist: { playlistName: `list-${seen.playlist}`, currentIndex: seen.item },
      };
    }
    return { timestamp: at(now), ...structuredClone(measured) };
  };
}

const indexOf = ({ state }: { state: JsonObject }) => (state.activePlaylist as JsonObject).currentIndex;

test.each([
  ['TICK_INTERVAL_MS', false],
  ['WATCH_INTERVAL_MS while watched', true],
])('A2, A5 significant changes are published at once, a cache never, and ticking values once in %s', (_, watched) =>
  fc.assert(
    fc.asyncProperty(steps, async (lived) => {
      const { clock, host, world } = await reportingDevice();
      if (watched) host.watch('somebody', 2000);
      const state = measuring();
      const say = async (change: string) => {
        const said = state(change, clock.now());
        host.report(structuredClone(said));
        return said;
      };
      for (let i = 0; i < 10; i++) {
        await say('nothing');
        await clock.advance(10_000);
      }
      let publishedAt = Number.NEGATIVE_INFINITY;
      for (const { change, gapMs } of lived) {
        await clock.advance(gapMs);
        const before = host.versioned;
        const said = await say(change);
        const { version, document } = host.versioned;
        const changed = version > before.version;
        if (change === 'cache') {
          // It may be old by now, which is published.
          expect(document.state).toBe(before.document.state);
          continue;
        }
        const intervalMs = watched ? 2000 : 300_000;
        // After an old cache, a new measurement makes the report live again.
        const becameLive = document.report.status !== before.document.report.status;
        // A value that ticked and is now constant is published.
        const indexRests = indexOf(document) !== indexOf(before.document);
        if (change === 'nothing' && changed && !becameLive && !indexRests) {
          expect(clock.now() - publishedAt, 'ticks alone').toBeGreaterThanOrEqual(intervalMs);
          publishedAt = clock.now();
        }
        if (change !== 'nothing') expect(changed, change).toBe(true);
        // Material values are always published.
        const { system: _, storage, vlc, activePlaylist } = document.state as Record<string, JsonObject>;
        expect(storage?.note).toBe((said.storage as JsonObject).note);
        for (const key of ['connected', 'playing', 'currentItem', 'volume', 'repeat']) {
          expect(vlc?.[key]).toBe((said.vlc as JsonObject)[key]);
        }
        expect(activePlaylist?.playlistName).toBe((said.activePlaylist as JsonObject).playlistName);
        expect(document.playback).toMatchObject({
          item: (said.vlc as JsonObject).currentItem,
          playlist: (said.activePlaylist as JsonObject).playlistName,
          volume: (said.vlc as JsonObject).volume,
        });
        expect(host.state).toEqual(said);
      }
      expect(world.faults).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 60) },
  ),
);

test('A2 an identical report is no change, whatever its content', () =>
  fc.assert(
    fc.asyncProperty(fc.json(), async (json) => {
      const { clock, host } = await reportingDevice();
      host.report({ vlc: JSON.parse(json) });
      const { version } = host.versioned;
      for (let i = 0; i < 3; i++) {
        await clock.advance(5000);
        host.report({ vlc: JSON.parse(json) });
      }
      expect(host.versioned.version).toBe(version);
    }),
  ));
