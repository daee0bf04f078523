import { describe, expect, test } from 'vitest';
import { createAuditLog } from '../../src/adapters/database/audit-log.ts';
import { createMemoryAuditLog } from '../../src/adapters/memory/audit-log.ts';
import { createLogger } from '../../src/log.ts';
import type { AuditEntry, AuditLog } from '../../src/ports/audit.ts';
import { databases, openTestDatabase } from '../support/databases.ts';

const silent = createLogger({ logLevel: 'silent', nodeId: 'test' });

const logs: [string, () => Promise<AuditLog>][] = [
  ['memory', async () => createMemoryAuditLog()],
  ...databases.map(([kind, place]): [string, () => Promise<AuditLog>] => [
    kind,
    async () => createAuditLog(await openTestDatabase(await place()), silent),
  ]),
];

const entry = (n: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  id: `0mlabc${n.toString(36).padStart(9, '0')}`,
  at: 1_770_000_000_000 + n,
  actor: 'anna',
  kind: 'device.edited',
  outcome: 'ok',
  details: { n },
  ...more,
});

describe.each(logs)('an audit log in %s', (_, open) => {
  test('U5 returns what was written, newest first, page by page', async () => {
    const log = await open();
    const all = Array.from({ length: 1500 }, (_, n) => entry(n, n % 2 ? { deviceId: `d-${n}` } : {}));
    await log.write(all);
    const read: AuditEntry[] = [];
    for (let before: string | undefined; ; before = read.at(-1)?.id) {
      const page = await log.read({ before, limit: 400 });
      read.push(...page);
      if (page.length < 400) break;
    }
    expect(read).toEqual([...all].reverse());
  });

  test('U5 filters by time, actor, device and kind; a trailing dot matches a prefix of kinds', async () => {
    const log = await open();
    await log.write([
      entry(1, { kind: 'device.edited', deviceId: 'd-1' }),
      entry(2, { kind: 'device.removed', actor: "O'Hara % _" }),
      entry(3, { kind: 'devices.x', deviceId: 'd-1' }),
      entry(4, { kind: 'login.failed', actor: '::1', outcome: 'unauthorized' }),
    ]);
    const found = async (query: object) => (await log.read({ limit: 10, ...query })).map(({ details }) => details?.n);
    expect(await found({ kind: 'device.' })).toEqual([2, 1]);
    expect(await found({ kind: 'device.edited' })).toEqual([1]);
    expect(await found({ kind: 'device' })).toEqual([]);
    expect(await found({ actor: "O'Hara % _" })).toEqual([2]);
    expect(await found({ deviceId: 'd-1' })).toEqual([3, 1]);
    expect(await found({ deviceId: 'd-1', kind: 'device.' })).toEqual([1]);
    expect(await found({ from: entry(2).at, to: entry(4).at })).toEqual([3, 2]);
    expect(await found({ kind: 'device.', actor: 'anna', from: 0 })).toEqual([1]);
  });

  test('U3 records written again after a write with unknown outcome are stored once', async () => {
    const log = await open();
    await log.write([entry(1), entry(2)]);
    await log.write([entry(2, { outcome: 'changed' }), entry(3)]);
    expect((await log.read({ limit: 10 })).map(({ outcome, details }) => [details?.n, outcome])).toEqual([
      [3, 'ok'],
      [2, 'ok'],
      [1, 'ok'],
    ]);
  });
});

test.each(databases)(
  'U3 in %s a record that the database rejects is set aside with the reason and does not block the others',
  async (_, place) => {
    const aside: unknown[] = [];
    const log = createAuditLog(await openTestDatabase(await place()), { error: (it: unknown) => void aside.push(it) });
    await log.write([entry(1), entry(2, { actor: null as never }), entry(3), entry(4)]);
    expect((await log.read({ limit: 10 })).map(({ details }) => details?.n)).toEqual([4, 3, 1]);
    expect(aside).toEqual([{ err: expect.any(Error), record: expect.objectContaining({ id: entry(2).id }) }]);
  },
);
