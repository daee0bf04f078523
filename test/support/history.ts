import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { keys } from '../../src/adapters/redis/registry.ts';
import { decode } from '../../src/cluster/replication-message.ts';
import { canonical, faultsIn, type History, type Kept, type OwnerHistory } from './history-faults.ts';
import type { TestServer } from './server.ts';

/** Records what the instances publish. */
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
  await redis.subscribe(keys.changes);
  return { owners };
}

/** Returns all violations; call it once the cluster is quiet. An empty list is success. */
export async function judge(history: History, instances: readonly TestServer[]): Promise<string[]> {
  return faultsIn(history, await Promise.all(instances.map((it) => keptBy(it, history))));
}

async function keptBy(server: TestServer, { accepted }: History): Promise<Kept> {
  const commands = new Map<string, string>();
  for (const { commandId } of accepted) {
    const { status, body } = await server.call(`/commands/${commandId}`);
    commands.set(commandId, status === 200 ? body.status : `HTTP ${status}`);
  }
  return { documents: await documentsOf(server), commands };
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
