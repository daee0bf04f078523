import type { AdminRequests } from '../protocol/events.ts';
import type { Ask } from './replication.ts';
import { createSubscribers } from './subscribers.ts';

export interface FollowerDeps {
  isConnected(): boolean;
  /** Answered at once: an update that follows the answer is not taken before it. */
  ask: Ask;
}

const RETRY_MS = 1000;

/**
 * Subscribes to a list of the server, from the first listener on, and again when `follow` is called: after a gap or a
 * lost connection.
 */
export function createFollower<E extends 'alerts:subscribe' | 'rollouts:subscribe'>(
  { isConnected, ask }: FollowerDeps,
  event: E,
  answered: (answer: AdminRequests[E]['answer']) => void,
) {
  const listeners = createSubscribers<void>();
  let isWanted = false;
  let isAsking = false;

  function follow(): void {
    if (!isWanted || isAsking || !isConnected()) return;
    isAsking = true;
    ask(event, {}, (error, answer) => {
      isAsking = false;
      if (error || !answer) setTimeout(follow, RETRY_MS);
      else answered(answer);
    });
  }

  return {
    follow,
    changed: () => listeners.tell(),
    subscribe(listener: () => void): () => void {
      const end = listeners.add(listener);
      if (!isWanted) {
        isWanted = true;
        follow();
      }
      return end;
    },
  };
}
