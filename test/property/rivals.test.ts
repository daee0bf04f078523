import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Displaced, isSameMachine, MAX_DISPLACED, type Session, settle } from '../../machines/rivals.ts';

/** Seven machines, each with consecutive sessions; some report no hardware address. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('register' as const), machine: fc.nat(6) }) },
  fc.record({ does: fc.constant('leave' as const), which: fc.nat(6) }),
  fc.record({ does: fc.constant('answer' as const), which: fc.nat(6) }),
  fc.record({ does: fc.constant('miss' as const), which: fc.nat(6) }),
);

test('P8 in any sequence of connections: one machine has one session, and while one is connected, one is the device', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let session: Session | null = null;
      let displaced: readonly Displaced[] = [];
      let open: Session[] = [];
      const take = (event: Parameters<typeof settle>[2]) => {
        const settlement = settle(session, displaced, event);
        displaced = settlement.displaced;
        open = open.filter(
          (it) => !settlement.replaced.includes(it) && !settlement.replaced.some(({ id }) => id === it.id),
        );
        return settlement;
      };
      const register = (newest: Session) => {
        take({ type: 'REGISTERED', session: newest });
        session = newest;
      };
      steps.forEach((it, i) => {
        if (it.does === 'register') {
          const { machine } = it;
          const newest = {
            id: `s${i}`,
            address: `192.0.2.${machine}`,
            macs: machine % 3 === 0 ? [] : [`mac ${machine}`],
          };
          open.push(newest);
          register(newest);
        } else if (it.does === 'leave') {
          const gone = open[it.which];
          if (!gone) return;
          open = open.filter(({ id }) => id !== gone.id);
          const { recalled } = take({ type: 'DISCONNECTED', sessionId: gone.id });
          if (session?.id === gone.id) session = null;
          if (recalled) register(recalled);
        } else {
          const doubted = displaced[it.which];
          if (doubted && !doubted.isAlive)
            take({ type: it.does === 'answer' ? 'ANSWERED' : 'PROBE_MISSED', sessionId: doubted.id });
        }
        const all = [...displaced, ...(session ? [session] : [])];
        expect(displaced.length).toBeLessThanOrEqual(MAX_DISPLACED);
        expect(all.map(({ id }) => id).sort(), 'none is forgotten').toEqual(open.map(({ id }) => id).sort());
        expect(session !== null, 'one is the device').toBe(open.length > 0);
        for (const [a, b] of all.flatMap((a, n) => all.slice(n + 1).map((b) => [a, b] as const)))
          expect(isSameMachine(a, b)).toBe(false);
      });
    }),
    { numRuns: 1000 },
  );
});
