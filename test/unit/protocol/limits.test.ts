import { describe, expect, test } from 'vitest';
import { VigiaError } from '../../../src/protocol/errors.ts';
import { MAX_DEPTH, measure } from '../../../src/protocol/limits.ts';

function faultOf(value: unknown): { code: string; path: string | undefined } | undefined {
  try {
    measure(value, 10_000_000);
    return undefined;
  } catch (error) {
    if (!(error instanceof VigiaError)) throw error;
    return { code: error.code, path: error.details?.[0]?.path };
  }
}

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
}

describe('input refused before it is traversed', () => {
  test(`deeper than ${MAX_DEPTH} levels`, () => {
    expect(faultOf(nested(MAX_DEPTH))).toBeUndefined();
    expect(faultOf(nested(MAX_DEPTH + 1))).toMatchObject({
      code: 'invalid_payload',
      path: expect.stringMatching(/^a\.a/),
    });
  });

  test('a depth that would exhaust the stack', () => {
    expect(faultOf(nested(100_000))?.code).toBe('invalid_payload');
  });

  test.each(['__proto__', 'constructor', 'prototype'])('the key %s, at any depth', (key) => {
    const value = JSON.parse(`{ "vlc": { "list": [1, { "${key}": {} }] } }`);
    expect(faultOf(value)).toEqual({ code: 'invalid_payload', path: `vlc.list.1.${key}` });
  });

  test.each<[unknown]>([[Buffer.from('x')], [new Uint8Array(1)], [new ArrayBuffer(1)]])('binary data', (value) => {
    expect(faultOf({ a: [value] })).toEqual({ code: 'invalid_payload', path: 'a.0' });
  });

  test.each<[unknown]>([[null], [true], [1], ['text'], [undefined], [[]], [{}], [{ toString: 1, '': [null] }]])(
    'but not %j',
    (value) => {
      expect(faultOf(value)).toBeUndefined();
    },
  );
});

describe('payload_too_large', () => {
  const refusal = (value: unknown, maxBytes: number) => {
    try {
      measure(value, maxBytes);
      return undefined;
    } catch (error) {
      return error instanceof VigiaError ? error.code : error;
    }
  };
  test('counts bytes, not characters', () => {
    const text = 'ñ'.repeat(100);
    expect(refusal({ text }, 300)).toBeUndefined();
    expect(refusal({ text }, 200)).toBe('payload_too_large');
    expect(refusal({ text: '\u0001'.repeat(100) }, 500)).toBe('payload_too_large');
  });

  test('never refuses what fits exactly', () => {
    for (const value of [{}, { a: 1 }, { list: Array(4000).fill(1) }, { text: 'x'.repeat(1000) }])
      expect(refusal(value, Buffer.byteLength(JSON.stringify(value)))).toBeUndefined();
  });

  test('L3 any number of values is accepted if the bytes fit', () => {
    const items = Array.from({ length: 714 }, (_, i) => ({
      id: i,
      uri: `clip-${i}.mp4`,
      name: null,
      on: true,
      at: 0,
      w: 1,
      h: 1,
    }));
    const many = { list: Array(130_000).fill(0) };
    for (const value of [{ playlist: { items } }, many]) expect(refusal(value, 262_144)).toBeUndefined();
    expect(refusal({ list: Array(131_072).fill(0) }, 262_144)).toBe('payload_too_large');
  });

  test('refuses what is much too large, and what is a byte too large', () => {
    const list = Array(4000).fill(1);
    expect(refusal(list, JSON.stringify(list).length - 1)).toBe('payload_too_large');
    expect(refusal(list, 256)).toBe('payload_too_large');
  });

  test('refuses a number that is written long', () => {
    expect(refusal(Array(100).fill(-1.234567890123456e-300), 1000)).toBe('payload_too_large');
  });
});
