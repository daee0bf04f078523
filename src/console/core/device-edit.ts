import type { DeviceDocument, VersionedDocument } from '../../protocol/document.ts';
import type { RestError } from './errors.ts';
import type { Rest } from './rest.ts';

/** The fields of a device that people edit. */
export type Particulars = Pick<DeviceDocument, 'name' | 'group' | 'labels'>;

/** Somebody else changed the same fields meanwhile. `newer`: their values. */
export class ChangedMeanwhile extends Error {
  readonly newer: Particulars;

  constructor(newer: Particulars) {
    super('It was changed meanwhile.');
    this.newer = newer;
  }
}

/** Reports change the version of a busy device, too, so a conflict is retried this often. */
const ATTEMPTS = 5;

/**
 * Saves the fields in which `wanted` differs from `known`, the state when editing began.
 * @throws ChangedMeanwhile if one of these fields has changed since
 */
export async function saveParticulars(rest: Rest, id: string, known: Particulars, wanted: Particulars): Promise<void> {
  const path = `/devices/${encodeURIComponent(id)}`;
  const changed = keys.filter((key) => !isSame(known, wanted, key));
  if (changed.length === 0) return;
  const changes = Object.fromEntries(changed.map((key) => [key, wanted[key]]));
  for (let left = ATTEMPTS; ; left--) {
    const { version, document } = await rest.get<VersionedDocument>(path);
    if (!changed.every((key) => isSame(known, document, key))) throw new ChangedMeanwhile(particularsOf(document));
    try {
      await rest.patch(path, changes, version);
      return;
    } catch (error) {
      if ((error as RestError).code !== 'conflict' || left === 1) throw error;
    }
  }
}

/** Adopts others' changes in fields that were not edited. */
export function rebased(wanted: Particulars, known: Particulars, newer: Particulars): Particulars {
  const kept = keys.filter((key) => !isSame(known, wanted, key)).map((key) => [key, wanted[key]]);
  return { ...newer, ...Object.fromEntries(kept) };
}

export const particularsOf = ({ name, group, labels }: DeviceDocument): Particulars => ({ name, group, labels });

const keys = ['name', 'group', 'labels'] as const;
const textOf = (value: Particulars[keyof Particulars]) =>
  JSON.stringify(value !== null && typeof value === 'object' ? Object.entries(value).sort() : value);
const isSame = (a: Particulars, b: Particulars, key: keyof Particulars) => textOf(a[key]) === textOf(b[key]);
