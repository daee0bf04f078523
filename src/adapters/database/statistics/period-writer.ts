import type { Compilable } from 'kysely';
import type { Boundaries, Boundary, PeriodKind } from '../../../ports/periods.ts';
import type { Db } from '../schema.ts';
import { touched } from './until.ts';

export interface DeviceBoundaries {
  deviceId: string;
  /** Of each kind, in the order in which they were told. */
  boundaries: { [Kind in PeriodKind]?: NonNullable<Boundaries[Kind]>[] };
}

const TABLES = { connection: 'connection_periods', onAir: 'on_air_periods', playback: 'playback_periods' } as const;

/**
 * What begins, and what thereby ends. From a boundary on, what was known is replaced: so it may be written twice, and
 * after a crash an open period ends where the device is known to have been lost.
 */
export function* writingOf(db: Db, devices: readonly DeviceBoundaries[], now: number): Generator<Compilable> {
  const lists = devices.flatMap(({ boundaries }) => Object.values(boundaries));
  const earliest = Math.min(...lists.map((list) => list[0]?.at ?? Number.POSITIVE_INFINITY));
  yield* touched(db, earliest, now);
  for (const { deviceId, boundaries } of devices) {
    for (const kind of Object.keys(boundaries) as PeriodKind[]) {
      for (const boundary of boundaries[kind] ?? []) yield* replace(db, TABLES[kind], deviceId, boundary);
    }
  }
}

function* replace(
  db: Db,
  table: (typeof TABLES)[PeriodKind],
  deviceId: string,
  { at, row }: Boundary<object>,
): Generator<Compilable> {
  yield db.deleteFrom(table).where('device_id', '=', deviceId).where('from_at', '>=', at);
  yield db
    .updateTable(table)
    .set({ to_at: at })
    .where('device_id', '=', deviceId)
    .where((eb) => eb.or([eb('to_at', 'is', null), eb('to_at', '>', at)]));
  if (!row) return;
  const { group, ...columns } = row;
  const values = { device_id: deviceId, from_at: at, to_at: null, group_name: group, ...columns };
  yield db.insertInto(table).values(values as never);
}
