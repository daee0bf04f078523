import jsonPatch from 'fast-json-patch';
import type { StoredRollout } from '../ports/rollouts.ts';
import type { RolloutUpdate, VersionedRollout } from '../protocol/rollouts.ts';

/** An admin that follows all rollouts that it may see. */
export interface Follower {
  readonly id: string;
  /** Of its token; undefined: it sees all. */
  readonly groups: readonly string[] | undefined;
  /** Bytes that wait to be read by it. */
  backlog(): number;
  send(updates: readonly RolloutUpdate[]): void;
}

/** Who has so much unread is told no more until it has read, and then how things are. */
const MAX_BACKLOG_BYTES = 2 * 1024 * 1024;
/** So many that have ended are at hand, the newest. */
const MAX_ENDED = 50;

/** A token that has groups sees the rollouts whose devices were all in them. */
export const isSeen = ({ groups }: Pick<StoredRollout, 'groups'>, by: readonly string[] | undefined): boolean =>
  by === undefined || (groups?.every((group) => by.includes(group)) ?? false);

/** The rollouts that are open or ended lately, and who follows them. */
export class Feed {
  readonly #known = new Map<string, StoredRollout>();
  readonly #followers = new Map<string, { follower: Follower; missed: Set<string> }>();
  /** In their order, with whom they concern. */
  #updates: { update: RolloutUpdate; of: StoredRollout }[] = [];

  get(id: string): StoredRollout | undefined {
    return this.#known.get(id);
  }

  all(): Iterable<StoredRollout> {
    return this.#known.values();
  }

  /** Takes in how one is now. */
  note(stored: StoredRollout, at: string): void {
    const { document, version } = stored;
    const before = this.#known.get(document.id);
    if (before && before.version >= version) return;
    this.#known.set(document.id, stored);
    const told = { rolloutId: document.id, version, at };
    if (before) {
      const patch = jsonPatch.compare(before.document, document);
      this.#updates.push({ update: { ...told, base: before.version, patch }, of: stored });
    } else this.#updates.push({ update: { ...told, document }, of: stored });
    this.#forgetOldest(at);
  }

  #forgetOldest(at: string): void {
    const ended = [...this.#known.values()].filter(({ document }) => document.endedAt !== undefined);
    if (ended.length <= MAX_ENDED) return;
    const oldest = ended.reduce((a, b) => ((a.document.endedAt ?? '') < (b.document.endedAt ?? '') ? a : b));
    const { id } = oldest.document;
    this.#known.delete(id);
    this.#updates.push({ update: { rolloutId: id, version: oldest.version, at, deleted: true }, of: oldest });
  }

  /** Tells all that was noted since the last time, in one message to each follower. */
  flush(at: string): void {
    const updates = this.#updates;
    this.#updates = [];
    for (const { follower, missed } of this.#followers.values()) {
      const theirs = updates.filter(({ of }) => isSeen(of, follower.groups)).map(({ update }) => update);
      if (follower.backlog() > MAX_BACKLOG_BYTES) {
        for (const { rolloutId } of theirs) missed.add(rolloutId);
        continue;
      }
      const told = theirs.filter(({ rolloutId }) => !missed.has(rolloutId));
      for (const rolloutId of missed) told.push(this.#whole(rolloutId, at));
      missed.clear();
      if (told.length > 0) follower.send(told);
    }
  }

  /** All that it may see, newest first; from now on it is told of what changes. */
  follow(follower: Follower, at: string): VersionedRollout[] {
    this.unfollow(follower.id);
    this.flush(at);
    this.#followers.set(follower.id, { follower, missed: new Set() });
    return [...this.#known.values()]
      .filter((it) => isSeen(it, follower.groups))
      .sort((a, b) => (a.document.id < b.document.id ? 1 : -1))
      .map(({ version, document }) => ({ version, document }));
  }

  unfollow(id: string): void {
    this.#followers.delete(id);
  }

  #whole(rolloutId: string, at: string): RolloutUpdate {
    const known = this.#known.get(rolloutId);
    if (!known) return { rolloutId, version: 0, at, deleted: true };
    return { rolloutId, version: known.version, at, document: known.document };
  }
}
