import jsonPatch, { type Operation } from 'fast-json-patch';
import { nothingRead, PICTURE_SECTION, playbackOf, read } from '../../machines/reading.ts';
import type { Restriction } from '../../machines/restriction.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type {
  Connection,
  DeviceDocument,
  JsonObject,
  PendingCommand,
  PendingStatus,
  Time,
} from '../protocol/document.ts';
import type { Description } from '../protocol/player.ts';
import { isSnapshot } from '../protocol/snapshot.ts';
import type { DeviceEdit } from './api.ts';

/** Cached, because many changes happen in the same millisecond. */
export function time(ms: number): Time {
  if (ms !== lastTime.ms) lastTime = { ms, text: new Date(ms).toISOString() };
  return lastTime.text;
}
let lastTime = { ms: Number.NaN, text: '' };

export function newDocument(id: string, at: number, intervalMs: number): DeviceDocument {
  return {
    id,
    name: null,
    type: null,
    group: null,
    appVersion: null,
    network: null,
    labels: {},
    connection: {
      status: 'offline',
      since: time(at),
      lastSeenAt: null,
      reason: 'never_connected',
      address: null,
      sessionId: null,
      node: null,
      clockSkewMs: null,
    },
    report: { status: 'unknown', receivedAt: null, measuredAt: null, intervalMs },
    playback: playbackOf(nothingRead),
    onAir: { status: 'unknown', since: time(at), why: 'not connected' },
    capabilities: { commands: [] },
    state: {},
    commands: {},
  };
}

/** Adds the parts that documents of earlier versions lack. */
export function completed<R extends { document: DeviceDocument }>(record: R): R {
  const { document } = record;
  const { onAir, playback, capabilities, report, labels } = document as Partial<DeviceDocument> & DeviceDocument;
  if (onAir && playback && capabilities && labels && report.measuredAt !== undefined) return record;
  return {
    ...record,
    document: {
      ...document,
      labels: labels ?? {},
      report: { ...report, measuredAt: report.measuredAt ?? null },
      playback: playback ?? playbackOf(read(document.state)),
      capabilities: capabilities ?? { commands: [] },
      onAir: onAir ?? { status: 'unknown', since: document.connection.since, why: 'not connected' },
    },
  };
}

/**
 * Applies the player's description of itself. Values set by an operator (`edited`) stay. Returns the same document if
 * nothing changes.
 */
export function withProfile(
  document: DeviceDocument,
  profile: Description,
  edited: ReadonlySet<string>,
): DeviceDocument {
  const said = {
    name: edited.has('name') ? undefined : profile.deviceName,
    type: profile.deviceType,
    group: edited.has('group') ? undefined : profile.deviceGroup,
    appVersion: profile.appVersion,
    network: profile.deviceNetwork,
    capabilities: profile.commands && { commands: profile.commands },
  };
  const changed = Object.entries(said).filter(([key, value]) => {
    if (value === undefined || value === null) return false;
    const known = document[key as keyof typeof said];
    return known !== value && JSON.stringify(known) !== JSON.stringify(value);
  });
  return changed.length === 0 ? document : { ...document, ...Object.fromEntries(changed) };
}

/** The connection after a registration. Registering the same session again changes nothing. */
export function connected(
  { reason: _, restricted: __, ...known }: Connection,
  session: { id: string; address: string },
  node: string,
  at: number,
): Connection {
  const since = known.status === 'online' && known.sessionId === session.id ? known.since : time(at);
  return { ...known, status: 'online', since, address: session.address, sessionId: session.id, node };
}

/** The reason stays the same when the grace period ends. */
export function disconnected(
  { reason: known, ...rest }: Connection,
  status: 'reconnecting' | 'offline',
  reason: string | undefined,
  at: number,
): Connection {
  const why = reason ?? known;
  return {
    ...rest,
    status,
    since: time(at),
    sessionId: null,
    node: null,
    ...(why === undefined ? {} : { reason: why }),
  };
}

/** A connection that was lost unobserved: the last contact is the only known time. */
export function lostUnseen(connection: Connection, reason: string): Connection {
  const since = connection.lastSeenAt ?? connection.since;
  return { ...connection, status: 'reconnecting', since, reason, sessionId: null, node: null };
}

/** A state replaces the previous one (SPEC P3), except that the last screenshot stays until a newer one arrives. */
export function keepPicture(state: JsonObject, { [PICTURE_SECTION]: picture }: JsonObject): void {
  if (isSnapshot(picture) && !isSnapshot(state[PICTURE_SECTION])) state[PICTURE_SECTION] = picture;
}

/** `places`: where both machines connect from. Empty: the conflict is over. */
export function withConflict({ conflict, ...rest }: Connection, places: readonly string[], at: number): Connection {
  if (places.length === 0) return rest;
  return { ...rest, conflict: { since: conflict?.since ?? time(at), places: [...places] } };
}

/** Shows a restriction in the document (SPEC P13). */
export function withRestriction(connection: Connection, restriction: Restriction | undefined, at: number): Connection {
  const { restricted, ...rest } = connection;
  if (!restriction) return restricted ? rest : connection;
  const { why, since, until } = restriction;
  return { ...rest, restricted: { since: time(at), until: time(at + until - since), why } };
}

/** The pending commands after changes of some records. */
export function shownCommands(
  known: Record<string, PendingCommand>,
  records: readonly (CommandRecord | undefined)[],
): Record<string, PendingCommand> {
  const shown = { ...known };
  for (const record of records) {
    if (!record) continue;
    const { commandId, command, status, attempts: attempt, requestedBy, requestedAt, deadlineAt } = record;
    shown[commandId] = { command, status: status as PendingStatus, attempt, requestedBy, requestedAt, deadlineAt };
  }
  return shown;
}

/** Piggybacked fields: they change with every message, and are published only together with other changes (SPEC D3). */
const PIGGYBACKED = new Set([
  '/connection/lastSeenAt',
  '/connection/clockSkewMs',
  '/report/receivedAt',
  '/report/measuredAt',
]);

/** The patch between two documents. Undefined if only piggybacked fields differ. */
export function diff(before: DeviceDocument, after: DeviceDocument, hasSkewJumped = false): Operation[] | undefined {
  const compared = jsonPatch.compare(before, after);
  const patch = compared.length > MAX_OPERATIONS ? bySections(compared, after.state) : compared;
  return !hasSkewJumped && patch.every(({ path }) => PIGGYBACKED.has(path)) ? undefined : patch;
}

/** Beyond this many operations, replacing whole sections takes less space. */
const MAX_OPERATIONS = 1000;
const MAX_OPERATIONS_OF_A_SECTION = 100;

/** Replaces sections with many differences as a whole, or the whole state if many sections differ. */
function bySections(patch: readonly Operation[], state: JsonObject): Operation[] {
  const sectionOf = (path: string) => /^\/state\/[^/]*/.exec(path)?.[0];
  const counts = new Map<string, number>();
  for (const { path } of patch) {
    const section = sectionOf(path);
    if (section !== undefined) counts.set(section, (counts.get(section) ?? 0) + 1);
  }
  if (counts.size > MAX_OPERATIONS) {
    const others = patch.filter(({ path }) => sectionOf(path) === undefined);
    return [...others, { op: 'replace', path: '/state', value: state }];
  }
  const isWhole = (section: string | undefined): section is string =>
    section !== undefined && (counts.get(section) as number) > MAX_OPERATIONS_OF_A_SECTION;
  const whole = [...counts.keys()].filter(isWhole).map((path): Operation => {
    const key = jsonPatch.unescapePathComponent(path.slice('/state/'.length));
    return { op: 'replace', path, value: state[key] };
  });
  return [...patch.filter(({ path }) => !isWhole(sectionOf(path))), ...whole];
}

/**
 * Whether only the player's reported state changed, and nothing about its situation. Pending commands have records of
 * their own.
 */
export function concernsStateOnly(after: DeviceDocument, before: DeviceDocument): boolean {
  const { state: _, playback: __, commands: ___, report: r1, connection: c1, ...rest } = after;
  const { report: r0, connection: c0 } = before;
  return (
    // A screenshot is a change of its own: a returning player does not send it again.
    after.state[PICTURE_SECTION] === before.state[PICTURE_SECTION] &&
    r1.status === r0.status &&
    r1.intervalMs === r0.intervalMs &&
    r1.refused === r0.refused &&
    after.playback.status === before.playback?.status &&
    c1.status === c0.status &&
    c1.sessionId === c0.sessionId &&
    c1.conflict === c0.conflict &&
    after.blocked === before.blocked &&
    c1.restricted === c0.restricted &&
    (Object.keys(rest) as (keyof typeof rest)[]).every((key) => rest[key] === before[key])
  );
}

/** The fields set by an operator. Absent ones stay. */
export function given({ name, group, labels }: DeviceEdit): Partial<Pick<DeviceDocument, 'name' | 'group' | 'labels'>> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(group === undefined ? {} : { group }),
    ...(labels === undefined ? {} : { labels }),
  };
}
