import type { Logger } from 'pino';
import type { BlobStore } from '../ports/blob-store.ts';
import { type Clock, cautiousWall } from '../ports/clock.ts';
import type { SnapshotIndex } from '../ports/snapshot-index.ts';

export interface HousekeepingDeps {
  blobs: BlobStore;
  index: SnapshotIndex;
  clock: Clock;
  log: Logger;
  /** Limits for each device. */
  keepSnapshots: number;
  keepSnapshotDays: number;
  /** This process is the only one using the index, so a row without files or with an unknown device is an orphan. */
  isAlone: boolean;
  exists(deviceId: string): boolean;
}

export interface Housekeeping {
  /** Sweeps after the start and once a day. */
  start(): void;
  stop(): void;
  /** Removes a device's screenshots above the limit, in the background. */
  trim(deviceId: string): void;
  /** Removes all screenshots of a removed device, in the background. */
  forget(deviceId: string): void;
  /** Removes the rows first, then the files. */
  discard(ids: readonly string[]): Promise<void>;
  /** Removes expired and orphaned screenshots. Resolves with their numbers. */
  sweep(): Promise<{ aged: number; orphanFiles: number; orphanRows: number }>;
}

export const fileNames = (id: string) => ({ picture: `${id}.webp`, thumbnail: `${id}.t.webp` });

/** Small steps with pauses, since nobody waits for them. */
const STEP = 100;
const PAUSE_MS = 20;
const FIRST_SWEEP_MS = 30_000;
const SWEEP_MS = 3600_000;
const DAY_MS = 24 * 3600_000;
/**
 * The files of a screenshot exist before its row. The long delay also protects the files if a server is started with
 * the wrong database.
 */
const ORPHAN_AGE_MS = 7 * DAY_MS;

export function createHousekeeping(deps: HousekeepingDeps): Housekeeping {
  const { blobs, index, clock, log, exists } = deps;
  const wall = cautiousWall(clock);
  let stopped = false;
  let timer: unknown;
  /** Background tasks run one after the other. */
  let line: Promise<unknown> = Promise.resolve();

  const pause = () => new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), PAUSE_MS));

  const inBackground = (what: string, task: () => Promise<unknown>): void => {
    line = line.then(async () => {
      if (stopped) return;
      await task().catch((error) => log.warn({ err: error }, `pictures: ${what} failed; retrying later`));
    });
  };

  async function discard(ids: readonly string[]): Promise<void> {
    await index.remove(ids);
    for (const id of ids) for (const name of Object.values(fileNames(id))) await blobs.remove(name);
  }

  /** Repeats until there are no more ids. */
  async function discardAll(nextIds: () => Promise<string[]>): Promise<number> {
    let count = 0;
    while (!stopped) {
      const ids = await nextIds();
      if (ids.length === 0) break;
      await discard(ids);
      count += ids.length;
      if (ids.length < STEP) break;
      await pause();
    }
    return count;
  }

  async function discardOrphanRows(): Promise<number> {
    let count = 0;
    let after = '';
    while (!stopped) {
      const rows = await index.page(after, STEP);
      const last = rows.at(-1);
      if (!last) break;
      after = last.id;
      const orphans: string[] = [];
      for (const { id, deviceId } of rows) {
        if (!exists(deviceId) || !(await blobs.has(fileNames(id).picture))) orphans.push(id);
      }
      await discard(orphans);
      count += orphans.length;
      await pause();
    }
    return count;
  }

  async function discardOrphanFiles(before: number): Promise<number> {
    let count = 0;
    let names: string[] = [];
    const step = async () => {
      const known = await index.known([...new Set(names.map(idOf))]);
      for (const name of names) {
        if (known.has(idOf(name)) && isWhole(name)) continue;
        await blobs.remove(name);
        count++;
      }
      names = [];
      await pause();
    };
    for await (const { name, changedAt } of blobs.list()) {
      if (stopped) return count;
      if (changedAt > before) continue;
      if (names.push(name) >= STEP) await step();
    }
    if (names.length > 0) await step();
    return count;
  }

  async function sweep() {
    const now = wall();
    const before = now - deps.keepSnapshotDays * DAY_MS;
    const aged = await discardAll(() => index.olderThan(before, STEP));
    const orphanRows = deps.isAlone ? await discardOrphanRows() : 0;
    const orphanFiles = await discardOrphanFiles(now - ORPHAN_AGE_MS);
    if (aged + orphanRows + orphanFiles > 0)
      log.info({ aged, orphanRows, orphanFiles }, 'expired and orphaned pictures removed');
    return { aged, orphanRows, orphanFiles };
  }

  const arm = (ms: number): void => {
    timer = clock.setTimeout(() => {
      inBackground('the sweep', sweep);
      arm(SWEEP_MS);
    }, ms);
  };

  return {
    start: () => arm(FIRST_SWEEP_MS),
    stop() {
      stopped = true;
      clock.clearTimeout(timer);
    },
    trim: (deviceId) =>
      inBackground('trimming', () => discardAll(() => index.beyond(deviceId, deps.keepSnapshots, STEP))),
    forget: (deviceId) => inBackground('removal', () => discardAll(() => index.beyond(deviceId, 0, STEP))),
    discard,
    sweep,
  };
}

const idOf = (name: string): string => name.slice(0, name.indexOf('.') >>> 0);
/** Excludes partial files of failed writes. */
const isWhole = (name: string): boolean => Object.values(fileNames(idOf(name))).includes(name);
