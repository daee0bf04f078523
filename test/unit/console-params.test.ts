import { describe, expect, it } from 'vitest';
import { paramFields, paramsOf } from '../../src/console/core/param-fields.ts';

const schema = {
  type: 'object',
  required: ['seconds'],
  properties: {
    seconds: { type: 'integer', minimum: 0, maximum: 60, title: 'Delay', description: 'in seconds', default: 5 },
    mode: { enum: ['soft', 'hard', null] },
    note: { type: 'string', default: 'by hand' },
    force: { type: 'boolean' },
    more: { type: 'object' },
  },
};

describe('C9 the form of a declared command', () => {
  it('has a field for each parameter, according to its schema', () => {
    const fields = paramFields(schema);
    expect(
      fields.map(({ name, kind, label, isRequired, initial }) => [name, kind, label, isRequired, initial]),
    ).toEqual([
      ['seconds', 'number', 'Delay', true, '5'],
      ['mode', 'choice', 'mode', false, ''],
      ['note', 'text', 'note', false, 'by hand'],
      ['force', 'flag', 'force', false, ''],
      ['more', 'json', 'more', false, ''],
    ]);
    expect(fields[0]).toMatchObject({ help: 'in seconds', minimum: 0, maximum: 60, isWhole: true });
  });

  it('is omitted without parameters, and has one field if they have no names', () => {
    expect(paramFields(undefined)).toEqual([]);
    expect(paramFields({ type: 'object', additionalProperties: false })).toEqual([]);
    expect(paramFields({ type: 'object' })).toMatchObject([{ name: '', kind: 'json', initial: '{}' }]);
  });

  it('returns typed values, and omits empty ones', () => {
    const entered = { seconds: '7', mode: '"hard"', note: '12', force: 'false', more: '{"a":[1]}' };
    expect(paramsOf(paramFields(schema), entered)).toEqual({
      params: { seconds: 7, mode: 'hard', note: '12', force: false, more: { a: [1] } },
      wrong: [],
    });
    expect(paramsOf(paramFields(schema), { seconds: '', note: '' })).toEqual({ params: {}, wrong: [] });
    expect(paramsOf(paramFields(schema), { more: '{', seconds: '1' })).toEqual({
      params: { seconds: 1 },
      wrong: ['more'],
    });
    expect(paramsOf(paramFields({ type: 'object' }), { '': '{"free":1}' })).toEqual({ params: { free: 1 }, wrong: [] });
  });
});
