import type { ClientError } from './errors.ts';
import { createSubscribers } from './subscribers.ts';

/** The status of a connection and its listeners. `ended` is final, and `error` has the reason. */
export interface Standing<Link extends string, Status> {
  readonly link: Link | 'ended';
  readonly error: ClientError | undefined;
  readonly status: Status;
  become(next: Link): void;
  end(error: ClientError): void;
  /** Resolves when the connection is up (at once if it already is); rejects when it has ended. */
  ready(): Promise<void>;
  /** Called with each new status. Returns a function that removes the listener. */
  onStatus(listener: (status: Status) => void): () => void;
}

/** @param up the link state that `ready` waits for */
export function createStanding<Link extends string, Status>(
  first: Link,
  up: Link,
  statusOf: (link: Link | 'ended', error: ClientError | undefined) => Status,
): Standing<Link, Status> {
  const listeners = createSubscribers<Status>();
  const waiting = new Set<{ resolve(): void; reject(error: Error): void }>();
  let link: Link | 'ended' = first;
  let error: ClientError | undefined;

  function change(next: Link | 'ended'): void {
    if (link === next || link === 'ended') return;
    link = next;
    if (next === up) settle((it) => it.resolve());
    listeners.tell(statusOf(link, error));
  }

  function settle(how: (it: { resolve(): void; reject(error: Error): void }) => void): void {
    for (const it of waiting) how(it);
    waiting.clear();
  }

  return {
    get link() {
      return link;
    },
    get error() {
      return error;
    },
    get status() {
      return statusOf(link, error);
    },
    become: change,
    end(reason) {
      if (error) return;
      error = reason;
      settle((it) => it.reject(reason));
      change('ended');
    },
    ready() {
      if (error) return Promise.reject(error);
      if (link === up) return Promise.resolve();
      return new Promise<void>((resolve, reject) => void waiting.add({ resolve, reject }));
    },
    onStatus: listeners.add,
  };
}
