import { type ClientError, isHopeless } from './errors.ts';
import { hasOwn } from './own.ts';
import { createSubscribers } from './subscribers.ts';

/** The status of a connection and its listeners. `ended` is final, and `error` has the reason. */
export interface Standing<Link extends string, Status extends object> {
  readonly link: Link | 'ended';
  readonly error: ClientError | undefined;
  /** The same object as long as nothing in it changes. */
  readonly status: Status;
  become(next: Link): void;
  /** An attempt to connect failed, and will be repeated. */
  failed(error: ClientError): void;
  end(error: ClientError): void;
  /**
   * Resolves when the connection is up (at once if it already is); rejects when it has ended, or cannot succeed as it is
   * configured.
   */
  ready(): Promise<void>;
  /** Called with each new link and error. Returns a function that removes the listener. */
  onStatus(listener: (status: Status) => void): () => void;
}

/** @param up the link state that `ready` waits for */
export function createStanding<Link extends string, Status extends object>(
  first: Link,
  up: Link,
  statusOf: (link: Link | 'ended', error: ClientError | undefined) => Status,
): Standing<Link, Status> {
  const listeners = createSubscribers<Status>();
  const waiting = new Set<{ resolve(): void; reject(error: Error): void }>();
  let link: Link | 'ended' = first;
  let error: ClientError | undefined;
  /** Why the last attempts failed. */
  let trouble: ClientError | undefined;
  let wasUp = false;
  let shown: Status | undefined;

  function status(): Status {
    const now = statusOf(link, error ?? trouble);
    if (!shown || !isSame(shown, now)) shown = now;
    return shown;
  }

  function change(next: Link | 'ended'): void {
    if (link === next || link === 'ended') return;
    link = next;
    if (next === up) {
      wasUp = true;
      trouble = undefined;
      settle((it) => it.resolve());
    }
    listeners.tell(status());
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
      return status();
    },
    become: change,
    failed(why) {
      if (link === 'ended' || link === up) return;
      const isKnown = trouble?.message === why.message;
      trouble = why;
      if (!wasUp && isHopeless(why)) settle((it) => it.reject(why));
      if (!isKnown) listeners.tell(status());
    },
    end(reason) {
      if (error) return;
      error = reason;
      settle((it) => it.reject(reason));
      change('ended');
    },
    ready() {
      if (error) return Promise.reject(error);
      if (link === up) return Promise.resolve();
      if (trouble && !wasUp && isHopeless(trouble)) return Promise.reject(trouble);
      return new Promise<void>((resolve, reject) => void waiting.add({ resolve, reject }));
    },
    onStatus: listeners.add,
  };
}

function isSame(a: object, b: object): boolean {
  const [x, y] = [Object.entries(a), b as Readonly<Record<string, unknown>>];
  return x.length === Object.keys(b).length && x.every(([key, value]) => hasOwn(b, key) && y[key] === value);
}
