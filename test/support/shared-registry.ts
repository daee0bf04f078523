import type { Bus } from '../../src/ports/bus.ts';
import type { Claim, Entry, Head, Registry } from '../../src/ports/registry.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** The Redis of a simulated cluster: the rules of its scripts, and its messages. */
export interface SharedRegistry {
  join(me: string): { registry: Registry; bus: Bus };
  /** The process has ended: it neither sends nor receives from now on. */
  leave(me: string): void;
  /** These instances cannot reach it. */
  readonly cutOff: Set<string>;
  /** Messages to these instances are lost, although they can reach it. */
  readonly deaf: Set<string>;
  /** Its subscriptions work again. */
  reconnect(me: string): void;
  /** Restarts empty. */
  clear(): void;
  read(id: string): Entry | undefined;
  /** Devices that were written before they were published, because their instance had not claimed them. */
  readonly early: string[];
  /** Violations of K1: two owners of one epoch. */
  readonly faults: string[];
}

interface Row {
  epoch: number;
  owner: string;
  version: number;
  record: string | undefined;
}

const NOBODY: Row = { epoch: 0, owner: '', version: 0, record: undefined };

/** @param latency of messages, in ms; without it they arrive in a later turn of the event loop */
export function sharedRegistry(clock: SimulatedClock, latency?: () => number): SharedRegistry {
  const rows = new Map<string, Row>();
  const beats = new Map<string, number>();
  const members = new Map<string, Member>();
  const owners = new Map<string, string>();
  const cutOff = new Set<string>();
  const deaf = new Set<string>();
  const faults: string[] = [];
  const early: string[] = [];

  interface Member {
    published(message: Buffer): void;
    message(message: unknown): void;
    reconnected(): void;
    /** Messages arrive in order. */
    arrivalAt: number;
  }

  const rowOf = (id: string): Row => rows.get(id) ?? NOBODY;
  const set = (id: string, row: Row) => {
    rows.set(id, row);
    if (row.owner === '') return;
    const key = `${id} ${row.epoch}`;
    const known = owners.get(key);
    if (known !== undefined && known !== row.owner) faults.push(`${key} had the owners ${known} and ${row.owner}`);
    owners.set(key, row.owner);
  };
  const deliver = (to: string, take: (member: Member) => void) => {
    const member = members.get(to);
    if (!member || cutOff.has(to) || deaf.has(to)) return;
    const arrive = () => {
      if (members.get(to) === member && !cutOff.has(to)) take(member);
    };
    if (!latency) {
      setImmediate(arrive);
      return;
    }
    member.arrivalAt = Math.max(member.arrivalAt, clock.now() + latency());
    clock.setTimeout(arrive, member.arrivalAt - clock.now());
  };
  const entryOf = (id: string): Entry => ({ id, ...rowOf(id) });

  return {
    cutOff,
    deaf,
    faults,
    early,
    join(me) {
      const member: Member = { published: () => {}, message: () => {}, reconnected: () => {}, arrivalAt: 0 };
      members.set(me, member);
      let reachable = true;
      const reach = async (): Promise<void> => {
        await undefined;
        reachable = members.get(me) === member && !cutOff.has(me);
        if (!reachable) throw new Error('The registry cannot be reached.');
      };
      const registry: Registry = {
        get reachable() {
          return reachable;
        },
        async claim(wanted, from) {
          await reach();
          return wanted.map(({ id, floor }): Claim => {
            const { epoch, owner, version, record } = rowOf(id);
            const granted = from === undefined || owner === '' || owner === me || from.includes(owner);
            const next = granted ? Math.max(epoch, floor) + 1 : Math.max(epoch, floor);
            if (granted || epoch < floor) set(id, { epoch: next, owner: granted ? me : owner, version, record });
            return { id, granted, epoch: next, owner: granted ? me : owner, before: owner, version, record };
          });
        },
        async write(records, message) {
          await reach();
          const others: Head[] = [];
          for (const { id, epoch, version, record } of records) {
            if (rowOf(id).epoch < epoch) set(id, { ...rowOf(id), epoch, owner: me });
            const row = rowOf(id);
            let conflict = 0;
            if (row.owner === me) {
              if (version > row.version) set(id, { ...row, version, record });
              else if (version < row.version || record !== row.record) conflict = row.version;
            }
            if (row.owner !== me || row.epoch > epoch || conflict > 0)
              others.push({ id, epoch: row.epoch, owner: row.owner, version: conflict });
          }
          if (!message) early.push(...records.map(({ id }) => id));
          else for (const to of members.keys()) deliver(to, (it) => it.published(Buffer.from(message)));
          return others;
        },
        async read(ids) {
          await reach();
          return ids.map((id) => (rows.has(id) ? entryOf(id) : undefined));
        },
        async *scan() {
          // More than one batch, as a large hash has.
          const ids = [...rows.keys()];
          for (let i = 0; i < ids.length; i += 2) {
            await reach();
            yield ids.slice(i, i + 2).map((id): Head => {
              const { epoch, owner, version } = rowOf(id);
              return { id, epoch, owner, version };
            });
          }
        },
        async heartbeat() {
          await reach();
          const isNew = !beats.has(me);
          beats.set(me, clock.now());
          return { now: clock.now(), lastHeard: new Map(beats), isNew };
        },
        async release(owned) {
          await reach();
          for (const { id, epoch, version } of owned) {
            const row = rowOf(id);
            if (row.owner === me && row.epoch === epoch && row.version === version) set(id, { ...row, owner: '' });
          }
        },
        async leave() {
          await reach();
          beats.delete(me);
        },
      };
      const bus: Bus = {
        send(to, message) {
          if (members.get(me) !== member || cutOff.has(me)) return;
          const json = JSON.stringify(message);
          deliver(to, (it) => it.message(JSON.parse(json)));
        },
        receive: (receiver) => void Object.assign(member, receiver),
      };
      return { registry, bus };
    },
    leave: (me) => void members.delete(me),
    reconnect: (me) => members.get(me)?.reconnected(),
    clear() {
      rows.clear();
      beats.clear();
      // A registry that has lost its data may give out an epoch again.
      owners.clear();
    },
    read: (id) => (rows.has(id) ? entryOf(id) : undefined),
  };
}
