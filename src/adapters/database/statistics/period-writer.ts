import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Boundaries, PeriodKind } from '../../../ports/periods.ts';
import { bulk } from '../bulk.ts';
import type { Db } from '../schema.ts';
import { touched } from './until.ts';

export interface DeviceBoundaries {
  deviceId: string;
  /** For each kind, in the order of events. */
  boundaries: { [Kind in PeriodKind]?: NonNullable<Boundaries[Kind]>[] };
}

export const periodTables = {
  connection: 'connection_periods',
  onAir: 'on_air_periods',
  playback: 'playback_periods',
} as const;

/**
 * Starts new periods and ends the previous ones. Everything known after a boundary is replaced, so writing is
 * idempotent, and after a crash an open period ends when the device is known to have been lost. Batches the first
 * boundaries of all devices, then the second ones, to need few statements.
 */
export function* writingOf(db: Db, devices: readonly DeviceBoundaries[], now: number): Generator<Compilable> {
  const lists = devices.flatMap(({ boundaries }) => Object.values(boundaries));
  const earliest = Math.min(...lists.map((list) => list[0]?.at ?? Number.POSITIVE_INFINITY));
  yield* touched(db, earliest, now);
  for (const kind of Object.keys(periodTables) as PeriodKind[]) {
    for (let nth = 0; ; nth++) {
      const begins = devices.flatMap(({ deviceId, boundaries }) => {
        const boundary = boundaries[kind]?.[nth];
        return boundary ? { deviceId, ...boundary } : [];
      });
      if (begins.length === 0) break;
      const { clear, end, begin } = writers[kind];
      const moments = begins.map(({ deviceId, at }) => ({ device_id: deviceId, at }));
      yield* clear(db, moments);
      yield* end(db, moments);
      yield* begin(
        db,
        begins.flatMap(({ deviceId, at, row }) => {
          if (!row) return [];
          const { group, ...columns } = row;
          return { device_id: deviceId, from_at: at, to_at: null, group_name: group, ...columns };
        }),
      );
    }
  }
}

type Moment = { device_id: string; at: number };
type Begin = { device_id: string; from_at: number; to_at: null; group_name: string };

const writers = {
  connection: writersOf('connection', ['status', 'reason', 'node']),
  onAir: writersOf('onAir', ['status', 'why']),
  playback: writersOf('playback', ['item', 'playlist']),
};

/** Removes what was known after each boundary, ends the period that lasted until then, and starts the new one. */
function writersOf(kind: PeriodKind, columns: readonly string[]) {
  const table = periodTables[kind];
  const periods = sql.table(table);
  const begins = (rows: readonly Moment[]) =>
    sql`begins (device_id, at) as (values ${sql.join(
      rows.map(({ device_id, at }) => sql`(cast(${device_id} as text), cast(${at} as bigint))`),
    )})`;

  return {
    clear: bulk<Moment>(['device_id', 'at'], (db, rows) =>
      statement(
        db,
        sql`with ${begins(rows)} delete from ${periods} where (device_id, from_at) in (select later.device_id, later.from_at
          from begins join ${periods} as later on later.device_id = begins.device_id and later.from_at >= begins.at)`,
      ),
    ),
    // Periods do not overlap, so only the last one can reach this far.
    end: bulk<Moment>(['device_id', 'at'], (db, rows) =>
      statement(
        db,
        sql`with ${begins(rows)} update ${periods} set to_at = begins.at from begins
          where ${periods}.device_id = begins.device_id
          and ${periods}.from_at = (select max(from_at) from ${periods} as known where known.device_id = begins.device_id)
          and (${periods}.to_at is null or ${periods}.to_at > begins.at)`,
      ),
    ),
    begin: bulk<Begin>(['device_id', 'from_at', 'to_at', 'group_name', ...columns] as (keyof Begin)[], (db, rows) =>
      db.insertInto(table).values(rows as never),
    ),
  };
}

const statement = (db: Db, text: RawBuilder<unknown>): Compilable => ({ compile: () => text.compile(db) });
