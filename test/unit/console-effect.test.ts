import { expect, test } from 'vitest';
import { isEffectUnmeasured } from '../../src/console/core/effect.ts';
import { newDocument } from '../../src/fleet/document.ts';

const ENDED = Date.parse('2026-03-01T12:00:00Z');
const device = (measuredAt: string | null) => {
  const document = newDocument('a', 0, 30_000);
  return { ...document, report: { ...document.report, measuredAt } };
};
const [before, after] = [device('2026-03-01T11:59:40Z'), device('2026-03-01T12:00:10Z')];
const answered = { command: 'vlc:pause', status: 'success', confirmedBy: 'response' } as const;

test('an answer counts as unmeasured until a later measurement', () => {
  expect(isEffectUnmeasured(answered, ENDED, before)).toBe(true);
  expect(isEffectUnmeasured(answered, ENDED, device(null))).toBe(true);
  expect(isEffectUnmeasured(answered, ENDED, after)).toBe(false);
});

test('an effect proven by a state, a failure, and a screenshot need no measurement', () => {
  expect(isEffectUnmeasured({ ...answered, confirmedBy: 'state' }, ENDED, before)).toBe(false);
  expect(isEffectUnmeasured({ ...answered, status: 'timeout' }, ENDED, before)).toBe(false);
  expect(isEffectUnmeasured({ ...answered, command: 'vlc:snapshot' }, ENDED, before)).toBe(false);
});
