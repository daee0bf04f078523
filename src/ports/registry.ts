/**
 * The state shared by all instances of a cluster: the owner and the last record of each device. A device's *epoch*
 * grows with each change of owner; a write with an older epoch is rejected, no matter how late it arrives.
 *
 * Every call has a timeout, and rejects while the registry is unavailable.
 */
export interface Registry {
  /** Whether the last call succeeded. */
  readonly reachable: boolean;
  /**
   * Makes `me` the owner of these devices, each with a new epoch greater than `floor` (the last epoch known here, as
   * the registry may have lost its data).
   * @param from claim only devices that are unowned or owned by one of these; undefined: claim all
   */
  claim(wanted: readonly { id: string; floor: number }[], from?: readonly string[]): Promise<Claim[]>;
  /**
   * Writes records whose device this instance still owns and whose version is newer, and publishes `message`. Returns
   * devices with another owner, and own devices for which an earlier owner has already written this version or a later
   * one.
   */
  write(records: readonly OwnedRecord[], message: Uint8Array | undefined): Promise<Head[]>;
  /** In the order of the ids; undefined for devices that never had an owner. */
  read(ids: readonly string[]): Promise<(Entry | undefined)[]>;
  /** All devices that ever had an owner, in batches. */
  scan(): AsyncIterable<Head[]>;
  /** Sends a heartbeat of this instance. Returns the last heartbeat of each instance, in ms of the registry's clock. */
  heartbeat(): Promise<Pulse>;
  /** Gives up ownership. The epochs and versions confirm the written records, so that the next owner can trust them. */
  release(owned: readonly Omit<Head, 'owner'>[]): Promise<void>;
  /** Unregisters this instance, so that others need not wait for its timeout. */
  leave(): Promise<void>;
}

export interface Ownership {
  id: string;
  epoch: number;
  /** One run of an instance (`<NODE_ID>:<random>`): after a restart, it is another owner. */
  owner: string;
}

export interface Head extends Ownership {
  version: number;
}

export interface Entry extends Head {
  /** JSON; undefined if the device was removed or has not been written yet. */
  record: string | undefined;
}

/** The granted claim; if it was not granted, the current owner and epoch. */
export interface Claim extends Entry {
  granted: boolean;
  /** The previous owner; empty if there was none. */
  before: string;
}

export interface OwnedRecord {
  id: string;
  epoch: number;
  version: number;
  /** JSON; undefined if the device was removed. */
  record: string | undefined;
}

export interface Pulse {
  now: number;
  lastHeard: ReadonlyMap<string, number>;
  /** The registry did not know this instance: it is new, or the registry lost its data. */
  isNew: boolean;
}
