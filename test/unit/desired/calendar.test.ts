import { expect, test } from 'vitest';
import { createCalendar } from '../../../src/desired/calendar.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import { LocalTime } from '../../../src/ports/local-time.ts';
import type { Policy } from '../../../src/protocol/alerts.ts';

const at = (text: string) => Date.parse(text);
/** A Monday, one hour after midnight in UTC. */
const NOW = at('2026-06-01T01:00:00Z');
const during = { mon: [['03:00', '04:00']] } satisfies Policy['hours'];

function situation({ policy = {}, zone, now = NOW }: { policy?: Policy; zone?: string; now?: number }) {
  const document = newDocument('d', 0, 30_000);
  if (zone !== undefined) document.state = { system: { timezone: { name: zone } } };
  return createCalendar({ of: () => policy }, new LocalTime())(document, during, now);
}

test('G5 hours use the time zone of the policy, else of the device, else UTC', () => {
  expect(situation({}).isActive).toBe(false);
  expect(situation({ zone: 'Europe/Madrid' }).isActive).toBe(true);
  expect(situation({ zone: 'Nowhere/At-all' }).isActive).toBe(false);
  expect(situation({ zone: 'Europe/Madrid', policy: { timeZone: 'Europe/London' } }).isActive).toBe(false);
  expect(situation({ policy: { timeZone: 'Europe/Madrid' } }).isActive).toBe(true);
});

test('G4, G5 a maintenance window holds from its start to its end, and both are evaluated on time', () => {
  const maintenance = [{ from: '2026-06-01T01:05:00Z', to: '2026-06-01T01:10:00Z' }];
  const policy = { maintenance };
  expect(situation({ policy })).toMatchObject({ isMaintained: false, nextAt: at('2026-06-01T01:05:00Z') });
  const within = situation({ policy, now: at('2026-06-01T01:05:00Z') });
  expect(within).toMatchObject({ isMaintained: true, nextAt: at('2026-06-01T01:10:00Z') });
  expect(situation({ policy, now: at('2026-06-01T01:10:00Z') })).toMatchObject({ isMaintained: false });
});

test('a state that always applies, without windows, is never evaluated for the time alone', () => {
  const calendar = createCalendar({ of: () => ({}) }, new LocalTime());
  expect(calendar(newDocument('d', 0, 30_000), undefined, NOW)).toEqual({
    isActive: true,
    isMaintained: false,
    nextAt: undefined,
  });
});
