import { isDeepStrictEqual } from 'node:util';
import jsonPatch from 'fast-json-patch';
import type { MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Identity, SendCommand } from '../../src/protocol/admin.ts';
import type { CommandRecord } from '../../src/protocol/commands.ts';
import type { DeviceDocument, Update, VersionedDocument } from '../../src/protocol/document.ts';
import type { FakeAdmin } from './fake-admin.ts';
import { type Harness, openHarness, type Settings } from './harness.ts';
import type { TestPlayer } from './player-line.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** A process that may die and restart, and all external parties that survive it. */
export interface World {
  readonly clock: SimulatedClock;
  readonly harness: Harness;
  readonly players: readonly TestPlayer[];
  readonly admins: readonly FakeAdmin[];
  /** All detected violations. */
  readonly faults: string[];
  /** All published results, by command. */
  readonly told: ReadonlyMap<string, CommandRecord[]>;
  /** The accepted commands, in the order of requests. */
  readonly accepted: readonly { commandId: string; deviceId: string }[];
  readonly restarts: number;
  /** Whether the requester is connected. */
  askerIsHere: boolean;
  send(request: SendCommand): Promise<void>;
  /** The response, once its data is durable; undefined if the process dies before. */
  answer<T>(asked: Promise<T>): Promise<T | undefined>;
  /** Kills the process (unless it is dead) and starts the next one with the remaining data. */
  restart(clean?: boolean): Promise<void>;
  /** The versions of a removed device may start at 1 again. */
  remove(deviceId: string): Promise<void>;
}

export const asker: Identity = { tokenId: 't1', name: 'ana', role: 'operator' };
const SOCKET = 'socket-of-ana';

export async function openWorld(given: {
  clock: SimulatedClock;
  players: readonly TestPlayer[];
  admins?: readonly FakeAdmin[];
  settings?: Partial<Settings>;
  metrics?: Partial<Metrics>;
  writeMs?: number;
  gaveUp?: (deviceId: string) => void;
}): Promise<World> {
  const { clock, players, admins = [], settings = {}, metrics = {}, writeMs = 0, gaveUp = () => {} } = given;
  const faults: string[] = [];
  const told = new Map<string, CommandRecord[]>();
  const accepted: { commandId: string; deviceId: string }[] = [];
  /** The last version of each device that may be known outside. */
  const known = new Map<string, number>();
  /** Removed devices, whose versions may start at 1 again. */
  const reborn = new Set<string>();
  const lastKnown = (id: string) => (reborn.has(id) ? 0 : (known.get(id) ?? 0));
  let restarts = 0;

  const open = async (store?: MemoryStateStore) => {
    const latest = new Map<string, VersionedDocument>();
    let opened: Harness | undefined;

    const changed = (update: Update, after: DeviceDocument | undefined, before: DeviceDocument | undefined) => {
      const { deviceId: id, version } = update;
      const last = latest.get(id);
      if (last && last.document !== before) faults.push(`${id}: a change of something else than the last document`);
      if (last ? version !== last.version + 1 : version <= lastKnown(id))
        faults.push(`${id}: version ${version} after ${last?.version ?? lastKnown(id)}`);
      if ('patch' in update) {
        const copy = jsonPatch.applyPatch(plain(before), update.patch, true).newDocument;
        if (!isDeepStrictEqual(copy, plain(after))) faults.push(`${id}: the patch of ${version} is not the change`);
        if (isDeepStrictEqual(plain(before), plain(after))) faults.push(`${id}: ${version} changes nothing`);
      }
      const pending = Object.values(after?.commands ?? {});
      if (pending.filter(({ status }) => status !== 'queued').length > 1) faults.push(`${id}: two commands in flight`);
      if (after) latest.set(id, { version, document: after });
      else latest.delete(id);
      // Publication is asynchronous: an update whose process dies in the same iteration was not published.
      const tell = () => opened?.remains || known.set(id, version);
      if (writeMs === 0) queueMicrotask(tell);
      else clock.setTimeout(tell, writeMs);
    };

    opened = await openHarness({
      clock,
      settings,
      metrics,
      writeMs,
      changed,
      gaveUp,
      publish: (room, payload) => {
        for (const admin of admins) admin.hear(room, payload);
      },
      tell: (record) => {
        if (!world.askerIsHere) return false;
        told.set(record.commandId, [...(told.get(record.commandId) ?? []), plain(record)]);
        return true;
      },
      ...(store ? { store } : {}),
    });
    for (const { version, document } of opened.fleet.all()) {
      const last = lastKnown(document.id);
      if (version < last) faults.push(`${document.id}: restored at ${version}, was known at ${last}`);
      known.set(document.id, version);
      latest.set(document.id, { version, document });
    }
    const harness = opened;
    for (const admin of admins) admin.open(harness);
    return harness;
  };

  let harness: Harness;
  const world: World = {
    clock,
    get harness() {
      return harness;
    },
    players,
    admins,
    faults,
    told,
    accepted,
    get restarts() {
      return restarts;
    },
    askerIsHere: true,
    async send(request) {
      const asked = harness;
      const commands = await world.answer(asked.desk.send(request, asker, SOCKET));
      if (asked.remains || !commands) return;
      for (const { commandId, deviceId, error } of commands) {
        if (!error && !accepted.some((it) => it.commandId === commandId)) accepted.push({ commandId, deviceId });
      }
    },
    async answer(asked) {
      if (writeMs === 0) return asked;
      return Promise.race([asked, clock.advance(2 * writeMs).then(() => undefined)]);
    },
    async restart(clean = false) {
      restarts++;
      const left = clean && !harness.remains ? await harness.stop() : harness.kill();
      for (const player of players) player.lose(0);
      for (const admin of admins) admin.close();
      harness = await open(left);
      if (world.askerIsHere) harness.desk.notifyMissed(asker.tokenId);
    },
    async remove(deviceId) {
      const asked = harness;
      reborn.add(deviceId);
      await world.answer(asked.fleet.remove(deviceId));
      for (const admin of admins) admin.forget(deviceId);
    },
  };
  harness = await open();
  return world;
}

export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Checks that documents and commands agree, and replicas and documents. Call it once the system is quiet. */
export function disagreements(world: World): string[] {
  const { fleet, ledger } = world.harness;
  const found = [...world.faults];
  for (const { document } of fleet.all()) {
    const shown = Object.entries(document.commands).map(([id, { status, attempt }]) => `${id} ${status} ${attempt}`);
    const kept = ledger.pendingOf(document.id).map(({ record: it }) => `${it.commandId} ${it.status} ${it.attempts}`);
    if (!isDeepStrictEqual(shown.sort(), kept.sort()))
      found.push(`${document.id} shows the commands [${shown}] and has [${kept}]`);
    if (document.connection.status === 'offline' && document.report.status === 'live')
      found.push(`${document.id} is offline, and its report live`);
  }
  return found;
}
