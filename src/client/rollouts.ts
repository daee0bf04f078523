import type { Rollout, RolloutUpdate, VersionedRollout } from '../protocol/rollout-document.ts';
import { createFollower, type FollowerDeps } from './follower.ts';
import { applyPatch } from './patch.ts';

export interface Rollouts {
  /** By id; replaced with each change. */
  readonly documents: ReadonlyMap<string, VersionedRollout>;
  subscribe(listener: () => void): () => void;
}

/** A live copy of the rollouts, from the first listener on. It subscribes again after a gap or a lost connection. */
export function createRollouts(deps: FollowerDeps) {
  let documents: ReadonlyMap<string, VersionedRollout> = new Map();
  const { follow, changed, subscribe } = createFollower(deps, 'rollouts:subscribe', (answer) =>
    become(new Map(answer.rollouts.map((it) => [it.document.id, it]))),
  );

  function become(next: ReadonlyMap<string, VersionedRollout>): void {
    documents = next;
    changed();
  }

  return {
    rollouts: {
      get documents() {
        return documents;
      },
      subscribe,
    } satisfies Rollouts,
    connected: follow,
    received({ updates }: { updates: readonly RolloutUpdate[] }): void {
      const next = new Map(documents);
      for (const update of updates) {
        const { rolloutId, version } = update;
        const before = next.get(rolloutId);
        if ('deleted' in update) next.delete(rolloutId);
        else if ('document' in update) next.set(rolloutId, { version, document: update.document });
        else if (before && before.version === update.base) {
          const document = applyPatch(before.document, update.patch) as Rollout;
          next.set(rolloutId, { version, document });
        } else if (!before || before.version < version) {
          follow();
          return;
        }
      }
      become(next);
    },
  };
}
