import type { Database } from '../../src/adapters/database/database.ts';
import { InvalidRecordError } from '../../src/adapters/database/errors.ts';
import type { JournalLimits } from '../../src/adapters/database/journal/budget.ts';
import { createHistory } from '../../src/adapters/database/journal/history.ts';
import { createJournal } from '../../src/adapters/database/journal/journal.ts';
import { diff, newDocument } from '../../src/fleet/document.ts';
import { createLogger } from '../../src/log.ts';
import type { DeviceDocument, JsonObject, Update } from '../../src/protocol/document.ts';
import { simulatedClock } from './simulated-clock.ts';

const log = createLogger({ logLevel: 'silent', nodeId: 'test' });

const most = { perSecond: 1, burst: Number.MAX_SAFE_INTEGER };
const UNLIMITED: JournalLimits = { rows: most, bytes: most };

/** The outcome of a write: successful, rejected, successful but with a lost response, or permanently rejected. */
export type Fate = 'written' | 'refused' | 'unheard' | 'unkeepable';

/** The expected state at a time; undefined: no such device. */
type Truth = { version: number; document: DeviceDocument } | undefined;

export type Rememberer = ReturnType<typeof rememberer>;

/** A journal that records simulated devices, with the expected history beside it. */
export function rememberer(database: Database, limits: JournalLimits | 'usual' = UNLIMITED) {
  const clock = simulatedClock(Date.UTC(2026, 2, 1));
  const devices = new Map<string, { version: number; document: DeviceDocument | undefined }>();
  const told: { deviceId: string; at: number; truth: Truth }[] = [];
  /** Times when the database was unavailable: changes in between may be merged. */
  const gaps: { from: number; to: number }[] = [];
  let fate: Fate = 'written';
  const fickle: Database = {
    ...database,
    async write(group) {
      if (fate === 'refused') throw new Error('away');
      if (fate === 'unkeepable') throw new InvalidRecordError('what it holds');
      const rows = await database.write(group);
      if (fate === 'unheard') throw new Error('the connection ended');
      return rows;
    },
  };
  const coarse: string[] = [];
  const coarsened = (deviceId: string) => void coarse.push(deviceId);
  let life = clock.life();
  let journal = createJournal({
    database: fickle,
    clock: life.clock,
    log,
    coarsened,
    ...(limits === 'usual' ? {} : { limits }),
  });

  function tell(update: Update, after: DeviceDocument | undefined): void {
    const { deviceId, version } = update;
    devices.set(deviceId, { version, document: after });
    told.push({ deviceId, at: clock.wall(), truth: after && { version, document: after } });
    journal.changed(update, after);
  }

  return {
    clock,
    told,
    gaps,
    /** The devices whose history became coarse, once for each time. */
    coarse,
    get journal() {
      return journal;
    },
    get history() {
      return createHistory({ db: database.db, journal, log });
    },
    set fate(now: Fate) {
      fate = now;
    },
    /** Creates a device or its next change. `skipped`: number of versions to skip. */
    change(deviceId: string, state: JsonObject, skipped = 0): void {
      const known = devices.get(deviceId) ?? { version: 0, document: undefined };
      const version = known.version + skipped + 1;
      const head = { deviceId, version, at: new Date(clock.wall()).toISOString() };
      const before = known.document;
      const after = { ...(before ?? newDocument(deviceId, clock.wall(), 1000)), state };
      const patch = before && diff(before, after);
      if (patch) tell({ ...head, patch }, after);
      else if (!before) tell({ ...head, document: after }, after);
    },
    remove(deviceId: string): void {
      const known = devices.get(deviceId);
      if (!known?.document) return;
      tell(
        { deviceId, version: known.version + 1, at: new Date(clock.wall()).toISOString(), deleted: true },
        undefined,
      );
    },
    /** Ends the process (with `killed`, without closing) and starts another one. */
    async restart({ killed = false } = {}): Promise<void> {
      if (!killed) await journal.close();
      life.end();
      life = clock.life();
      journal = createJournal({
        database: fickle,
        clock: life.clock,
        log,
        coarsened,
        ...(limits === 'usual' ? {} : { limits }),
      });
    },
    /** The last published state of a device up to a time. */
    truthAt(deviceId: string, at: number): Truth {
      return told.findLast((it) => it.deviceId === deviceId && it.at <= at)?.truth;
    },
  };
}
