import { describe, expect, test } from 'vitest';
import type { DeviceDocument } from '../../../src/protocol/document.ts';
import { Channel, EncodedUpdate, encodeBatch } from '../../../src/stream/channel.ts';
import { scopeKey } from '../../../src/stream/scope.ts';
import type { Batch } from '../../../src/stream/window.ts';
import { deviceDocument } from '../../support/http-harness.ts';

const AT = '2026-01-01T00:00:00.000Z';
const update = (version: number, deviceId = 'd1') =>
  new EncodedUpdate({ deviceId, version, at: AT, patch: [{ op: 'replace', path: '/name', value: `n${version}` }] });
const updatesOf = (batch: Batch | undefined): object[] => JSON.parse(`[${batch?.text ?? ''}]`);
const inGroup = (group: string | null): DeviceDocument => deviceDocument('d1', { group });

describe('scopes', () => {
  test('S1 equal scopes share one channel, whatever their order and repetitions', () => {
    expect(scopeKey({ groups: ['b', 'a', 'b'] })).toBe(scopeKey({ groups: ['a', 'b'] }));
    expect(scopeKey({ devices: ['a'] })).not.toBe(scopeKey({ groups: ['a'] }));
    expect(scopeKey({ groups: ['a,b'] })).not.toBe(scopeKey({ groups: ['a', 'b'] }));
  });

  test.each([
    ['stays', 'g', 'g', 'patch'],
    ['enters', null, 'g', 'document'],
    ['leaves', 'g', 'h', 'deleted'],
    ['is elsewhere', 'h', 'i', undefined],
  ])('A1 a device that %s', (_, before, after, form) => {
    const channel = new Channel({ groups: ['g'] });
    channel.add(update(3), inGroup(after), inGroup(before));
    const [sent] = updatesOf(channel.take());
    expect(sent && Object.keys(sent)).toEqual(form && ['deviceId', 'version', 'at', form]);
  });

  test('a new device is sent whole; a removed one is deleted', () => {
    const channel = new Channel({ all: true });
    channel.add(update(1), inGroup(null), undefined);
    channel.add(update(2), undefined, inGroup(null));
    expect(updatesOf(channel.take()).map((it) => Object.keys(it).at(-1))).toEqual(['document', 'deleted']);
  });
});

describe('batches', () => {
  const fill = (channel: Channel, batches: number, updates = 1) => {
    for (let i = 0; i < batches; i++) {
      for (let j = 0; j < updates; j++) channel.add(update(j), inGroup(null), inGroup(null));
      channel.take();
    }
  };

  test('S3 batches are numbered consecutively; without updates there is no batch', () => {
    const channel = new Channel({ all: true });
    expect(channel.take()).toBeUndefined();
    fill(channel, 2);
    expect(channel.sequence).toBe(2);
    expect(channel.cursor).toBe(`${channel.id}.2`);
    expect(channel.after(0)?.map((it) => it.sequence)).toEqual([1, 2]);
    expect(channel.after(2)).toEqual([]);
    expect(channel.after(3)).toBeUndefined();
  });

  test('A3 the window is bounded in batches and in updates', () => {
    const many = new Channel({ all: true });
    fill(many, 1300);
    expect(many.after(99)).toBeUndefined();
    expect(many.after(100)).toHaveLength(1200);

    const large = new Channel({ all: true });
    fill(large, 5, 9000);
    expect(large.after(2)).toBeUndefined();
    expect(large.after(3)).toHaveLength(2);
    fill(large, 1, 30_000);
    expect(large.after(5)).toHaveLength(1);
  });

  test('A3 the window is bounded in characters of JSON', () => {
    const channel = new Channel({ all: true });
    const document = deviceDocument('d1', {});
    for (let version = 1; version <= 200; version++) {
      const patch = [{ op: 'add', path: '/state/x', value: `${version}${'x'.repeat(250_000)}` } as const];
      channel.add(new EncodedUpdate({ deviceId: 'd1', version, at: '', patch }), document, document);
      channel.take();
    }
    expect(channel.after(160)).toBeUndefined();
    expect(channel.after(170)).toHaveLength(30);
  });

  test.each(['', 'x', 'other.1', '.1'])('the cursor %j is not of this channel', (cursor) => {
    expect(new Channel({ all: true }).sequenceOf(cursor)).toBeUndefined();
  });

  test.each(['-1', '1.5', 'x', '1e400'])('a cursor of this channel at %j is invalid', (sequence) => {
    const channel = new Channel({ all: true });
    expect(channel.sequenceOf(`${channel.id}.${sequence}`)).toBeUndefined();
  });

  test('an update is encoded once, however many channels and batches have it', () => {
    let encoded = 0;
    const value = { toJSON: () => ++encoded };
    const it = new EncodedUpdate({ deviceId: 'd1', version: 1, at: AT, patch: [{ op: 'add', path: '/x', value }] });
    const batches = ['g', 'g'].map(() => {
      const channel = new Channel({ all: true });
      for (let i = 0; i < 2; i++) channel.add(it, inGroup('g'), inGroup('g'));
      return JSON.parse(encodeBatch('c.1', (channel.take() as Batch).text));
    });
    expect(batches[0]).toMatchObject({ cursor: 'c.1', updates: [{ deviceId: 'd1' }, { deviceId: 'd1' }] });
    expect(batches[1]).toEqual(batches[0]);
    expect(encoded).toBe(1);
  });
});
