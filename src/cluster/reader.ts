import type { DeviceRecord } from '../fleet/device-context.ts';
import { time } from '../fleet/document.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock } from '../ports/clock.ts';
import { coalesced } from '../ports/coalesced.ts';
import type { Entry, Head, Registry } from '../ports/registry.ts';
import type { Outbox } from './outbox.ts';
import type { Ownership } from './ownership.ts';
import type { Replicas } from './replicas.ts';
import type { VersionConflicts } from './version-conflicts.ts';

const COLLECT_MS = 50;
const RETRY_MS = 1000;
const MAX_READ = 200;

export interface ReaderDeps {
  fleet: Fleet;
  replicas: Replicas;
  registry: Registry;
  ownership: Ownership;
  outbox: Pick<Outbox, 'rewrite'>;
  conflicts: VersionConflicts;
  clock: Clock;
}

/** Reads from the registry what replication messages did not deliver: single devices, or everything. */
export class Reader {
  readonly #deps: ReaderDeps;
  readonly #behind = new Set<string>();
  #timer: unknown;

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#deps.clock.clearTimeout(this.#timer);
    this.#behind.clear();
  }

  /** A change of this device arrived that does not follow the known version. */
  behind(id: string): void {
    if (this.#behind.size === 0) this.#arm(COLLECT_MS);
    this.#behind.add(id);
  }

  /** Compares the whole registry with the local state. */
  readonly all = coalesced(() => this.#readAll());

  /** Resolves with the entries that were found. */
  async some(ids: readonly string[]): Promise<Entry[]> {
    const found: Entry[] = [];
    for (let i = 0; i < ids.length; i += MAX_READ) {
      for (const entry of await this.#deps.registry.read(ids.slice(i, i + MAX_READ))) {
        if (!entry) continue;
        this.#take(entry);
        found.push(entry);
      }
    }
    return found;
  }

  async #readAll(): Promise<void> {
    const { fleet, registry, ownership, outbox } = this.#deps;
    const listed = new Set<string>();
    for await (const heads of registry.scan()) {
      for (const { id } of heads) listed.add(id);
      await this.some(heads.filter((head) => this.#mustRead(head)).map((it) => it.id));
    }
    // The registry has lost these devices: write them again.
    for (const { id, epoch } of ownership.owned) if (!listed.has(id) && fleet.find(id)) outbox.rewrite(id, epoch);
  }

  #mustRead(head: Head): boolean {
    const { fleet, replicas, ownership, outbox, conflicts } = this.#deps;
    const { id, version, epoch, owner } = head;
    if (!ownership.isOurs(head)) return true;
    const held = fleet.get(id);
    if (held) {
      if (version !== held.version) outbox.rewrite(id, ownership.epochOf(id));
      return false;
    }
    const known = replicas.get(id)?.version ?? 0;
    if (version > known || replicas.isStored(id)) return true;
    const diverged = replicas.mayDiffer(head);
    replicas.setOwner(id, owner, epoch);
    if (version < known || diverged) conflicts.note({ id, version: known, diverged });
    return false;
  }

  #take(entry: Entry): void {
    const { fleet, replicas, ownership, conflicts, clock } = this.#deps;
    const { id, epoch, owner, version, record } = entry;
    if (!ownership.isOurs(entry)) ownership.lose(id, owner, epoch);
    if (fleet.find(id)) return;
    const known = replicas.get(id)?.version ?? 0;
    const at = time(clock.wall());
    if (version === known && replicas.isStored(id) && record !== undefined) {
      replicas.set({ ...recordOf(record, version), epoch, owner });
      return;
    }
    const diverged = replicas.mayDiffer(entry);
    if (version < known || diverged) conflicts.note({ id, version: known, diverged });
    if (version <= known) replicas.setOwner(id, owner, epoch);
    else if (record === undefined) replicas.take({ deviceId: id, version, at, deleted: true }, epoch, owner);
    else replicas.replace(recordOf(record, version), epoch, owner, at);
  }

  #arm(ms: number): void {
    const { clock } = this.#deps;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => {
      const ids = [...this.#behind];
      this.#behind.clear();
      this.some(ids).catch(() => {
        for (const id of ids) this.#behind.add(id);
        this.#arm(RETRY_MS);
      });
    }, ms);
  }
}

const recordOf = (record: string, version: number): DeviceRecord => ({
  ...(JSON.parse(record) as Omit<DeviceRecord, 'version'>),
  version,
});
