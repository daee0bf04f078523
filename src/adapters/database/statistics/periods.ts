import type { Logger } from 'pino';
import type { Clock } from '../../../ports/clock.ts';
import type { Boundaries, Periods } from '../../../ports/periods.ts';
import { chunksOf } from '../database.ts';
import { writeBisecting } from '../refusals.ts';
import { type DeviceBoundaries, writingOf } from './period-writer.ts';
import { rollUpStep } from './roll-up.ts';
import type { StatisticsDatabase } from './until.ts';

const FLUSH_MS = 1000;
/** Rare, because each round writes a row for each device; figures since then are counted on request. */
const ROLL_UP_MS = 300_000;
/** Pause between two steps, for other writers. */
const PAUSE_MS = 250;
/** Devices per transaction, so that other writers need not wait long. */
const DEVICES_A_WRITE = 200;
/** Maximum backlog of one kind and device while the database is unavailable; above it, the oldest are dropped. */
const MAX_WAITING = 32;

export interface RunningPeriods extends Periods {
  /** Writes the backlog. */
  close(): Promise<void>;
}

/** Batches boundaries and writes them every second; rolls up past days every five minutes. */
export function openPeriods({
  database,
  clock,
  log,
}: {
  database: StatisticsDatabase;
  clock: Clock;
  log: Logger;
}): RunningPeriods {
  let waiting = new Map<string, DeviceBoundaries>();
  let dropped = 0;
  let failing = false;
  let closed = false;

  function add(deviceId: string, boundaries: Boundaries): void {
    const lists = waiting.get(deviceId)?.boundaries ?? {};
    let any = false;
    for (const kind of ['connection', 'onAir', 'playback'] as const) {
      const boundary = boundaries[kind];
      if (!boundary) continue;
      any = true;
      // A boundary replaces everything known after its time.
      const list = (lists[kind] ?? []).filter(({ at }) => at < boundary.at) as (typeof boundary)[];
      list.push(boundary);
      if (list.length > MAX_WAITING) {
        list.shift();
        dropped++;
      }
      lists[kind] = list as never;
    }
    if (any) waiting.set(deviceId, { deviceId, boundaries: lists });
  }

  const write = (devices: readonly DeviceBoundaries[]) =>
    writeBisecting(
      devices,
      (some) => database.write(writingOf(database.db, some, clock.wall())),
      ({ deviceId, boundaries }, error) => {
        dropped += Object.values(boundaries).flat().length;
        log.error({ err: error, deviceId, boundaries }, 'the database rejected periods');
      },
    );

  async function flush(): Promise<void> {
    const batch = [...waiting.values()];
    waiting = new Map();
    let written = 0;
    try {
      for (const devices of chunksOf(batch, DEVICES_A_WRITE)) {
        await write(devices);
        written += devices.length;
      }
      failing = false;
    } catch (error) {
      if (!failing) log.error({ err: error }, 'cannot write periods; retrying');
      failing = true;
      putBack(batch.slice(written));
    }
  }

  /** Inserts the batch before boundaries that arrived meanwhile. */
  function putBack(batch: readonly DeviceBoundaries[]): void {
    const later = waiting;
    waiting = new Map(batch.map((device) => [device.deviceId, device]));
    for (const { deviceId, boundaries } of later.values()) {
      const rounds = Math.max(...Object.values(boundaries).map((list) => list.length));
      for (let i = 0; i < rounds; i++) {
        const { connection, onAir, playback } = boundaries;
        add(deviceId, {
          ...(connection?.[i] && { connection: connection[i] }),
          ...(onAir?.[i] && { onAir: onAir[i] }),
          ...(playback?.[i] && { playback: playback[i] }),
        });
      }
    }
  }

  async function rollUp(): Promise<number> {
    try {
      return (await rollUpStep(database, clock.wall())) ? PAUSE_MS : ROLL_UP_MS;
    } catch (error) {
      log.warn({ err: error }, 'cannot roll up statistics; retrying later');
      return ROLL_UP_MS;
    }
  }

  /** Runs sequentially, waiting after each run. */
  function repeat(ms: number, work: () => Promise<number>): { stop(): Promise<void> } {
    let running: Promise<void> = Promise.resolve();
    let timer: unknown;
    const arm = (wait: number) => {
      if (closed) return;
      timer = clock.setTimeout(() => {
        running = work().then(arm);
      }, wait);
    };
    arm(ms);
    return {
      stop: () => {
        clock.clearTimeout(timer);
        return running;
      },
    };
  }
  const flushing = repeat(FLUSH_MS, () => flush().then(() => FLUSH_MS));
  const rolling = repeat(ROLL_UP_MS, rollUp);

  return {
    add,
    get backlog() {
      let sum = 0;
      for (const { boundaries } of waiting.values()) for (const list of Object.values(boundaries)) sum += list.length;
      return sum;
    },
    get dropped() {
      return dropped;
    },
    async close() {
      closed = true;
      await Promise.all([flushing.stop(), rolling.stop()]);
      await flush();
    },
  };
}
