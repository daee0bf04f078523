import jsonPatch from 'fast-json-patch';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type {
  FleetQuery,
  History,
  HistoryChange,
  HistoryPage,
  HistoryQuery,
  MayBeBehind,
  PastFleet,
  PastState,
} from '../../../ports/history.ts';
import type { Journal } from '../../../ports/journal.ts';
import { orUnavailable } from '../../../protocol/errors.ts';
import type { Db } from '../schema.ts';
import { idsAfter } from './ids.ts';
import { createPatchReader } from './paths.ts';

/** Rows per query, and the size at which a page ends: a single patch can be as large as a state. */
const FIRST_ROWS = 100;
const NEXT_ROWS = 300;
const PAGE_SIZE = 4 * 1024 * 1024;
/** Ids per page of the fleet, of which a token may see few. */
const IDS_A_PAGE = 2000;
/** Reads of one page at a time: half of the connections, so that other reads need not wait for the page. */
const READS = 2;

export function createHistory(deps: { db: Db; journal: Pick<Journal, 'written'>; log: Pick<Logger, 'warn'> }): History {
  const { db, journal, log } = deps;
  const patchesOf = createPatchReader(db);

  /** Waits until everything published so far is written; if that fails, the answer is marked with `isBehind`. */
  async function answer<T extends object>(read: () => Promise<T | undefined>): Promise<(T & MayBeBehind) | undefined> {
    const isBehind = await journal.written().then(
      () => false,
      () => true,
    );
    const found = await orUnavailable(
      read,
      'The history cannot be read now. New changes are still recorded.',
      (error) => log.warn({ err: error }, 'cannot read the history'),
    );
    return found && isBehind ? { ...found, isBehind } : found;
  }

  return {
    stateAt: (deviceId, at) => answer(() => stateAt(db, patchesOf, deviceId, at)),
    fleetAt: (query) => answer(() => fleetAt(db, patchesOf, query)) as Promise<PastFleet>,
    changes: (query) => answer(() => page(db, patchesOf, query)) as Promise<HistoryPage>,
  };
}

/**
 * The last change up to a time. Starts at the latest keyframe up to that time and follows the versions until one is
 * later. Time and versions can disagree: a clock may step back, or an instance that takes over may have a slow clock.
 */
const lastUpTo = (deviceId: string, at: number) => sql<Row>`(
  with frame as (
    select version from keyframes where device_id = ${deviceId} and at <= ${at} order by at desc, version desc limit 1
  ), later as (
    select version from changes
    where device_id = ${deviceId} and version > coalesce((select version from frame), 0) and at > ${at}
    order by version limit 1
  )
  select version, at, kind from changes
  where device_id = ${deviceId} and version >= coalesce((select version from frame), 0)
    and version < coalesce((select version from later), ${Number.MAX_SAFE_INTEGER})
  order by version desc limit 1
)`;

type Row = { version: number; at: number; kind: string };
type PatchReader = ReturnType<typeof createPatchReader>;

/**
 * A single statement, so that nothing is pruned between two reads: the version at that time with its keyframe (`base`),
 * and the patches since then.
 */
async function stateAt(db: Db, patchesOf: PatchReader, deviceId: string, at: number): Promise<PastState | undefined> {
  const { rows } = await sql<Row & { base: number | null; json: string }>`
    with last as ${lastUpTo(deviceId, at)}, frame as (
      select version, document from keyframes
      where device_id = ${deviceId} and version <= (select version from last)
      order by version desc limit 1
    )
    select last.version, last.at, last.kind, frame.version as base, frame.document as json
      from last cross join frame
    union all
    select version, at, kind, null, patch from changes
      where device_id = ${deviceId} and version > (select version from frame) and version <= (select version from last)
  `.execute(db);
  const last = rows.find(({ base }) => base !== null);
  if (!last || last.kind === 'deleted') return undefined;
  const document = JSON.parse(last.json);
  const later = rows.filter((row) => row !== last).sort((a, b) => a.version - b.version);
  const patches = await patchesOf(later.map(({ at, kind, json }) => ({ at, kind, patch: json })));
  for (const patch of patches) jsonPatch.applyPatch(document, patch, false, true);
  return { version: last.version, since: last.at, document, ...(last.kind === 'coarse' ? { isCoarse: true } : {}) };
}

/** Device by device, so that no piece of the work is larger than one document. */
async function fleetAt(
  db: Db,
  patchesOf: PatchReader,
  { at, after = '', limit, sees = () => true }: FleetQuery,
): Promise<PastFleet> {
  const ids = await idsAfter(db, after, IDS_A_PAGE);
  const seen = ids.filter(sees);
  const wanted = seen.slice(0, limit);
  const found = new Map<string, PastState>();
  const left = wanted.values();
  await Promise.all(
    Array.from({ length: READS }, async () => {
      for (const id of left) {
        const state = await stateAt(db, patchesOf, id, at);
        if (state) found.set(id, state);
      }
    }),
  );
  const last = seen.length > limit ? wanted.at(-1) : ids.length === IDS_A_PAGE ? ids.at(-1) : undefined;
  const devices = wanted.flatMap((deviceId) => {
    const state = found.get(deviceId);
    return state ? [{ deviceId, ...state }] : [];
  });
  return { devices, ...(last !== undefined && { last }) };
}

async function page(
  db: Db,
  patchesOf: PatchReader,
  { deviceId, from, to, limit, ...query }: HistoryQuery,
): Promise<HistoryPage> {
  const versionAt = async (at: number) => {
    const { rows } = await sql<Row>`select * from ${lastUpTo(deviceId, at)} as last`.execute(db);
    return rows[0]?.version ?? 0;
  };
  const until = to === undefined ? undefined : await versionAt(to - 1);
  let after = query.after ?? (from === undefined ? 0 : await versionAt(from - 1));
  const changes: HistoryChange[] = [];
  let size = 0;
  while (true) {
    const most = changes.length === 0 ? FIRST_ROWS : NEXT_ROWS;
    const wanted = Math.min(most, limit + 1 - changes.length);
    const rows = await read(db, patchesOf, { deviceId, after, until, limit: wanted });
    for (const row of rows) {
      if (changes.length === limit || size > PAGE_SIZE) return { changes, more: true };
      changes.push(row);
      size += sizeOf(row);
    }
    if (rows.length < wanted) return { changes, more: false };
    after = rows.at(-1)?.version as number;
  }
}

async function read(
  db: Db,
  patchesOf: PatchReader,
  { deviceId, after, until, limit }: { deviceId: string; after: number; until: number | undefined; limit: number },
): Promise<HistoryChange[]> {
  // Only rows without a patch have their document in `keyframes`.
  const document = sql<string | null>`case when c.kind in ('document', 'coarse') then
    (select document from keyframes as k where k.device_id = c.device_id and k.version = c.version) end`;
  let query = db
    .selectFrom('changes as c')
    .select(['c.version', 'c.at', 'c.kind', 'c.patch', document.as('document')])
    .where('c.device_id', '=', deviceId)
    .where('c.version', '>', after)
    .orderBy('c.version')
    .limit(limit);
  if (until !== undefined) query = query.where('c.version', '<=', until);
  const rows = await query.execute();
  const patches = await patchesOf(rows.flatMap(({ at, kind, patch }) => (patch === null ? [] : { at, kind, patch })));
  let next = 0;
  return rows.map(({ version, at, kind, patch, document }): HistoryChange => {
    if (kind === 'deleted') return { version, at, deleted: true };
    if (patch !== null) return { version, at, patch: JSON.stringify(patches[next++]) };
    return { version, at, document: document as string, ...(kind === 'coarse' ? { isCoarse: true } : {}) };
  });
}

function sizeOf(change: HistoryChange): number {
  if ('patch' in change) return change.patch.length;
  return 'document' in change ? change.document.length : 0;
}
