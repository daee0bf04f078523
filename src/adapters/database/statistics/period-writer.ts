import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Boundaries, Boundary, PeriodKind } from '../../../ports/periods.ts';
import { chunksOf } from '../home.ts';
import type { Db } from '../schema.ts';
import { touched } from './until.ts';

export interface DeviceBoundaries {
  deviceId: string;
  /** Of each kind, in the order in which they were told. */
  boundaries: { [Kind in PeriodKind]?: NonNullable<Boundaries[Kind]>[] };
}

export const periodTables = {
  connection: 'connection_periods',
  onAir: 'on_air_periods',
  playback: 'playback_periods',
} as const;

/** Devices a statement. */
const DEVICES = 100;

/**
 * What begins, and what thereby ends. From a boundary on, what was known is replaced: so it may be written twice, and
 * after a crash an open period ends where the device is known to have been lost. Of each device the first boundaries
 * first, then the second ones: as many devices as there are, in as few statements.
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
      for (const some of chunksOf(begins, DEVICES)) yield* replace(db, periodTables[kind], some);
    }
  }
}

function* replace(
  db: Db,
  table: (typeof periodTables)[PeriodKind],
  begins: readonly (Boundary<object & { group: string }> & { deviceId: string })[],
): Generator<Compilable> {
  const periods = sql.table(table);
  const values = begins.map(({ deviceId, at }) => sql`(cast(${deviceId} as text), cast(${at} as bigint))`);
  const begin = sql`begins (device_id, at) as (values ${sql.join(values)})`;
  yield statement(
    db,
    sql`with ${begin} delete from ${periods} where (device_id, from_at) in (select later.device_id, later.from_at
      from begins join ${periods} as later on later.device_id = begins.device_id and later.from_at >= begins.at)`,
  );
  // They do not overlap: only the last one can reach so far.
  yield statement(
    db,
    sql`with ${begin} update ${periods} set to_at = begins.at from begins
      where ${periods}.device_id = begins.device_id
      and ${periods}.from_at = (select max(from_at) from ${periods} as known where known.device_id = begins.device_id)
      and (${periods}.to_at is null or ${periods}.to_at > begins.at)`,
  );
  const rows = begins.flatMap(({ deviceId, at, row }) => {
    if (!row) return [];
    const { group, ...columns } = row;
    return { device_id: deviceId, from_at: at, to_at: null, group_name: group, ...columns };
  });
  if (rows.length > 0) yield db.insertInto(table).values(rows as never);
}

const statement = (db: Db, text: RawBuilder<unknown>): Compilable => ({ compile: () => text.compile(db) });
