import type { Change } from './replica.ts';
import type { Request } from './replication.ts';

export interface Watches {
  /** `intervalMs` 0: as often as the server does it. */
  watch(deviceId: string, intervalMs: number): () => void;
  connected(): void;
  changed(changes: readonly Change[]): void;
}

/** Which devices are watched here, and how often each asks for it; told to the server at the fastest of these rates. */
export function createWatches(deps: { isConnected(): boolean; request: Request }): Watches {
  const rates = new Map<string, number[]>();

  function send(event: 'device:watch' | 'device:unwatch', payload: { deviceId: string; intervalMs?: number }): void {
    // A device that is not there yet is watched once it is; a new connection tells all of them again.
    if (deps.isConnected()) deps.request(event, payload).catch(() => {});
  }

  function tell(deviceId: string, wanted: readonly number[]): void {
    const intervalMs = Math.min(...wanted);
    send('device:watch', intervalMs > 0 ? { deviceId, intervalMs } : { deviceId });
  }

  function change(deviceId: string, wanted: number[]): void {
    const before = rates.get(deviceId);
    if (wanted.length === 0) {
      rates.delete(deviceId);
      send('device:unwatch', { deviceId });
      return;
    }
    rates.set(deviceId, wanted);
    if (!before || Math.min(...before) !== Math.min(...wanted)) tell(deviceId, wanted);
  }

  return {
    watch(deviceId, intervalMs) {
      change(deviceId, [...(rates.get(deviceId) ?? []), intervalMs]);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const wanted = rates.get(deviceId) as number[];
        change(deviceId, wanted.toSpliced(wanted.indexOf(intervalMs), 1));
      };
    },
    connected() {
      for (const [deviceId, wanted] of rates) tell(deviceId, wanted);
    },
    changed(changes) {
      if (rates.size === 0) return;
      // One that was removed and came back does not know of its watchers.
      for (const { deviceId, before, after } of changes) {
        const wanted = rates.get(deviceId);
        if (!before && after && wanted) tell(deviceId, wanted);
      }
    },
  };
}
