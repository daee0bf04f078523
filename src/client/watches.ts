import type { Change } from './replica.ts';

export interface Watches {
  watch(deviceId: string): () => void;
  connected(): void;
  changed(changes: readonly Change[]): void;
}

/** Which devices are watched here, by how many; told to the server once each, and anew on every connection. */
export function createWatches(deps: {
  isConnected(): boolean;
  request(event: string, payload: object): Promise<object>;
}): Watches {
  const counts = new Map<string, number>();

  function tell(event: 'device:watch' | 'device:unwatch', deviceId: string): void {
    // A device that is not there yet is watched once it is; a lost connection tells all of them again.
    if (deps.isConnected()) deps.request(event, { deviceId }).catch(() => {});
  }

  return {
    watch(deviceId) {
      const count = counts.get(deviceId) ?? 0;
      counts.set(deviceId, count + 1);
      if (count === 0) tell('device:watch', deviceId);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = (counts.get(deviceId) as number) - 1;
        if (left > 0) return void counts.set(deviceId, left);
        counts.delete(deviceId);
        tell('device:unwatch', deviceId);
      };
    },
    connected() {
      for (const deviceId of counts.keys()) tell('device:watch', deviceId);
    },
    changed(changes) {
      if (counts.size === 0) return;
      // One that was removed and came back does not know of its watchers.
      for (const { deviceId, before, after } of changes) {
        if (!before && after && counts.has(deviceId)) tell('device:watch', deviceId);
      }
    },
  };
}
