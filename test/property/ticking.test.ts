import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/document.ts';
import { reportingDevice } from '../support/reporting.ts';
import { plain } from '../support/world.ts';

type Kind = 'ticks' | 'same' | 'news' | 'edit';

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Kind>('ticks', 'ticks', 'ticks', 'same', 'news', 'edit'),
    /** A part of the interval (of a quarter of it, before an edit). */
    gap: fc.double({ min: 0.01, max: 0.8, noNaN: true }),
  }),
  { maxLength: 40, size: 'max' },
);

test.each([
  ['STATE_INTERVAL_MS', false],
  ['WATCH_INTERVAL_MS while watched', true],
])('A2, A5 sameness sends nothing; ticks come once in %s, and ride along with each change', (_, watched) =>
  fc.assert(
    fc.asyncProperty(steps, async (lived) => {
      const { clock, host, world } = await reportingDevice();
      if (watched) host.watch();
      const { intervalMs } = host;
      let news = 0;
      let edits = 0;
      const state = (): JsonObject => {
        const now = clock.now();
        return {
          timestamp: now,
          system: { uptime: now, disks: [{ uptime: now }] },
          vlc: { state: news % 2 ? 'stopped' : 'paused', time: now, 'a/b': news },
        };
      };
      let said = state();
      host.report(said);
      let toldAt = clock.now();
      let isHeld = false;
      let reportedAt = toldAt;
      for (const { kind, gap } of lived) {
        // A device that is silent for too long becomes stale, which is a change of its own.
        if (kind === 'edit' && clock.now() - reportedAt > intervalMs / 4) continue;
        await clock.advance(gap * (kind === 'edit' ? intervalMs / 4 : intervalMs));
        const { version, document } = host.versioned;
        if (kind === 'edit') host.edit({ labels: { edit: String(++edits) } });
        else {
          if (kind === 'news') news++;
          if (kind !== 'same') said = state();
          isHeld = true;
          reportedAt = clock.now();
          host.report(plain(said));
        }
        const isNew = JSON.stringify(said) !== JSON.stringify(document.state);
        const isDue = clock.now() - toldAt >= intervalMs;
        const changes = kind === 'news' || kind === 'edit' || (isNew && isDue);
        expect(host.versioned.version - version, `${kind} after ${gap}`).toBe(changes ? 1 : 0);
        expect(host.versioned.document.state).toEqual(changes ? said : document.state);
        if (changes && isHeld) toldAt = clock.now();
        if (changes) isHeld = false;
      }
      expect(world.faults).toEqual([]);
    }),
  ),
);

test('A2 an identical report is no change, whatever it holds', () =>
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
