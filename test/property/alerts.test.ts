import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../src/protocol/alerts.ts';
import { MINUTE, openAlerts } from '../support/alerts-harness.ts';

/** The server evaluates every five seconds. */
const TICK = 5000;
/** 07:58 in Madrid, on a Monday. */
const START = Date.UTC(2025, 0, 6, 6, 58);

type Harness = Awaited<ReturnType<typeof openAlerts>>;
type Step = (it: Harness) => unknown;

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const device = fc.constantFrom(...ids);

const policies: fc.Arbitrary<Policy | undefined> = fc.constantFrom<(Policy | undefined)[]>(
  undefined,
  { offlineAfterMs: 0, notOnAirAfterMs: MINUTE, recoverAfterMs: 0 },
  { timeZone: 'Europe/Madrid', hours: { mon: [['08:00', '08:20']] } },
  {
    maintenance: [
      { from: new Date(START + 10 * MINUTE).toISOString(), to: new Date(START + 20 * MINUTE).toISOString() },
    ],
  },
);

const change: fc.Arbitrary<Step> = fc.oneof(
  device.map((id) => (it: Harness) => it.online(id, id < 'e' ? 'lobby' : null, id < 'c' ? '192.0.2.1' : undefined)),
  device.map((id) => (it: Harness) => it.get(id) && it.lose(id)),
  fc.constant((it: Harness) => {
    for (const id of ids) if (it.get(id)) it.lose(id);
  }),
  fc.tuple(device, fc.constantFrom('yes', 'no', 'unknown')).map(
    ([id, status]) =>
      (it: Harness) =>
        it.get(id) && it.onAir(id, status),
  ),
  fc.tuple(device, fc.constantFrom(0, 90_000, -130_000)).map(
    ([id, clockSkewMs]) =>
      (it: Harness) =>
        it.get(id) && it.connection(id, { clockSkewMs }),
  ),
  fc.tuple(device, fc.constantFrom(10, 93, 97)).map(
    ([id, usedSpace]) =>
      (it: Harness) =>
        it.get(id) && it.set(id, { state: { storage: { totalSpace: 100, usedSpace } } }),
  ),
  fc.tuple(device, fc.boolean()).map(
    ([id, yes]) =>
      (it: Harness) =>
        it.get(id) && it.refuse(id, yes ? 'payload_too_large' : undefined),
  ),
  device.map((id) => (it: Harness) => it.remove(id)),
  device.map((id) => (it: Harness) => it.get(id) && it.alerts.actorGaveUp(id)),
  policies.map((policy) => (it: Harness) => it.alerts.policies.set('default', policy)),
  fc.constant((it: Harness) => it.restart()),
);

const life = fc.array(fc.tuple(change, fc.constantFrom(0, 1, 2, 13, 61, 130)), { maxLength: 40 });

test('W2 evaluating only changed and unhealthy devices gives the same result as evaluating all', async () => {
  await fc.assert(
    fc.asyncProperty(life, async (steps) => {
      const [one, whole] = [await openAlerts(START), await openAlerts(START)];
      for (const id of ids) for (const it of [one, whole]) it.online(id, id < 'e' ? 'lobby' : null);
      for (const [step, ticks] of [...steps, [() => {}, 130] as const]) {
        for (const it of [one, whole]) await step(it);
        for (let i = 0; i < ticks; i++) {
          whole.changeAll();
          for (const it of [one, whole]) await it.clock.advance(TICK);
        }
        expect(one.told.toSorted()).toEqual(whole.told.toSorted());
      }
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test('a healthy, unchanged fleet of 10,000 is not evaluated', async () => {
  const it = await openAlerts();
  for (let i = 0; i < 10_000; i++) it.online(`d${i}`, `group ${i % 50}`);
  await it.clock.advance(MINUTE);
  const before = it.looks;
  await it.clock.advance(60 * MINUTE);
  expect(it.looks).toBe(before);
  it.connection('d1', { clockSkewMs: 10 });
  await it.clock.advance(60 * MINUTE);
  expect(it.looks).toBe(before + 1);
});
