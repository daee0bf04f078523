import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createMemoryAuditLog } from '../../../src/adapters/memory/audit-log.ts';
import { AuditTrail } from '../../../src/audit/trail.ts';
import type { AuditLog, AuditRecord } from '../../../src/ports/audit.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

function openTrail() {
  const clock = simulatedClock();
  const kept = createMemoryAuditLog();
  const database = { isAway: false };
  const log: AuditLog = {
    write: async (entries) => {
      if (database.isAway) throw new Error('away');
      await kept.write(entries);
    },
    read: async (query) => {
      if (database.isAway) throw new Error('away');
      return kept.read(query);
    },
  };
  const trail = new AuditTrail({ log, clock, logger: pino({ level: 'silent' }), writer: 'abc' });
  const written = (limit = 200_000) => kept.read({ limit });
  return { clock, trail, database, written };
}

const act = (n: number): AuditRecord => ({ actor: 'anna', kind: 'device.edited', outcome: 'ok', details: { n } });
const failure = (actor: string, more: Partial<AuditRecord> = {}): AuditRecord => ({
  actor,
  kind: 'login.failed',
  outcome: 'unauthorized',
  details: { audience: 'rest', reason: 'wrong' },
  ...more,
});

describe('the audit trail', () => {
  it('U2 writes each record within a second, in order, with increasing ids', async () => {
    const { clock, trail, written } = openTrail();
    for (let n = 0; n < 50; n++) trail.record(act(n));
    await clock.advance(5);
    for (let n = 50; n < 100; n++) trail.record(act(n));
    expect(await written()).toEqual([]);
    await clock.advance(1000);
    const entries = await written();
    expect(entries.map(({ details }) => details?.n)).toEqual(Array.from({ length: 100 }, (_, i) => 99 - i));
    expect(new Set(entries.map(({ id }) => id)).size).toBe(100);
    expect(trail.backlog).toBe(0);
  });

  it('U5 includes records of a moment ago', async () => {
    const { trail } = openTrail();
    trail.record(act(1));
    expect(await trail.read({ limit: 10 })).toMatchObject([{ kind: 'device.edited', details: { n: 1 } }]);
  });

  it('U3 while the database is away every record waits, reading is unavailable, and all are written later', async () => {
    const { clock, trail, database, written } = openTrail();
    database.isAway = true;
    for (let n = 0; n < 3000; n++) trail.record(act(n));
    await clock.advance(60_000);
    trail.record(act(3000));
    await expect(trail.read({ limit: 1 })).rejects.toMatchObject({ code: 'unavailable' });
    expect(trail.backlog).toBe(3001);
    database.isAway = false;
    await clock.advance(2000);
    expect(await written()).toHaveLength(3001);
  });

  it('U3 beyond 100,000 waiting records the excess is counted, and the count is recorded', async () => {
    const { clock, trail, database } = openTrail();
    database.isAway = true;
    for (let n = 0; n < 100_007; n++) trail.record(act(n));
    expect(trail).toMatchObject({ backlog: 100_000, dropped: 7 });
    database.isAway = false;
    await clock.advance(2000);
    expect(await trail.read({ kind: 'audit.lost', limit: 10 })).toMatchObject([
      { actor: 'server', details: { count: 7 } },
    ]);
  });

  it('U3 a proper stop writes pending records, including summaries', async () => {
    const { trail, written } = openTrail();
    trail.record(failure('192.0.2.1'));
    trail.record(failure('192.0.2.1'));
    await trail.close();
    expect((await written()).map(({ details }) => details?.count)).toEqual([1, undefined]);
  });
});

describe('repeated refusals', () => {
  it('U4 are recorded at once and then once a minute, with their count', async () => {
    const { clock, trail, written } = openTrail();
    for (let i = 0; i < 10_000; i++) trail.record(failure('192.0.2.1'));
    await clock.advance(1000);
    expect(await written()).toHaveLength(1);
    await clock.advance(60_000);
    expect(await written()).toMatchObject([
      { actor: '192.0.2.1', kind: 'login.failed', details: { count: 9999, reason: 'wrong' } },
      { actor: '192.0.2.1', kind: 'login.failed', details: { reason: 'wrong' } },
    ]);
    await clock.advance(600_000);
    expect(await written(), 'and nothing when nothing happens').toHaveLength(2);
  });

  it('U4 from very many addresses are summarized together, and hide no others', async () => {
    const { clock, trail, written } = openTrail();
    for (let i = 0; i < 50_000; i++) trail.record(failure(`2001:db8::${i.toString(16)}`));
    trail.record(
      failure('carl', { kind: 'request.refused', outcome: 'forbidden', details: { request: 'POST /tokens' } }),
    );
    await clock.advance(61_000);
    const entries = await written();
    expect(entries.length).toBeLessThan(110);
    expect(entries.filter(({ actor }) => actor === 'carl')).toHaveLength(1);
    const others = entries.filter(({ actor }) => actor === 'others');
    const total = entries.reduce((sum, { details }) => sum + ((details?.count as number) ?? 1), 0);
    expect(others.length).toBeGreaterThan(0);
    expect(total).toBe(50_001);
  });

  it('U4 of different requests are separate records', async () => {
    const { clock, trail, written } = openTrail();
    for (const request of ['POST /tokens', 'command:send', 'POST /tokens']) {
      trail.record({ actor: 'carl', kind: 'request.refused', outcome: 'forbidden', details: { request } });
    }
    await clock.advance(1000);
    expect((await written()).map(({ details }) => details?.request)).toEqual(['command:send', 'POST /tokens']);
  });
});
