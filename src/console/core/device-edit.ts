import type { DeviceDocument, VersionedDocument } from '../../protocol/document.ts';
import type { RestError } from './errors.ts';
import type { Rest } from './rest.ts';

/** What people say of a device. */
export type Particulars = Pick<DeviceDocument, 'name' | 'group' | 'labels'>;

/** Somebody else was faster. `newer`: what they made of it. */
export class ChangedMeanwhile extends Error {
  readonly newer: Particulars;

  constructor(newer: Particulars) {
    super('It was changed meanwhile.');
    this.newer = newer;
  }
}

/** Reports move the version of a busy device, too: so often it is tried to be between two of them. */
const ATTEMPTS = 5;

/**
 * Writes what `wanted` has different from `known`, which is what was seen when the editing began.
 * @throws ChangedMeanwhile where the device is no longer as it was seen
 */
export async function saveParticulars(rest: Rest, id: string, known: Particulars, wanted: Particulars): Promise<void> {
  const path = `/devices/${encodeURIComponent(id)}`;
  for (let left = ATTEMPTS; ; left--) {
    const { version, document } = await rest.get<VersionedDocument>(path);
    if (keyOf(document) !== keyOf(known)) throw new ChangedMeanwhile(particularsOf(document));
    try {
      await rest.patch(path, changesOf(known, wanted), version);
      return;
    } catch (error) {
      if ((error as RestError).code !== 'conflict' || left === 1) throw error;
    }
  }
}

export const particularsOf = ({ name, group, labels }: DeviceDocument): Particulars => ({ name, group, labels });

const labelsKey = (labels: Particulars['labels']) => JSON.stringify(Object.entries(labels).sort());
const keyOf = ({ name, group, labels }: Particulars) => JSON.stringify([name, group, labelsKey(labels)]);

/** What is not named stays as the device itself tells it. */
function changesOf(known: Particulars, wanted: Particulars): Partial<Particulars> {
  return {
    ...(wanted.name !== known.name && { name: wanted.name }),
    ...(wanted.group !== known.group && { group: wanted.group }),
    ...(labelsKey(wanted.labels) !== labelsKey(known.labels) && { labels: wanted.labels }),
  };
}
