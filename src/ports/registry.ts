/**
 * What all instances of a cluster know together: who owns which device, and each device's last record. An *epoch* grows
 * with each change of owner; what an owner of an earlier epoch writes is refused, however late it comes.
 *
 * Every call is bounded in time, and rejects while the registry cannot be reached.
 */
export interface Registry {
  /** Did the last call reach it? */
  readonly reachable: boolean;
  /**
   * Makes `me` the owner of these devices, each with a new epoch, greater than `floor` (what is known of it here: the
   * registry may have lost its memory). `from`: only where nobody owns it, or one of these does; undefined: whoever does.
   */
  claim(wanted: readonly { id: string; floor: number }[], from?: readonly string[]): Promise<Claim[]>;
  /**
   * Writes what the owner has, where it still is the owner and the version is newer, and publishes the news. Returns what is
   * owned otherwise, and (with a version) what is `me`'s and was written otherwise, up to that version, by an earlier owner.
   */
  write(records: readonly OwnedRecord[], news: Uint8Array | undefined): Promise<Head[]>;
  /** In the order of the ids; undefined where nobody ever owned it. */
  read(ids: readonly string[]): Promise<(Entry | undefined)[]>;
  /** All that were ever owned, in pieces. */
  scan(): AsyncIterable<Head[]>;
  /** Says that this instance lives. Tells when (by the registry's clock, milliseconds) each was heard last. */
  beat(): Promise<Pulse>;
  /** Gives up what is owned with these epochs and is written up to these versions: the next owner may trust it. */
  release(owned: readonly Omit<Head, 'owner'>[]): Promise<void>;
  /** This instance leaves: nobody need wait for it to be missed. */
  leave(): Promise<void>;
}

export interface Ownership {
  id: string;
  epoch: number;
  /** The name of an instance's life (`<NODE_ID>:<random>`): a restarted instance is another owner. */
  owner: string;
}

export interface Head extends Ownership {
  version: number;
}

export interface Entry extends Head {
  /** JSON; undefined: the device was removed, or has not been written yet. */
  record: string | undefined;
}

/** Granted, or (with the present owner and epoch) not. */
export interface Claim extends Entry {
  granted: boolean;
  /** Who owned it before; empty: nobody. */
  before: string;
}

export interface OwnedRecord {
  id: string;
  epoch: number;
  version: number;
  /** JSON; undefined: it was removed. */
  record: string | undefined;
}

export interface Pulse {
  now: number;
  lastHeard: ReadonlyMap<string, number>;
  /** The registry did not know this instance: it is new, or the registry has lost its memory. */
  isNew: boolean;
}
