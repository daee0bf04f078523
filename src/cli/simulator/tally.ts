import type { SimulatorStats } from './options.ts';

export type Counts = Omit<SimulatorStats, 'devices'>;

export interface Tally {
  readonly registered: boolean;
  become(registered: boolean): void;
  failed(message: string): void;
}

/** One player's share in the fleet's totals. */
export function createTally(counts: Counts): Tally {
  let registered = false;
  return {
    get registered() {
      return registered;
    },
    become(next) {
      if (next !== registered) counts.connected += next ? 1 : -1;
      registered = next;
    },
    failed(message) {
      counts.errors++;
      counts.lastError = message;
    },
  };
}
