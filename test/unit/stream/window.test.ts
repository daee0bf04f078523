import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Batch, Window } from '../../../src/stream/window.ts';

const MAX_BYTES = 8 * 1024 * 1024;

function windowOf() {
  const window = new Window();
  const added: Batch[] = [];
  const add = (text: string, count = 1) => {
    const batch = { sequence: added.length + 1, count, text };
    added.push(batch);
    window.add(batch);
  };
  /** The sequences that the window holds; their texts are those that were added. */
  const held = (): number[] => {
    const last = added.length;
    let first = last + 1;
    while (first > 1 && window.after(first - 2)) first--;
    const batches = window.after(first - 1) ?? [];
    for (const { sequence, count, text, size } of batches) {
      expect({ sequence, count, text }).toEqual(added[sequence - 1]);
      expect(size).toBe(Buffer.byteLength(text));
    }
    return batches.map(({ sequence }) => sequence);
  };
  return { window, add, added, held };
}

describe('A3 the window of past batches', () => {
  test('an empty one reaches back to nothing', () => {
    expect(new Window().after(0)).toBeUndefined();
  });

  test('holds the newest batches without a gap, with their texts, whatever their sizes are', () => {
    const batch = fc.record({
      character: fc.constantFrom('x', 'é', '€', '😀'),
      times: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 400_000 })),
      count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 8000 })),
    });
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 120 }), (batches) => {
        const { add, held } = windowOf();
        const sizes = batches.map(({ character, times }) => Buffer.byteLength(character) * times);
        for (const [i, { character, times, count }] of batches.entries()) {
          add(character.repeat(times), count);
          // Most of the time, so that a small ring drops, wraps and grows.
          if (i % 7 !== 0 && i < batches.length - 1) continue;
          const sequences = held();
          const last = i + 1;
          expect(sequences).toEqual(sequences.map((_, k) => last - sequences.length + 1 + k));
          const sum = (of: readonly number[]) => of.slice(last - sequences.length, last).reduce((a, b) => a + b, 0);
          expect(sum(sizes)).toBeLessThanOrEqual(MAX_BYTES);
          expect(sum(batches.map((it) => it.count))).toBeLessThanOrEqual(20_000);
          // A text does not lie across the end of the ring, so up to the size of the largest one may be left over.
          const room = MAX_BYTES - Math.max(...sizes);
          let kept = 0;
          for (let bytes = 0, updates = 0; kept < last; kept++) {
            bytes += sizes[last - 1 - kept] as number;
            updates += batches[last - 1 - kept]?.count as number;
            if (bytes > room || updates > 20_000) break;
          }
          expect(sequences.length).toBeGreaterThanOrEqual(kept);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('goes round many times, and drops what it overwrites', () => {
    const { window, add, added, held } = windowOf();
    let first = 1;
    for (let i = 0; i < 300; i++) {
      add(String(i % 10).repeat(100_000 + i * 37));
      while (!window.after(first - 1)) first++;
      expect(window.after(first - 1)?.[0]?.text, `the oldest one after ${i + 1}`).toBe(added[first - 1]?.text);
    }
    expect(held().length).toBeGreaterThan(70);
  });

  test('one batch that is too large empties it; the next ones are held again', () => {
    const { window, add, held } = windowOf();
    add('small');
    add('x'.repeat(MAX_BYTES + 1));
    expect(window.after(1)).toBeUndefined();
    add('next');
    expect(held()).toEqual([3]);
    add('x'.repeat(MAX_BYTES));
    expect(held()).toEqual([4]);
  });
});
