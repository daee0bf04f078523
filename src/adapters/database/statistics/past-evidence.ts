import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { PastEvidence } from '../../../ports/past-reports.ts';
import { chunksOf } from '../database.ts';
import type { Db, Schema } from '../schema.ts';
import { addedToDays } from './past-days.ts';
import { statement } from './roll-up.ts';
import { lockStatistics } from './until.ts';

const ROWS_A_STATEMENT = 50;

type Row = Schema['on_air_periods'];
/** A period that has ended, and is not changed by what happens now. */
export type Ended = Row & { to_at: number };

/** The ended periods of the span in which it is unknown whether the device was on air; and whether one has not ended. */
export async function unknownPeriods(db: Db, deviceId: string, from: number, to: number) {
  const rows = await db
    .selectFrom('on_air_periods')
    .selectAll()
    .where('device_id', '=', deviceId)
    .where('status', '=', 'unknown')
    .where('from_at', '<', to)
    .where((it) => it.or([it('to_at', '>', from), it('to_at', 'is', null)]))
    .orderBy('from_at')
    .execute();
  const periods = rows.map((row) => ({ ...row, from_at: Number(row.from_at), to_at: row.to_at && Number(row.to_at) }));
  const ended = periods.filter((it): it is Ended => it.to_at !== null);
  return { ended, isOpen: ended.length < periods.length };
}

/**
 * Replaces the parts of unknown periods of which there is evidence, in the daily sums, too. Nothing else changes: a
 * roll-up of these days would need what is long removed, such as commands. A period that another upload has changed
 * meanwhile stays as it is. Yields nothing if nothing is new.
 */
export function* learning(db: Db, unknown: readonly Ended[], evidence: readonly PastEvidence[]): Generator<Compilable> {
  const found = unknown.map((period) => ({ period, pieces: piecesOf(period, evidence) }));
  const changed = found.filter(({ pieces }) => pieces.some(({ known }) => known));
  if (changed.length === 0) return;
  yield lockStatistics(db);
  for (const { period, pieces } of changed) {
    yield* addedToDays(db, period, pieces.filter(isKnown), isStill(period));
    for (const chunk of chunksOf(pieces, ROWS_A_STATEMENT)) yield* inserts(db, period, chunk);
    // Last, since the other statements depend on the period as it was.
    const [{ to_at, known }] = pieces as [Piece];
    yield db
      .updateTable('on_air_periods')
      .set({ to_at, ...(known && { status: known.status, why: known.why }) })
      .where('device_id', '=', period.device_id)
      .where('from_at', '=', period.from_at)
      .where(isStill(period));
  }
}

const isStill = ({ device_id, from_at, to_at }: Ended) =>
  sql<boolean>`exists (select 1 from on_air_periods as it where it.device_id = ${device_id}
    and it.from_at = ${from_at} and it.to_at = ${to_at} and it.status = 'unknown')`;

interface Piece {
  from_at: number;
  to_at: number;
  /** Undefined: it stays unknown. */
  known: PastEvidence | undefined;
}
export type KnownPiece = Piece & { known: PastEvidence };

/** @param evidence in the order of time; where two overlap, the first counts */
function piecesOf({ from_at, to_at }: Ended, evidence: readonly PastEvidence[]): Piece[] {
  const pieces: Piece[] = [];
  let at = from_at;
  for (const known of evidence) {
    const from = Math.max(known.from, at);
    const to = Math.min(known.to, to_at);
    if (to <= from) continue;
    if (from > at) pieces.push({ from_at: at, to_at: from, known: undefined });
    pieces.push({ from_at: from, to_at: to, known });
    at = to;
  }
  if (at < to_at) pieces.push({ from_at: at, to_at, known: undefined });
  return pieces;
}

const isKnown = (piece: Piece): piece is KnownPiece => piece.known !== undefined;

/** The device was on air in none of these times, so it has no other playback there. */
function* inserts(db: Db, period: Ended, pieces: readonly Piece[]): Generator<Compilable> {
  const { device_id, group_name, why } = period;
  const text = (it: string) => sql`cast(${it} as text)`;
  const span = ({ from_at, to_at }: Piece) =>
    sql`${text(device_id)}, cast(${from_at} as bigint), cast(${to_at} as bigint), ${text(group_name)}`;
  const insert = (into: RawBuilder<unknown>, rows: RawBuilder<unknown>[]) =>
    statement(
      db,
      sql`insert into ${into} select * from (values ${sql.join(rows)}) as pieces where ${isStill(period)}
        on conflict (device_id, from_at) do nothing`,
    );
  const later = pieces
    .filter(({ from_at }) => from_at > period.from_at)
    .map((it) => sql`(${span(it)}, ${text(it.known?.status ?? 'unknown')}, ${text(it.known?.why ?? why)})`);
  const onAir = sql`on_air_periods (device_id, from_at, to_at, group_name, status, why)`;
  if (later.length > 0) yield insert(onAir, later);
  const played = pieces
    .filter(isKnown)
    .filter(({ known }) => known.status === 'yes')
    .map((it) => sql`(${span(it)}, ${text(it.known.item)}, ${text(it.known.playlist)})`);
  const playback = sql`playback_periods (device_id, from_at, to_at, group_name, item, playlist)`;
  if (played.length > 0) yield insert(playback, played);
}
