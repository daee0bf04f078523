import jsonPatch from 'fast-json-patch';
import type { DeviceRecord } from '../fleet/device-context.ts';
import type { ChangeListener } from '../fleet/fleet.ts';
import type { DeviceDocument, Update, VersionedDocument } from '../protocol/document.ts';

/** A device that another instance holds, or none. */
export interface Replica extends DeviceRecord {
  epoch: number;
  /** Empty if no owner is known. */
  owner: string;
}

/** The documents of all devices that are not held here, so that reads need no request to another instance. */
export class Replicas {
  readonly #byId = new Map<string, Replica>();
  readonly #changed: ChangeListener;

  constructor(changed: ChangeListener) {
    this.#changed = changed;
  }

  get(id: string): Replica | undefined {
    return this.#byId.get(id);
  }

  get size(): number {
    return this.#byId.size;
  }

  get ids(): Iterable<string> {
    return this.#byId.keys();
  }

  *all(): Iterable<VersionedDocument> {
    for (const { version, document } of this.#byId.values()) yield { version, document };
  }

  /** Whether it is known from the database alone: what its owner published may be something else. */
  isStored(id: string): boolean {
    return this.#byId.get(id)?.epoch === 0;
  }

  /** Stores a record without notifying listeners. */
  set(replica: Replica): void {
    this.#byId.set(replica.document.id, replica);
  }

  /** Removes a device that is held here from now on, without notifying listeners. */
  delete(id: string): void {
    this.#byId.delete(id);
  }

  setOwner(id: string, owner: string, epoch: number): void {
    const replica = this.#byId.get(id);
    if (replica && epoch >= replica.epoch) Object.assign(replica, { owner, epoch });
  }

  /**
   * Whether this owner may have published other content than is known here with the same version: its claim is newer,
   * and the previous owner may have published changes that it could not hand over. The owner must then advance past
   * this version (see `VersionConflicts`).
   */
  mayDiffer({ id, version, epoch }: { id: string; version: number; epoch: number }): boolean {
    const known = this.#byId.get(id);
    return known !== undefined && epoch > known.epoch && version <= known.version;
  }

  /** Applies an owner's change. False if it does not follow the known version: then the whole record must be read. */
  take(update: Update, epoch: number, owner: string): boolean {
    const { deviceId: id, version } = update;
    const known = this.#byId.get(id);
    if (known && version <= known.version) {
      this.setOwner(id, owner, epoch);
      return true;
    }
    // Late, or from an owner that does not know its epoch yet: the registry decides.
    if (known && epoch < known.epoch) return false;
    if ('patch' in update) {
      if (known?.version !== version - 1) return false;
      const document = jsonPatch.applyPatch(known.document, update.patch, false, false).newDocument;
      this.#put(update, { ...known, version, document, epoch, owner });
    } else if ('document' in update) {
      this.#put(update, { version, document: update.document, edited: known?.edited ?? [], epoch, owner });
    } else if (known) {
      this.#byId.delete(id);
      this.#changed(update, undefined, known.document);
    }
    return true;
  }

  /** Applies a whole record that is newer than the known one. */
  replace(record: DeviceRecord, epoch: number, owner: string, at: string): void {
    const { version, document } = record;
    this.#put({ deviceId: document.id, version, at, document }, { ...record, epoch, owner });
  }

  #put(update: Update, replica: Replica): void {
    const before: DeviceDocument | undefined = this.#byId.get(update.deviceId)?.document;
    this.#byId.set(update.deviceId, replica);
    this.#changed(update, replica.document, before);
  }
}
