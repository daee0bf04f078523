import type { Redis } from 'ioredis';
import type { Claim, Entry, Head, OwnedRecord, Pulse, Registry } from '../../ports/registry.ts';
import { CLAIM, HEARTBEAT, RELEASE, WRITE } from './scripts.ts';

/** A single hash tag, so that the scripts also run on a Redis cluster. */
export const keys = {
  claims: '{vigia}:claims',
  versions: '{vigia}:versions',
  records: '{vigia}:records',
  instances: '{vigia}:instances',
  /** The value must not change: instances of different versions share it during an upgrade. */
  changes: '{vigia}:news',
  messages: (instance: string) => `{vigia}:to:${instance}`,
} as const;

/** Dead instances stay listed until every other instance has certainly noticed. */
const FORGET_DEAD_MS = 600_000;
const SCAN_COUNT = 500;

type Script = 'vigiaClaim' | 'vigiaWrite' | 'vigiaHeartbeat' | 'vigiaRelease';
type Reply = (string | number | null)[];

export function createRegistry(redis: Redis, me: string): Registry {
  const hashes = [keys.claims, keys.versions, keys.records] as const;
  let reachable = true;
  redis.defineCommand('vigiaClaim', { numberOfKeys: 3, lua: CLAIM });
  redis.defineCommand('vigiaWrite', { numberOfKeys: 3, lua: WRITE });
  redis.defineCommand('vigiaHeartbeat', { numberOfKeys: 1, lua: HEARTBEAT });
  redis.defineCommand('vigiaRelease', { numberOfKeys: 2, lua: RELEASE });
  const run = redis as unknown as Record<Script, (...args: (string | number | Buffer)[]) => Promise<Reply>>;

  async function reach<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call();
      reachable = true;
      return answer;
    } catch (error) {
      reachable = false;
      throw error;
    }
  }

  return {
    get reachable() {
      return reachable;
    },
    async claim(wanted, from) {
      const owners = from === undefined ? [-1] : [from.length, ...from];
      const devices = wanted.flatMap(({ id, floor }) => [id, floor]);
      const reply = await reach(() => run.vigiaClaim(...hashes, me, ...owners, ...devices));
      return wanted.map(({ id }, i): Claim => {
        const [granted, epoch, before, version, record] = reply.slice(i * 5, i * 5 + 5) as Reply;
        return {
          id,
          granted: granted === 1,
          epoch: Number(epoch),
          owner: granted === 1 ? me : String(before),
          before: String(before),
          version: Number(version),
          record: record === null ? undefined : String(record),
        };
      });
    },
    async write(records: readonly OwnedRecord[], message) {
      const args = records.flatMap((it) => [it.id, it.epoch, it.version, it.record ?? '']);
      const others = await reach(() =>
        run.vigiaWrite(...hashes, me, keys.changes, message === undefined ? '' : Buffer.from(message), ...args),
      );
      const refused: Head[] = [];
      for (let i = 0; i < others.length; i += 3) {
        const [id, claim, version] = others.slice(i, i + 3);
        refused.push({ id: String(id), ...parseClaim(String(claim)), version: Number(version) });
      }
      return refused;
    },
    async read(ids) {
      if (ids.length === 0) return [];
      const replies = await reach(() =>
        redis
          .multi()
          .hmget(keys.claims, ...ids)
          .hmget(keys.versions, ...ids)
          .hmget(keys.records, ...ids)
          .exec(),
      );
      const [claims, versions, records] = (replies ?? []).map(([error, value]) => {
        if (error) throw error;
        return value as (string | null)[];
      });
      return ids.map((id, i): Entry | undefined => {
        const claim = claims?.[i];
        if (!claim) return undefined;
        return {
          id,
          ...parseClaim(claim),
          version: Number(versions?.[i] ?? 0),
          record: records?.[i] ?? undefined,
        };
      });
    },
    async *scan() {
      let cursor = '0';
      do {
        const [next, found] = await reach(() => redis.hscan(keys.claims, cursor, 'COUNT', SCAN_COUNT));
        cursor = next;
        const ids = found.filter((_, i) => i % 2 === 0);
        if (ids.length === 0) continue;
        const versions = await reach(() => redis.hmget(keys.versions, ...ids));
        yield ids.map(
          (id, i): Head => ({
            id,
            ...parseClaim(found[i * 2 + 1] as string),
            version: Number(versions[i] ?? 0),
          }),
        );
      } while (cursor !== '0');
    },
    async heartbeat() {
      const [now, isNew, scores] = (await reach(() =>
        run.vigiaHeartbeat(keys.instances, me, FORGET_DEAD_MS),
      )) as unknown as [number, number, string[]];
      const lastHeard = new Map<string, number>();
      for (let i = 0; i < scores.length; i += 2) lastHeard.set(scores[i] as string, Number(scores[i + 1]));
      return { now, lastHeard, isNew: isNew === 1 } satisfies Pulse;
    },
    async release(owned) {
      const args = owned.flatMap(({ id, epoch, version }) => [id, epoch, version]);
      await reach(() => run.vigiaRelease(keys.claims, keys.versions, me, ...args));
    },
    async leave() {
      await reach(() => redis.zrem(keys.instances, me));
    },
  };
}

function parseClaim(claim: string): { epoch: number; owner: string } {
  const space = claim.indexOf(' ');
  return { epoch: Number(claim.slice(0, space)), owner: claim.slice(space + 1) };
}
