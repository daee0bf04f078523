import type { Compilable } from 'kysely';
import type { PastEvidence } from '../../../ports/past-reports.ts';
import { chunksOf } from '../database.ts';
import type { Db, Schema } from '../schema.ts';
import { touched } from './until.ts';

const ROWS_A_STATEMENT = 50;

type Row = Schema['on_air_periods'];
/** A period that has ended, and is not changed by what happens now. */
type Ended = Row & { to_at: number };

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

/** Replaces the parts of unknown periods of which there is evidence. Nothing else changes. */
export function* learning(
  db: Db,
  unknown: readonly Ended[],
  evidence: readonly PastEvidence[],
  now: number,
): Generator<Compilable> {
  const found = unknown.map((period) => ({ period, pieces: piecesOf(period, evidence) }));
  const changed = found.filter(({ pieces }) => pieces.some(({ known }) => known));
  if (changed.length === 0) return;
  yield* touched(db, Math.min(...changed.map(({ period }) => period.from_at)), now);
  for (const { period, pieces } of changed) {
    yield db
      .deleteFrom('on_air_periods')
      .where('device_id', '=', period.device_id)
      .where('from_at', '=', period.from_at);
    for (const chunk of chunksOf(pieces, ROWS_A_STATEMENT)) yield* inserts(db, period, chunk);
  }
}

interface Piece {
  from_at: number;
  to_at: number;
  /** Undefined: it stays unknown. */
  known: PastEvidence | undefined;
}

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

/** The device was on air in none of these times, so it has no other playback there. */
function* inserts(db: Db, { device_id, group_name, why }: Ended, pieces: readonly Piece[]): Generator<Compilable> {
  const span = ({ from_at, to_at }: Piece) => ({ device_id, group_name, from_at, to_at });
  yield db
    .insertInto('on_air_periods')
    .values(pieces.map((it) => ({ ...span(it), status: it.known?.status ?? 'unknown', why: it.known?.why ?? why })))
    .onConflict((it) => it.columns(['device_id', 'from_at']).doNothing());
  const played = pieces.flatMap((it) =>
    it.known?.status === 'yes' ? [{ ...span(it), item: it.known.item, playlist: it.known.playlist }] : [],
  );
  if (played.length === 0) return;
  yield db
    .insertInto('playback_periods')
    .values(played)
    .onConflict((it) => it.columns(['device_id', 'from_at']).doNothing());
}
