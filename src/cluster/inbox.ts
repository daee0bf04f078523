import type { Logger } from 'pino';
import type { TokenChange } from '../access/shared-tokens.ts';
import type { LedgerEntry } from '../fleet/ledger-entry.ts';
import type { Membership } from './membership.ts';
import type { Ownership } from './ownership.ts';
import type { Reader } from './reader.ts';
import type { Replicas } from './replicas.ts';
import { decode, type ReplicationMessage } from './replication-message.ts';
import type { VersionConflicts } from './version-conflicts.ts';

export interface InboxDeps {
  membership: Membership;
  replicas: Replicas;
  ownership: Ownership;
  reader: Reader;
  conflicts: VersionConflicts;
  log: Logger;
  command(entry: LedgerEntry): void;
  token(change: TokenChange): void;
  /** A message of another instance was lost. */
  missed(): void;
  /** First message of an instance. */
  joined(): void;
}

/**
 * Receives the replication messages of the other instances. Messages are numbered: after a gap, the missed changes are
 * read from the store.
 */
export class Inbox {
  readonly #deps: InboxDeps;
  readonly #sequences = new Map<string, number>();

  constructor(deps: InboxDeps) {
    this.#deps = deps;
  }

  take(bytes: Buffer): void {
    const message = decode(bytes);
    const { membership, replicas, ownership, reader, conflicts, log, command, token, missed, joined } = this.#deps;
    const { from, sequence, isBeat, changes = [], commands = [], tokens = [] } = message;
    if (from === membership.me) return;
    membership.heard(from);
    if (!this.#sequences.has(from)) joined();
    if (this.#isGap(from, sequence, isBeat === true)) {
      log.warn(
        { instance: from, sequence },
        'messages of another instance were lost; its changes are read from the store',
      );
      missed();
    }
    // Tokens and blocks first: a device that is blocked and then removed must be refused as blocked, not as removed.
    for (const it of tokens) token(it);
    for (const [epoch, update] of changes) {
      const id = update.deviceId;
      // Both instances took the device while cut off from each other. The first to write owns it, and only the registry
      // knows which.
      if (ownership.holds(id) && epoch === ownership.epochOf(id)) {
        reader.behind(id);
        continue;
      }
      if (!ownership.isOurs({ id, epoch, owner: from })) ownership.lose(id, from, epoch);
      if (ownership.holds(id)) continue;
      const known = replicas.get(id)?.version ?? 0;
      const diverged = replicas.mayDiffer({ id, version: update.version, epoch });
      if (update.version < known || diverged) conflicts.note({ id, version: known, diverged });
      if (!replicas.take(update, epoch, from)) reader.behind(id);
    }
    for (const entry of commands) command(entry);
    if (message.left) this.#hasLeft(from);
  }

  #hasLeft(from: string): void {
    this.#sequences.delete(from);
    this.#deps.membership.left(from);
  }

  #isGap(from: string, sequence: ReplicationMessage['sequence'], isBeat: boolean): boolean {
    const last = this.#sequences.get(from);
    this.#sequences.set(from, sequence);
    return last !== undefined && sequence !== (isBeat ? last : last + 1);
  }

  /** A dead instance sends nothing more. */
  forget(instance: string): void {
    this.#sequences.delete(instance);
  }
}
