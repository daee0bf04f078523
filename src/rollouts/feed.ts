import jsonPatch from 'fast-json-patch';
import type { StoredRollout } from '../ports/rollouts.ts';
import { normalGroup } from '../protocol/group-name.ts';
import type { Rollout, RolloutUpdate, VersionedRollout } from '../protocol/rollouts.ts';

/** A subscriber to all rollouts that it may see. */
export interface Follower {
  readonly id: string;
  /** The groups of its token; undefined: it sees everything. */
  readonly groups: readonly string[] | undefined;
  /** Bytes sent, but not yet read by the client. */
  backlog(): number;
  send(updates: readonly RolloutUpdate[]): void;
}

/** Above this, a follower gets no updates until it has read; then it gets whole documents. */
const MAX_BACKLOG_BYTES = 2 * 1024 * 1024;
/** How many ended rollouts are kept; the oldest are dropped first. */
const MAX_ENDED = 50;

/** A token with groups sees the rollouts whose devices were all in these groups. */
export const isSeen = ({ groups }: Pick<StoredRollout, 'groups'>, by: readonly string[] | undefined): boolean =>
  by === undefined || (groups?.every((group) => by.includes(normalGroup(group))) ?? false);

const endOf = ({ document }: StoredRollout): string => document.endedAt ?? '';

/** The open and recently ended rollouts, and their followers. */
export class Feed {
  readonly #known = new Map<string, StoredRollout>();
  readonly #followers = new Map<string, { follower: Follower; missed: Set<string> }>();
  /** Updates since the last flush, in order, each with its rollout. */
  #updates: { update: RolloutUpdate; of: StoredRollout }[] = [];

  get(id: string): StoredRollout | undefined {
    return this.#known.get(id);
  }

  all(): Iterable<StoredRollout> {
    return this.#known.values();
  }

  /** Records the rollout's current version. */
  note(stored: StoredRollout, at: string): void {
    const { document, version } = stored;
    const before = this.#known.get(document.id);
    if (before ? before.version >= version : this.#isTooOld(document)) return;
    const header = { rolloutId: document.id, version, at };
    if (before) {
      const patch = jsonPatch.compare(before.document, document);
      // Without a change, followers keep the version that they have.
      if (patch.length === 0) return;
      this.#updates.push({ update: { ...header, base: before.version, patch }, of: stored });
    } else this.#updates.push({ update: { ...header, document }, of: stored });
    this.#known.set(document.id, stored);
    this.#forgetOldest(at);
  }

  /** Removes a rollout that does not exist (any more). */
  forget(id: string, at: string): void {
    const known = this.#known.get(id);
    if (!known) return;
    this.#known.delete(id);
    this.#updates.push({ update: { rolloutId: id, version: known.version, at, deleted: true }, of: known });
  }

  /** Would it be dropped at once? */
  #isTooOld({ endedAt }: Rollout): boolean {
    if (endedAt === undefined) return false;
    const ended = this.#ended();
    return ended.length >= MAX_ENDED && ended.every((it) => endedAt <= endOf(it));
  }

  #forgetOldest(at: string): void {
    const ended = this.#ended();
    if (ended.length <= MAX_ENDED) return;
    this.forget(ended.reduce((a, b) => (endOf(a) < endOf(b) ? a : b)).document.id, at);
  }

  #ended(): StoredRollout[] {
    return [...this.#known.values()].filter(({ document }) => document.endedAt !== undefined);
  }

  /** Sends all updates since the last flush, in one message per follower. */
  flush(at: string): void {
    const updates = this.#updates;
    this.#updates = [];
    for (const { follower, missed } of this.#followers.values()) {
      const theirs = updates.filter(({ of }) => isSeen(of, follower.groups)).map(({ update }) => update);
      if (follower.backlog() > MAX_BACKLOG_BYTES) {
        for (const { rolloutId } of theirs) missed.add(rolloutId);
        continue;
      }
      const due = theirs.filter(({ rolloutId }) => !missed.has(rolloutId));
      for (const rolloutId of missed) due.push(this.#whole(rolloutId, at));
      missed.clear();
      if (due.length > 0) follower.send(due);
    }
  }

  /** The rollouts that the follower may see, newest first. From now on it gets their changes. */
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
