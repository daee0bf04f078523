import type { Update } from '../../src/protocol/document.ts';
import type { PlayerCommand } from './clients.ts';
import type { Ending } from './operator.ts';

/** Who spoke for which device in which epoch, as the instances told each other. */
export interface OwnerHistory {
  owners: Map<string, Map<number, Set<string>>>;
}

/** An admin's copy, and how it came about. */
export interface ObserverHistory {
  gaps: readonly string[];
  messages: readonly { cursor: string; updates: readonly Update[] }[];
  documents: ReadonlyMap<string, unknown>;
}

/** Everything that was seen of one run. */
export interface History {
  owners: OwnerHistory;
  observers: readonly ObserverHistory[];
  /** What each device got. */
  received: ReadonlyMap<string, readonly PlayerCommand[]>;
  /** What was accepted, and every ending that the one who asked was told, when, and by which instance. */
  accepted: readonly { commandId: string; deviceId: string }[];
  endings: readonly (Ending & { toldAt?: number; by?: string })[];
  /** When an instance was killed (SPEC K3: what it told in that moment may be told again). */
  killedAt?: readonly number[];
}

/** What one instance says in the end. */
export interface Kept {
  /** Each document, and its version, as canonical JSON. */
  documents: ReadonlyMap<string, string>;
  /** The status of each accepted command. */
  commands: ReadonlyMap<string, string>;
}

const TOGGLES = new Set(['vlc:pause', 'vlc:fullscreen']);
/** So long before its end an instance may have told what nobody recorded. */
const LAST_MOMENT_MS = 1500;

/** What must never be, and was. */
export function faultsIn(history: History, kept: readonly Kept[]): string[] {
  return [
    ...ownerFaults(history.owners),
    ...history.observers.flatMap(streamFaults),
    ...contentFaults(history),
    ...toggleFaults(history),
    ...history.accepted.flatMap(({ commandId }) => [...endingFaults(commandId, history, kept)]),
    ...differences(history, kept),
  ];
}

function* ownerFaults({ owners }: OwnerHistory): Iterable<string> {
  for (const [id, epochs] of owners) {
    for (const [epoch, names] of epochs) {
      if (names.size > 1) yield `${id}: epoch ${epoch} had the owners ${[...names].join(', ')}`;
    }
  }
}

function streamFaults({ gaps, messages }: ObserverHistory): string[] {
  const faults = [...gaps];
  const last = new Map<string, number>();
  let channel = '';
  for (const { cursor, updates } of messages) {
    // Another instance may be a moment behind the one before (SPEC K2), and has said so by giving all documents.
    const [now] = cursor.split('.') as [string];
    if (now !== channel) last.clear();
    channel = now;
    for (const { deviceId, version } of updates) {
      if (version <= (last.get(deviceId) ?? 0)) faults.push(`${deviceId}: ${version} after ${last.get(deviceId)}`);
      last.set(deviceId, version);
    }
  }
  return faults;
}

/** What was told by two instances with one version must be one and the same, be it a patch or a whole. */
function* contentFaults({ observers }: History): Iterable<string> {
  const contents = new Map<string, string>();
  for (const update of observers.flatMap(({ messages }) => messages).flatMap(({ updates }) => updates)) {
    const { deviceId, version } = update;
    const form = 'patch' in update ? 'patch' : 'document' in update ? 'document' : 'deleted';
    const place = `${deviceId} ${version} ${form}`;
    const content = canonical(Object.entries(update).find(([key]) => key === form));
    const known = contents.get(place) ?? content;
    contents.set(place, known);
    if (known !== content) yield `${deviceId}: version ${version} was told as ${known}, and as ${content}`;
  }
}

function* toggleFaults({ received }: History): Iterable<string> {
  for (const [id, commands] of received) {
    const toggles = commands.filter((it) => TOGGLES.has(it.command)).map((it) => it.commandId);
    for (const twice of toggles.filter((it, i) => toggles.indexOf(it) !== i)) yield `${id}: toggle ${twice} came twice`;
  }
}

function* endingFaults(commandId: string, history: History, kept: readonly Kept[]): Iterable<string> {
  const told = history.endings.filter((it) => it.commandId === commandId);
  const [first] = told;
  const statuses = told.map((it) => it.status);
  if (!first) yield `${commandId}: its ending was never told`;
  else if (told.length > 1 && !mayBeToldAgain(first, told, history.killedAt)) {
    const how = told.map(({ status, by, toldAt }) => [status, by, toldAt].filter(Boolean).join(' '));
    yield `${commandId}: told ${told.length} times (${how.join(', ')})`;
  }
  const known = kept.map(({ commands }) => commands.get(commandId));
  if (known.some((status) => status !== first?.status)) yield `${commandId}: told as ${statuses}, kept as ${known}`;
  const wasSent = [...history.received.values()].some((all) => all.some((it) => it.commandId === commandId));
  if (first?.status === 'undelivered' && wasSent) yield `${commandId}: undelivered, and it was delivered`;
}

function mayBeToldAgain(
  { toldAt = 0 }: History['endings'][number],
  told: History['endings'],
  killedAt: readonly number[] = [],
): boolean {
  const same = new Set(told.map((it) => `${it.status} ${it.attempts} ${it.durationMs}`)).size === 1;
  return same && killedAt.some((at) => toldAt <= at + LAST_MOMENT_MS && toldAt >= at - LAST_MOMENT_MS);
}

function* differences({ observers }: History, kept: readonly Kept[]): Iterable<string> {
  const [one] = kept;
  for (const [i, { documents }] of kept.entries()) {
    for (const id of new Set([...documents.keys(), ...(one?.documents.keys() ?? [])])) {
      const [is, other] = [documents.get(id), one?.documents.get(id)];
      if (is !== other) yield `${id}: instance ${i} knows ${is}, the first ${other}`;
    }
  }
  for (const { documents } of observers) {
    for (const id of new Set([...documents.keys(), ...(one?.documents.keys() ?? [])])) {
      const [seen, text] = [canonical(documents.get(id)), one?.documents.get(id)];
      if (seen !== text) yield `${id}: an admin sees ${seen}, the instance ${text}`;
    }
  }
}

/** Riders (`lastSeenAt` and the like) are part of it: they are told with the changes they ride on. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, it) =>
    it && typeof it === 'object' && !Array.isArray(it) ? Object.fromEntries(Object.entries(it).sort()) : it,
  );
}
