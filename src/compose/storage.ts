import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAuditLog } from '../adapters/database/audit-log.ts';
import { createDatabaseBlobStore } from '../adapters/database/blob-store.ts';
import { openDatabase } from '../adapters/database/database.ts';
import { openIncarnations } from '../adapters/database/incarnations.ts';
import { createHistory } from '../adapters/database/journal/history.ts';
import { createJournal } from '../adapters/database/journal/journal.ts';
import { createPastReports } from '../adapters/database/past-reports.ts';
import { createRetention } from '../adapters/database/retention.ts';
import { openSigningKey } from '../adapters/database/signing-key.ts';
import { createSnapshotIndex } from '../adapters/database/snapshot-index.ts';
import { openStateStore } from '../adapters/database/state-store.ts';
import { openPeriods } from '../adapters/database/statistics/periods.ts';
import { createStatistics } from '../adapters/database/statistics/statistics.ts';
import { createFileBlobStore } from '../adapters/files/blob-store.ts';
import { watchFreeSpace } from '../adapters/files/free-space.ts';
import { coarseHistories } from '../audit/coarse-histories.ts';
import { AuditTrail } from '../audit/trail.ts';
import type { Config } from '../config.ts';
import type { ChangeListener } from '../fleet/fleet.ts';
import { boundariesOf } from '../fleet/periods.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import { running } from './lifecycle.ts';

interface Deps {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Pick<Metrics, 'databaseWrite'>;
  /** This process's name among those that share the database; undefined if it is alone. */
  instance: string | undefined;
}

export type Storage = Awaited<ReturnType<typeof openStorage>>;

/**
 * Everything that is stored.
 * @throws DatabaseError
 */
export const openStorage = ({ config, clock, log, metrics, instance }: Deps) =>
  running(async (life) => {
    const wrote: Metrics['databaseWrite'] = (...written) => metrics.databaseWrite(...written);
    const database = await life.open(openDatabase({ ...config, log, wrote }), (it) => it.close());
    const signingKey = await openSigningKey(database);
    const incarnations = await openIncarnations(database, instance);
    const store = await life.open(openStateStore(database, log, incarnations), (it) =>
      it.close().catch((error) => log.error({ err: error }, 'the remaining records could not be written')),
    );
    const trail = { log: createAuditLog(database, log), clock, logger: log, writer: randomBytes(3).toString('hex') };
    const audit = await life.open(new AuditTrail(trail), (it) => it.close());
    const coarsened = coarseHistories({ audit, clock, log });
    const journal = await life.open(createJournal({ database, clock, log, coarsened }), (it) => it.close());
    const periods = await life.open(openPeriods({ database, clock, log }), (it) => it.close());
    await life.start(createRetention({ database, clock, log, keep: config }));
    const space = await life.open(watchFreeSpace(config.dataDir), (it) => it.stop());
    const files = createFileBlobStore(join(config.dataDir, 'snapshots'));

    /** Call this for changes of devices that this instance owns. */
    const changed: ChangeListener = (update, after, before) => {
      journal.changed(update, after);
      periods.add(update.deviceId, boundariesOf(after, before, Date.parse(update.at)));
    };
    return {
      database,
      incarnations,
      store,
      audit,
      journal,
      history: createHistory({ db: database.db, journal, log }),
      periods,
      past: createPastReports(database, log),
      statistics: createStatistics(database.db, log),
      signingKey,
      space,
      pictures: {
        // In a cluster, every instance must be able to serve the files of the others.
        blobs: instance === undefined ? files : createDatabaseBlobStore(database, files),
        index: createSnapshotIndex(database),
      },
      changed,
    };
  });
