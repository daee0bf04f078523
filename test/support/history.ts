import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { keys } from '../../src/adapters/redis/registry.ts';
import { decode } from '../../src/cluster/news.ts';
import type { PlayerCommand, Replica } from './clients.ts';
import type { Ending } from './operator.ts';
import type { TestServer } from './server.ts';

/** Who spoke for which device in which epoch, as the instances told each other. */
export interface OwnerHistory {
  owners: Map<string, Map<number, Set<string>>>;
}

/** Listens to what the instances publish. */
export async function recordOwners(url: string): Promise<OwnerHistory> {
  const owners: OwnerHistory['owners'] = new Map();
  const redis = new Redis(url, { retryStrategy: () => 100 });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  redis.on('messageBuffer', (_channel: Buffer, bytes: Buffer) => {
    const { from, changes = [] } = decode(bytes);
    for (const [epoch, { deviceId }] of changes) {
      const epochs = owners.get(deviceId) ?? new Map<number, Set<string>>();
      owners.set(deviceId, epochs);
      epochs.set(epoch, (epochs.get(epoch) ?? new Set()).add(from));
    }
  });
  await redis.subscribe(keys.news);
  return { owners };
}

/** Everything that was seen of one run. */
export interface History {
  owners: OwnerHistory;
  observers: readonly Replica[];
  /** What each device got. */
  received: ReadonlyMap<string, readonly PlayerCommand[]>;
  /** What was accepted, and every ending that the one who asked was told. */
  accepted: readonly { commandId: string; deviceId: string }[];
  endings: readonly Ending[];
}

const TOGGLES = new Set(['vlc:pause', 'vlc:fullscreen']);

/** What must never be seen, and was. Call it once all is quiet; an empty list is what is hoped for. */
export async function judge(history: History, instances: readonly TestServer[]): Promise<string[]> {
  const faults: string[] = [];
  for (const [id, epochs] of history.owners.owners) {
    for (const [epoch, owners] of epochs)
      if (owners.size > 1) faults.push(`${id}: epoch ${epoch} had the owners ${[...owners].join(', ')}`);
  }
  for (const replica of history.observers) {
    faults.push(...replica.gaps);
    const last = new Map<string, number>();
    let channel = '';
    for (const { cursor, updates } of replica.messages) {
      // Another instance may be a moment behind the one before (SPEC K2), and has said so by giving all documents.
      const [now] = cursor.split('.') as [string];
      if (now !== channel) last.clear();
      channel = now;
      for (const { deviceId, version } of updates) {
        if (version <= (last.get(deviceId) ?? 0)) faults.push(`${deviceId}: ${version} after ${last.get(deviceId)}`);
        last.set(deviceId, version);
      }
    }
  }
  for (const [id, commands] of history.received) {
    const toggles = commands.filter((it) => TOGGLES.has(it.command)).map((it) => it.commandId);
    const twice = toggles.filter((it, i) => toggles.indexOf(it) !== i);
    for (const commandId of twice) {
      const kept = await instances[0]?.call(`/commands/${commandId}`);
      faults.push(`${id}: a toggle came twice: ${JSON.stringify(kept?.body)}`);
    }
  }
  for (const { commandId } of history.accepted) {
    const told = history.endings.filter((it) => it.commandId === commandId);
    if (told.length !== 1) faults.push(`${commandId}: told ${told.length} times (${told.map((it) => it.status)})`);
    const kept = await Promise.all(instances.map(async (it) => (await it.call(`/commands/${commandId}`)).body.status));
    if (kept.some((status) => status !== told[0]?.status)) faults.push(`${commandId}: ${told[0]?.status}, and ${kept}`);
    const wasSent = [...history.received.values()].some((all) => all.some((it) => it.commandId === commandId));
    if (told[0]?.status === 'undelivered' && wasSent) faults.push(`${commandId}: undelivered, and it was delivered`);
  }
  const documents = await Promise.all(instances.map((it) => documentsOf(it)));
  for (const [i, of] of documents.entries()) {
    for (const [id, document] of of) {
      const other = documents[0]?.get(id);
      if (!isDeepStrictEqual(document, other))
        faults.push(`${id}: instance ${i} knows ${document}, the first ${other}`);
    }
  }
  for (const replica of history.observers) {
    for (const [id, text] of documents[0] ?? []) {
      const seen = replica.documents.get(id);
      if (canonical(seen) !== text) faults.push(`${id}: an admin sees ${canonical(seen)}, the instance ${text}`);
    }
  }
  return faults;
}

async function documentsOf(server: TestServer): Promise<Map<string, string>> {
  const documents = new Map<string, string>();
  for (let query = ''; ; ) {
    const { body } = await server.call(`/devices?limit=1000${query}`);
    for (const it of body.devices) documents.set(it.document.id, canonical(it));
    if (!body.cursor) return documents;
    query = `&cursor=${body.cursor}`;
  }
}

/** Riders (`lastSeenAt` and the like) are part of it: they are told with the changes they ride on. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, it) =>
    it && typeof it === 'object' && !Array.isArray(it) ? Object.fromEntries(Object.entries(it).sort()) : it,
  );
}
