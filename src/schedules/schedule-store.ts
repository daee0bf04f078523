import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, durable, orUndone } from '../ports/durable.ts';
import { PendingChanges } from '../ports/pending-changes.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Identity } from '../protocol/admin.ts';
import type { Time } from '../protocol/document.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import { normalGroup } from '../protocol/group-name.ts';
import { MAX_SCHEDULES, type NewSchedule } from '../protocol/schedules.ts';

/** A stored record. */
export interface StoredSchedule extends NewSchedule {
  id: string;
  createdAt: Time;
  createdBy: string;
  changedAt: Time;
  changedBy: string;
  /** It runs with the rights of this token, as long as it exists. */
  tokenId: string;
  groups?: readonly string[];
  /** Runs that were due before this do not count: the schedule was different or paused then. */
  from: Time;
}

/** All schedules. In a cluster the changes of other instances are loaded every few seconds. */
export class ScheduleStore {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #schedules = new Map<string, StoredSchedule>();
  readonly #changes = new PendingChanges<StoredSchedule | undefined>();
  #writes = 0;
  #creating = 0;
  readonly #changed: () => void;

  /** @param changed called when any schedule may have changed */
  constructor(store: StateStore, clock: Clock, changed: () => void) {
    this.#store = store;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Loads what is stored: other instances may have changed it. */
  async load(): Promise<void> {
    for (;;) {
      const writes = this.#writes;
      await this.#store.committed();
      const stored = await this.#store.load<StoredSchedule>('schedules');
      // This instance wrote meanwhile: the loaded records may be older.
      if (writes !== this.#writes) continue;
      // Unchanged schedules keep their identity, on which caches depend.
      for (const [id, it] of stored) {
        const known = this.#schedules.get(id);
        stored.set(id, known && known.changedAt === it.changedAt ? known : withNormalGroups(it));
      }
      this.#schedules = stored;
      this.#changed();
      return;
    }
  }

  /**
   * Reads one again, before an edit: another instance may have changed or removed it.
   * @throws VigiaError `unavailable`
   */
  async refresh(id: string): Promise<void> {
    for (;;) {
      const writes = this.#writes;
      await durable(this.#store);
      const found = this.#store.find<StoredSchedule>('schedules', id);
      const [stored] = await orUnavailable(
        () => found,
        'The schedule cannot be read now.',
        () => {},
      );
      if (writes !== this.#writes) continue;
      if (stored?.changedAt === this.#schedules.get(id)?.changedAt) return;
      this.#writes++;
      if (stored) this.#schedules.set(id, withNormalGroups(stored));
      else this.#schedules.delete(id);
      this.#changed();
      return;
    }
  }

  get(id: string): StoredSchedule | undefined {
    return this.#schedules.get(id);
  }

  all(): StoredSchedule[] {
    return [...this.#schedules.values()].sort((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? -1 : 1));
  }

  /** @throws VigiaError `conflict` (too many), `unavailable` */
  async create(wanted: NewSchedule, by: Identity): Promise<StoredSchedule> {
    if (this.#schedules.size + this.#creating >= MAX_SCHEDULES) {
      throw new VigiaError(
        'conflict',
        `There are ${MAX_SCHEDULES} schedules already; remove some that are not needed.`,
      );
    }
    const now = this.#now();
    const id = `sch-${randomBytes(8).toString('hex')}`;
    const created = { id, ...wanted, createdAt: now, createdBy: by.name, ...changed(by, now), from: now };
    checkWritable(this.#store);
    this.#creating++;
    this.#store.put('schedules', id, created);
    try {
      await orUndone(durable(this.#store), () => this.#store.put('schedules', id, undefined));
      this.#schedules.set(id, created);
    } finally {
      this.#creating--;
      this.#writes++;
      this.#changed();
    }
    return created;
  }

  /**
   * `isAnew`: runs that were due before now are dropped.
   * @throws VigiaError `unavailable`; the previous one stays
   */
  async replace(known: StoredSchedule, wanted: NewSchedule, by: Identity, isAnew: boolean): Promise<StoredSchedule> {
    const { id, createdAt, createdBy, changedAt } = known;
    const now = this.#nowAfter(changedAt);
    const from = isAnew ? now : known.from;
    const replaced = { id, ...wanted, createdAt, createdBy, ...changed(by, now), from };
    await this.#set(id, replaced);
    return replaced;
  }

  /** @throws VigiaError `unavailable` */
  remove(id: string): Promise<void> {
    return this.#set(id, undefined);
  }

  async #set(id: string, schedule: StoredSchedule | undefined): Promise<void> {
    checkWritable(this.#store);
    const was = this.#schedules.get(id);
    this.#put(id, schedule);
    try {
      const change = { was, is: schedule, stored: durable(this.#store) };
      await this.#changes.settle(id, change, (previous) => this.#put(id, previous));
    } finally {
      this.#writes++;
      this.#changed();
    }
  }

  #put(id: string, schedule: StoredSchedule | undefined): void {
    this.#writes++;
    if (schedule) this.#schedules.set(id, schedule);
    else this.#schedules.delete(id);
    this.#store.put('schedules', id, schedule);
  }

  /** Instances tell versions apart by `changedAt`, so two edits in one millisecond must differ. */
  #nowAfter(changedAt: Time): Time {
    const wall = this.#clock.wall();
    const last = Date.parse(changedAt);
    return new Date(last >= wall && last - wall < 1000 ? last + 1 : wall).toISOString();
  }

  #now(): Time {
    return new Date(this.#clock.wall()).toISOString();
  }
}

/** As the groups of its token, which earlier versions kept with slashes at their ends. */
const withNormalGroups = (it: StoredSchedule): StoredSchedule =>
  it.groups ? { ...it, groups: it.groups.map(normalGroup) } : it;

const changed = ({ tokenId, name, groups }: Identity, now: Time) => ({
  changedAt: now,
  changedBy: name,
  tokenId,
  ...(groups && { groups }),
});
