import { describe, expect, test } from 'vitest';
import { Replicas } from '../../../src/cluster/replicas.ts';
import { newDocument } from '../../../src/fleet/document.ts';
import type { DeviceDocument, Update } from '../../../src/protocol/document.ts';

const AT = '2026-11-29T12:00:00.000Z';
const document = (name: string | null = null): DeviceDocument => ({ ...newDocument('d', 0, 30_000), name });

function replicas() {
  const heard: { update: Update; after: unknown; before: unknown }[] = [];
  const it = new Replicas((update, after, before) => {
    heard.push({ update, after: after?.name, before: before?.name });
  });
  it.set({ version: 7, document: document('seven'), edited: ['name'], epoch: 2, owner: 'a' });
  const patch = (version: number): Update => ({
    deviceId: 'd',
    version,
    at: AT,
    patch: [{ op: 'replace', path: '/name', value: `v${version}` }],
  });
  return { it, heard, patch };
}

describe('copies of the devices of other instances', () => {
  test('the next change is applied, and reported with the previous document', () => {
    const { it, heard, patch } = replicas();
    const before = it.get('d')?.document;
    expect(it.take(patch(8), 2, 'a')).toBe(true);
    expect(it.get('d')).toMatchObject({ version: 8, document: { name: 'v8' }, edited: ['name'], epoch: 2, owner: 'a' });
    expect(heard).toEqual([{ update: patch(8), after: 'v8', before: 'seven' }]);
    expect(before?.name, 'documents are not changed').toBe('seven');
  });

  test.each([
    ['that does not follow', 9, 2],
    ['of an earlier epoch', 8, 1],
  ])('a change %s is not applied: the record must be read', (_, version, epoch) => {
    const { it, heard, patch } = replicas();
    expect(it.take(patch(version), epoch, 'b')).toBe(false);
    expect(it.get('d')).toMatchObject({ version: 7, owner: 'a', epoch: 2 });
    expect(heard).toEqual([]);
  });

  test('a known version only updates the owner', () => {
    const { it, heard, patch } = replicas();
    expect(it.take(patch(7), 3, 'b')).toBe(true);
    expect(it.get('d')).toMatchObject({ version: 7, document: { name: 'seven' }, owner: 'b', epoch: 3 });
    expect(it.take(patch(6), 2, 'c')).toBe(true);
    expect(it.get('d')).toMatchObject({ owner: 'b', epoch: 3 });
    expect(heard).toEqual([]);
  });

  test("a whole document replaces the copy whatever was missed; a new device has no operator's values yet", () => {
    const { it, heard } = replicas();
    expect(it.take({ deviceId: 'd', version: 20, at: AT, document: document('whole') }, 2, 'a')).toBe(true);
    expect(it.get('d')).toMatchObject({ version: 20, document: { name: 'whole' }, edited: ['name'] });
    expect(it.take({ deviceId: 'e', version: 1, at: AT, document: { ...document('new'), id: 'e' } }, 1, 'b')).toBe(
      true,
    );
    expect(it.get('e')).toMatchObject({ version: 1, edited: [], owner: 'b', epoch: 1 });
    expect(heard.map(({ after, before }) => [after, before])).toEqual([
      ['whole', 'seven'],
      ['new', undefined],
    ]);
    expect(it.size).toBe(2);
    expect([...it.ids]).toEqual(['d', 'e']);
    expect([...it.all()]).toMatchObject([{ version: 20 }, { version: 1 }]);
    expect(Object.keys([...it.all()][0] ?? {})).toEqual(['version', 'document']);
  });

  test('for an unknown device a patch and a removal are ignored', () => {
    const { it, heard, patch } = replicas();
    expect(it.take({ ...patch(1), deviceId: 'e' }, 1, 'b')).toBe(false);
    expect(it.take({ deviceId: 'e', version: 5, at: AT, deleted: true }, 1, 'b')).toBe(true);
    expect(heard).toEqual([]);
    expect(it.size).toBe(1);
  });

  test('a removal is reported with the previous document', () => {
    const { it, heard } = replicas();
    it.take({ deviceId: 'd', version: 8, at: AT, deleted: true }, 2, 'a');
    expect(it.get('d')).toBeUndefined();
    expect(heard).toMatchObject([{ update: { version: 8, deleted: true }, after: undefined, before: 'seven' }]);
  });

  test('a record that was read is reported whole; a device held here from now on is not reported', () => {
    const { it, heard } = replicas();
    it.replace({ version: 30, document: document('read'), edited: [] }, 4, 'b', AT);
    expect(heard).toMatchObject([{ update: { deviceId: 'd', version: 30, at: AT, document: {} }, before: 'seven' }]);
    expect(it.get('d')).toMatchObject({ version: 30, epoch: 4, owner: 'b', edited: [] });
    it.delete('d');
    expect(it.get('d')).toBeUndefined();
    expect(heard).toHaveLength(1);
  });

  test('an owner is updated unless its epoch is older', () => {
    const { it } = replicas();
    it.setOwner('d', 'b', 1);
    expect(it.get('d')?.owner).toBe('a');
    it.setOwner('d', '', 2);
    expect(it.get('d')).toMatchObject({ owner: '', epoch: 2 });
    it.setOwner('none', 'b', 1);
    expect(it.get('none')).toBeUndefined();
  });

  test.each([
    [7, 3, true],
    [6, 3, true],
    [8, 3, false],
    [7, 2, false],
  ])('version %d of epoch %d may differ: %s', (version, epoch, expected) => {
    expect(replicas().it.mayDiffer({ id: 'd', version, epoch })).toBe(expected);
    expect(replicas().it.mayDiffer({ id: 'none', version, epoch })).toBe(false);
  });
});
