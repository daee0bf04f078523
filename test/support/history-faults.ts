import { DEAD_MS, LEASE_MS } from '../../machines/membership.ts';
import type { Update } from '../../src/protocol/document.ts';
import type { PlayerCommand } from './clients.ts';
import type { Ending } from './operator.ts';

/** The owners of each device and epoch, as published by the instances. */
export interface OwnerHistory {
  owners: Map<string, Map<number, Set<string>>>;
}

/** An admin's copy, with the messages that built it. */
export interface ObserverHistory {
  gaps: readonly string[];
  messages: readonly { cursor: string; updates: readonly Update[] }[];
  documents: ReadonlyMap<string, unknown>;
}

/** An instance was killed, or frozen (`until`). */
export interface Silence {
  by: string;
  at: number;
  until?: number;
}

/** All observations of one run. */
export interface History {
  owners: OwnerHistory;
  observers: readonly ObserverHistory[];
  /** The commands received by each device. */
  received: ReadonlyMap<string, readonly PlayerCommand[]>;
  /** All accepted commands, and all results sent to the requester, with the time and the instance. */
  accepted: readonly { commandId: string; deviceId: string }[];
  endings: readonly (Ending & { toldAt?: number; by?: string })[];
  /** Results that an instance sent in the moment before it fell silent may be sent again (SPEC K3). */
  silences?: readonly Silence[];
}

/** The final state of one instance. */
export interface Kept {
  /** Each document with its version, as canonical JSON. */
  documents: ReadonlyMap<string, string>;
  /** The status of each accepted command. */
  commands: ReadonlyMap<string, string>;
}

const TOGGLES = new Set(['vlc:pause', 'vlc:fullscreen']);
/** Within this time before it fell silent, an instance may have sent what it did not record; clients receive it later. */
const LAST_MOMENT_MS = 1500;
/** It acts only with a heartbeat that is younger than the lease. A shorter freeze lets nobody count it as lost. */
const SHORTEST_LOSS_MS = DEAD_MS - LEASE_MS;

/** All violations of invariants. */
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
    // After switching instances, a copy may go back a little (SPEC K2); the new instance then sends all documents.
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

/**
 * Two instances that publish the same version must publish the same content, whether as a patch or a whole document.
 */
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
  else if (told.length > 1 && !mayBeToldAgain(first, told, history.silences)) {
    const how = told.map(({ status, by, toldAt }) => [status, by, toldAt].filter(Boolean).join(' '));
    yield `${commandId}: told ${told.length} times (${how.join(', ')})`;
  }
  const known = kept.map(({ commands }) => commands.get(commandId));
  if (known.some((status) => status !== first?.status)) yield `${commandId}: told as ${statuses}, kept as ${known}`;
  const wasSent = [...history.received.values()].some((all) => all.some((it) => it.commandId === commandId));
  if (first?.status === 'undelivered' && wasSent) yield `${commandId}: undelivered, and it was delivered`;
}

function mayBeToldAgain(
  first: History['endings'][number],
  told: History['endings'],
  silences: readonly Silence[] = [],
): boolean {
  const { toldAt = 0 } = first;
  const same = new Set(told.map((it) => `${it.status} ${it.attempts} ${it.durationMs}`)).size === 1;
  const isExcuse = ({ by, at, until = Number.POSITIVE_INFINITY }: Silence) =>
    by === first.by && Math.abs(toldAt - at) <= LAST_MOMENT_MS && until - at >= SHORTEST_LOSS_MS;
  return same && silences.some(isExcuse);
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

/** Includes piggybacked fields (`lastSeenAt` and the like), which are published together with other changes. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, it) =>
    it && typeof it === 'object' && !Array.isArray(it) ? Object.fromEntries(Object.entries(it).sort()) : it,
  );
}
