import fc from 'fast-check';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { isFinal } from '../../src/client/errors.ts';
import { retryDelay } from '../../src/client/link.ts';
import { applyPatch } from '../../src/client/patch.ts';
import { createReplica } from '../../src/client/replica.ts';
import type { DeviceDocument, Json } from '../../src/protocol/document.ts';
import { errors } from '../../src/protocol/errors.ts';

describe('A1 the immutable patch', () => {
  test('gives the result of fast-json-patch, and leaves its input unchanged', () => {
    // Keys that the server refuses on input occur in no document.
    const json = fc
      .jsonValue({ maxDepth: 4 })
      .map((it) => JSON.parse(JSON.stringify(it)) as Json)
      .filter((it) => !/"(__proto__|constructor|prototype)"/.test(JSON.stringify(it)));
    fc.assert(
      fc.property(json, json, (before, after) => {
        const [was, is] = [{ it: before }, { it: after }];
        const text = JSON.stringify(was);
        expect(applyPatch(was, jsonPatch.compare(was, is))).toEqual(is);
        expect(JSON.stringify(was)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test('shares untouched parts; a patch that does not fit is refused', () => {
    const before = { a: { b: [1, { c: 1 }] }, d: { e: 1 } };
    const after = applyPatch(before, [{ op: 'replace', path: '/a/b/0', value: 2 }]);
    expect(after).toEqual({ a: { b: [2, { c: 1 }] }, d: { e: 1 } });
    expect(after.d).toBe(before.d);
    expect(after.a.b[1]).toBe(before.a.b[1]);
    const all: Operation[] = [
      { op: 'test', path: '/d/e', value: 1 },
      { op: 'copy', from: '/d', path: '/f' },
      { op: 'move', from: '/a/b', path: '/f/x~1y' },
      { op: 'add', path: '/f/x~1y/-', value: 3 },
    ];
    expect(applyPatch<unknown>(before, all)).toEqual(jsonPatch.applyPatch(structuredClone(before), all).newDocument);
    const wrong: Operation[] = [
      { op: 'replace', path: '/x/y', value: 1 },
      { op: 'replace', path: '/x', value: 1 },
      { op: 'remove', path: '/a/b/9' },
      { op: 'add', path: '/a/b/01', value: 1 },
      { op: 'add', path: '/__proto__', value: {} },
      { op: 'test', path: '/d/e', value: 2 },
    ];
    for (const operation of wrong) expect(() => applyPatch(before, [operation]), operation.path).toThrow('not fit');
  });
});

test('S3 a replica notices lost messages and patches that do not fit, and reports what it accepted before', () => {
  const document = (id: string) => ({ id, group: null, state: { n: 1 } }) as unknown as DeviceDocument;
  const replica = createReplica();
  const patch = (version: number, deviceId = 'a') => ({
    deviceId,
    version,
    at: '',
    patch: [{ op: 'replace' as const, path: '/state/n', value: version }],
  });
  replica.subscribed({ cursor: 'x.1', devices: [{ version: 1, document: document('a') }], more: 0 });
  expect(replica.received({ cursor: 'x.1', updates: [] })).toEqual({ changes: [] });
  for (const [cursor, updates] of [
    ['x.3', [patch(2)]],
    ['y.2', [patch(2)]],
    ['x.2', []],
  ] as const)
    expect(replica.received({ cursor, updates })).toEqual({ changes: [], fault: true });
  expect(replica.cursor).toBe('x.1');
  const { changes, fault } = replica.received({ cursor: 'x.2', updates: [patch(2), patch(4)] });
  expect([changes.length, fault, replica.cursor]).toEqual([1, true, undefined]);
  const known = replica.devices.get('a');
  const whole = { version: 2, document: { ...(known?.document as DeviceDocument) } };
  expect(replica.subscribed({ cursor: 'z.9', devices: [whole], more: 0 }).changes, 'the same version').toEqual([]);
  expect(replica.devices.get('a')).toBe(known);
  expect(replica.subscribed({ cursor: 'z.9', devices: [], more: 0 }).changes).toEqual([
    { deviceId: 'a', before: known },
  ]);
});

test('S8 while documents arrive in parts, a patch of a pending document is skipped, and documents that do not arrive are removed', () => {
  const whole = (id: string, version: number) => ({ version, document: { id, group: null, n: version } as never });
  const replica = createReplica();
  const patch = (deviceId: string, version: number) => ({
    deviceId,
    version,
    at: '',
    patch: [{ op: 'replace' as const, path: '/n', value: version }],
  });
  replica.subscribed({ cursor: 'x.1', devices: [whole('a', 1), whole('b', 1), whole('gone', 1)], more: 0 });
  replica.subscribed({ cursor: 'y.1', devices: [whole('a', 3)], more: 2 });
  expect(replica.cursor, 'no place to resume from').toBeUndefined();
  expect([...replica.devices.keys()], 'what was there stays until all has come').toEqual(['a', 'b', 'gone']);
  const updates = [
    patch('a', 4),
    patch('b', 6),
    { deviceId: 'new', version: 1, at: '', document: whole('new', 1).document },
  ];
  const { changes, fault } = replica.received({ cursor: 'y.2', updates });
  expect([changes.map((it) => it.deviceId), fault]).toEqual([['a', 'new'], undefined]);
  replica.add({ devices: [whole('b', 6)], more: 1 });
  expect(replica.received({ cursor: 'y.3', updates: [patch('b', 7)] }).fault).toBeUndefined();
  expect(replica.add({ devices: [], more: 0 }).changes).toMatchObject([{ deviceId: 'gone', before: { version: 1 } }]);
  expect([...replica.devices].map(([id, { version }]) => [id, version])).toEqual([
    ['a', 4],
    ['b', 7],
    ['new', 1],
  ]);
  expect(replica.cursor).toBe('y.3');
});

test('P9 the errors that the table marks as closing the session are final', () => {
  for (const [code, { closes }] of Object.entries(errors))
    expect([code, isFinal(code)]).toEqual([code, closes === 'session']);
});

test('delays double up to five seconds, with jitter', () => {
  expect([0, 1, 2, 3, 4, 1000].map((n) => retryDelay(n, 0.5))).toEqual([1000, 2000, 4000, 5000, 5000, 5000]);
  expect([retryDelay(0, 0), retryDelay(0, 0.999)]).toEqual([500, 1499]);
});
