import type { Rollout, RolloutUpdate, VersionedRollout } from '../protocol/rollout-document.ts';
import { applyPatch } from './patch.ts';
import type { Ask } from './replication.ts';
import { createSubscribers } from './subscribers.ts';

export interface Rollouts {
  /** By id; replaced with each change. */
  readonly documents: ReadonlyMap<string, VersionedRollout>;
  subscribe(listener: () => void): () => void;
}

interface Deps {
  isConnected(): boolean;
  /** Answered at once: an update that follows the answer is not taken before it. */
  ask: Ask;
}

const RETRY_MS = 1000;

/** A live copy of the rollouts, from the first listener on. It subscribes again after a gap or a lost connection. */
export function createRollouts({ isConnected, ask }: Deps) {
  const listeners = createSubscribers<void>();
  let documents: ReadonlyMap<string, VersionedRollout> = new Map();
  let isWanted = false;
  let isAsking = false;

  function become(next: ReadonlyMap<string, VersionedRollout>): void {
    documents = next;
    listeners.tell();
  }

  function follow(): void {
    if (!isWanted || isAsking || !isConnected()) return;
    isAsking = true;
    ask('rollouts:subscribe', {}, (error, answer) => {
      isAsking = false;
      if (error || !answer) setTimeout(follow, RETRY_MS);
      else become(new Map(answer.rollouts.map((it) => [it.document.id, it])));
    });
  }

  return {
    rollouts: {
      get documents() {
        return documents;
      },
      subscribe(listener: () => void) {
        const end = listeners.add(listener);
        if (!isWanted) {
          isWanted = true;
          follow();
        }
        return end;
      },
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
