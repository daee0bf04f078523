import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/protocol/document.ts';

/**
 * Few keys, so that two random states share some. Includes characters that a JSON pointer must escape, and JavaScript
 * property names.
 */
const KEYS = ['a', 'b/c', '~d', '~1', '', '0', '-', 'length', 'toString', 'timestamp', 'uptime', 'time', 'ñ'];
const SECTIONS = ['vlc', 'system', 'storage', 'app', 'snapshot', 'timestamp', 'a/b', '~', '', 'playing'];

const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, 1, '', 'playing'),
  fc.integer({ min: -3, max: 1e6 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((it) => (Object.is(it, -0) ? 0 : it)),
  fc.string({ maxLength: 4 }),
);

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Any state that the gateway accepts. Small and with few keys, so that random states overlap. */
export const arbitraryState: fc.Arbitrary<JsonObject> = fc.dictionary(fc.constantFrom(...SECTIONS), value, {
  maxKeys: 5,
  noNullPrototype: true,
});
