import type { Change } from './replica.ts';
import type { Request } from './replication.ts';

export interface Watches {
  /** @param intervalMs 0: the server's default */
  watch(deviceId: string, intervalMs: number): () => void;
  connected(): void;
  changed(changes: readonly Change[]): void;
}

/**
 * The devices watched by this client, with all requested intervals. The shortest one of each device is sent to the server.
 */
export function createWatches(deps: { isConnected(): boolean; request: Request }): Watches {
  const rates = new Map<string, number[]>();

  function send(event: 'device:watch' | 'device:unwatch', payload: { deviceId: string; intervalMs?: number }): void {
    // Errors are ignored: an unknown device is watched once it exists, and a new connection repeats all watches.
    if (deps.isConnected()) deps.request(event, payload).catch(() => {});
  }

  function sendWatch(deviceId: string, wanted: readonly number[]): void {
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
    if (!before || Math.min(...before) !== Math.min(...wanted)) sendWatch(deviceId, wanted);
  }

  return {
    watch(deviceId, intervalMs) {
      change(deviceId, [...(rates.get(deviceId) ?? []), intervalMs]);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const wanted = [...(rates.get(deviceId) as number[])];
        wanted.splice(wanted.indexOf(intervalMs), 1);
        change(deviceId, wanted);
      };
    },
    connected() {
      for (const [deviceId, wanted] of rates) sendWatch(deviceId, wanted);
    },
    changed(changes) {
      if (rates.size === 0) return;
      // The server forgets the watchers of a removed device, so repeat the watch if the device was created again.
      for (const { deviceId, before, after } of changes) {
        const wanted = rates.get(deviceId);
        if (!before && after && wanted) sendWatch(deviceId, wanted);
      }
    },
  };
}
