import type { Compilable } from 'kysely';
import type { Logger } from 'pino';
import type { Clock } from '../../../ports/clock.ts';
import type { Journal } from '../../../ports/journal.ts';
import { bulk } from '../bulk.ts';
import { chunksOf, type Database } from '../database.ts';
import { writeBisecting } from '../refusals.ts';
import type { Schema } from '../schema.ts';
import { JournalBudget, type JournalLimits } from './budget.ts';
import { encodePatch } from './patch-codec.ts';
import { PathNumbers } from './paths.ts';
import { type Change, fold, RowMaker, type Rows } from './rows.ts';

/** Together with the write itself, well below the second of data that a crash may lose. */
const WRITE_AFTER_MS = 500;
const RETRY_MS = 1000;
/** Small transactions, so that other writers need not wait; small statements, so that building them does not block. */
const CHANGES_A_WRITE = 500;
const CHANGES_A_STATEMENT = 50;
/** A failed group may have been written after all; the row written in its place wins. */
const insertChanges = bulk<Schema['changes']>(['device_id', 'version', 'at', 'kind', 'patch'], (db, rows) =>
  db
    .insertInto('changes')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['device_id', 'version']).doUpdateSet(({ ref }) => ({
        at: ref('excluded.at'),
        kind: ref('excluded.kind'),
        patch: ref('excluded.patch'),
      })),
    ),
);
const insertKeyframes = bulk<Schema['keyframes']>(['device_id', 'version', 'at', 'document'], (db, rows) =>
  db
    .insertInto('keyframes')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['device_id', 'version'])
        .doUpdateSet(({ ref }) => ({ at: ref('excluded.at'), document: ref('excluded.document') })),
    ),
);
/** Maximum backlog beyond one change for each device. */
const MAX_UNFOLDED = 20_000;

export interface JournalDeps {
  database: Database;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** Called when a device exceeds its budget and its history becomes coarse. */
  coarsened?: (deviceId: string) => void;
  limits?: JournalLimits;
}

export function createJournal(deps: JournalDeps): Journal {
  const { database, clock, log, coarsened = () => {} } = deps;
  const paths = new PathNumbers(database);
  const rows = new RowMaker((patch, at) => encodePatch(patch, at, (path) => paths.idOf(path)));
  const budget = new JournalBudget(clock, coarsened, deps.limits);
  let waiting: Change[] = [];
  let foldAt = MAX_UNFOLDED;
  let inFlight = 0;
  let dropped = 0;
  let isFailing = false;
  let isClosed = false;
  let timer: unknown;
  let writing: Promise<void> | undefined;

  function schedule(): void {
    if (isClosed || timer !== undefined) return;
    const due = () => {
      timer = undefined;
      void write();
    };
    timer = clock.setTimeout(due, isFailing ? RETRY_MS : WRITE_AFTER_MS);
  }

  function write(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (waiting.length > 0 || budget.isHolding) schedule();
    });
    return writing;
  }

  /** Never rejects. */
  async function writeAll(): Promise<void> {
    clock.clearTimeout(timer);
    timer = undefined;
    waiting.unshift(...budget.due());
    // Excludes changes that arrive meanwhile; otherwise this loop might never end.
    for (let left = waiting.length; left > 0; left -= CHANGES_A_WRITE) {
      const changes = waiting.splice(0, CHANGES_A_WRITE);
      inFlight = changes.length;
      try {
        await paths.load();
        await writeBisecting(changes, insert, refused);
        isFailing = false;
      } catch {
        isFailing = true;
        waiting = [...changes, ...waiting];
        foldWaiting();
        return;
      } finally {
        inFlight = 0;
      }
    }
    // If it fails, patches keep the full paths until the next attempt.
    await paths.learn().catch(() => {});
  }

  async function insert(changes: readonly Change[]): Promise<void> {
    try {
      await database.write(statements(changes));
    } catch (error) {
      for (const { update } of changes) rows.forget(update.deviceId);
      throw error;
    }
  }

  function refused({ update: { deviceId, version } }: Change, error: unknown): void {
    dropped++;
    log.error({ err: error, deviceId, version }, 'the database rejected a change; the journal omits it');
  }

  function foldWaiting(): void {
    waiting = fold(waiting);
    foldAt = waiting.length + MAX_UNFOLDED;
  }

  function rowsOf(change: Change): Rows | undefined {
    change.detail ??= budget.admit(change);
    if (change.detail === 'held') return undefined;
    const made = rows.rowsOf(change);
    if (!change.isCounted) budget.spend(made);
    change.isCounted = true;
    return made;
  }

  function* statements(changes: readonly Change[]): Generator<Compilable> {
    for (const chunk of chunksOf(changes, CHANGES_A_STATEMENT)) {
      const made = chunk.flatMap((change) => rowsOf(change) ?? []);
      yield* insertChanges(
        database.db,
        made.map(({ change }) => change),
      );
      yield* insertKeyframes(
        database.db,
        made.flatMap(({ keyframe }: Rows) => keyframe ?? []),
      );
    }
  }

  async function written(): Promise<void> {
    // A running write may have started before the last change.
    if (writing) await writing;
    if (waiting.length > 0 && !isFailing) await write();
    if (isFailing) throw new Error('The journal cannot be written now.');
  }

  return {
    changed(update, after) {
      waiting.push({ update, after, folded: false });
      if (waiting.length >= foldAt) foldWaiting();
      if (timer === undefined) schedule();
    },
    written,
    get backlog() {
      return waiting.length + inFlight;
    },
    get dropped() {
      return dropped;
    },
    async close() {
      isClosed = true;
      if (writing) await writing;
      await write();
      waiting.push(...budget.release());
      await write();
      clock.clearTimeout(timer);
      if (waiting.length > 0) log.error({ changes: waiting.length }, 'changes could not be written and are lost');
    },
  };
}
