import { randomUUID } from 'node:crypto';
import type { DeviceEdit, Devices, Forwarded, Imposed, PlayerDevices, Watching } from '../fleet/api.ts';
import type { CommandEndings } from '../fleet/command-endings.ts';
import type { CommandIntake, CommandRouter, Order } from '../fleet/command-intake.ts';
import type { CommandLedger } from '../fleet/command-ledger.ts';
import type { DeviceHost } from '../fleet/device-host.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { PlayerSession } from '../fleet/player-session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entry } from '../ports/registry.ts';
import type { CommandSummary } from '../protocol/commands.ts';
import type { Blocked, VersionedDocument } from '../protocol/document.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import { type CallReceiver, type Calls, MovedError, type Note, type Rpc, type RpcHandlers } from './calls.ts';
import type { DeviceQuota } from './device-quota.ts';
import type { DisplacedSessions } from './displaced.ts';
import type { Membership } from './membership.ts';
import type { Ownership } from './ownership.ts';
import type { Reader } from './reader.ts';
import type { RemoteWatching } from './remote-watching.ts';
import type { Replicas } from './replicas.ts';

export interface DirectoryDeps {
  fleet: Fleet;
  intake: CommandIntake;
  endings: CommandEndings;
  replicas: Replicas;
  membership: Membership;
  ownership: Ownership;
  reader: Reader;
  rpc: Rpc;
  watching: RemoteWatching;
  displaced: DisplacedSessions;
  ledger: CommandLedger;
  quota: DeviceQuota;
  restrict(id: string, it: Imposed): void;
  /** Resolves once the changes of a device held here are published, or cannot be. */
  published(id: string): Promise<void>;
  clock: Clock;
}

/** How often the owner of a device is looked up before the request fails. */
const TRIES = 3;
/** How often, and in which interval, the document of a claimed device is looked up. */
const LOOKS = 10;
const LOOK_MS = 30;

/**
 * All devices of the cluster, whichever instance holds them. Reads are answered from the local replica; other requests
 * go to the owner. A device without an owner is claimed here.
 */
export class Directory implements Devices, Watching, PlayerDevices, CommandRouter, CallReceiver {
  readonly #deps: DirectoryDeps;
  /** The requests of other instances. */
  readonly handlers: RpcHandlers;

  constructor(deps: DirectoryDeps) {
    this.#deps = deps;
    this.handlers = this.#handlers();
  }

  get needingEveryReport(): ReadonlySet<string> {
    return this.#deps.fleet.needingEveryReport;
  }

  holder(id: string): 'us' | 'other' | 'nobody' {
    if (this.find(id)) return 'us';
    return this.#ownerOf(id) === undefined ? 'nobody' : 'other';
  }

  get(id: string): VersionedDocument | undefined {
    const { fleet, replicas } = this.#deps;
    const held = fleet.get(id);
    if (held) return held;
    const replica = replicas.get(id);
    return replica && { version: replica.version, document: replica.document };
  }

  lookUp(ids: readonly string[]): Promise<void> | undefined {
    const unknown = ids.filter((id) => !this.get(id));
    return unknown.length > 0 ? this.#lookUp(unknown).catch(() => {}) : undefined;
  }

  /** Its owner claims a device first, and writes its document soon after. */
  async #lookUp(ids: readonly string[]): Promise<void> {
    const { reader, membership, clock } = this.#deps;
    const isNew = ({ owner, version }: Entry) => version === 0 && owner !== membership.me && membership.isAlive(owner);
    let left = ids;
    for (let i = 0; i < LOOKS; i++) {
      const found = await reader.some(left);
      left = found.filter(isNew).map(({ id }) => id);
      if (left.length === 0) return;
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), LOOK_MS));
    }
  }

  get size(): number {
    return this.#deps.fleet.size + this.#deps.replicas.size;
  }

  *all(): Iterable<VersionedDocument> {
    yield* this.#deps.fleet.all();
    yield* this.#deps.replicas.all();
  }

  async provision({
    id = randomUUID(),
    ...edit
  }: { id?: string | undefined } & DeviceEdit): Promise<{ id: string; token: string }> {
    if (this.get(id)) throw new VigiaError('conflict', 'There is a device with this id already.');
    if (!this.admits(id)) throw new VigiaError('fleet_full');
    await this.#deps.ownership.create(id);
    return this.#published(id, this.#deps.fleet.provision({ id, ...edit }));
  }

  edit(id: string, edit: DeviceEdit, ifVersion?: number): Promise<VersionedDocument> {
    return this.#at(id, 'edit', { id, edit, ifVersion });
  }

  async remove(id: string): Promise<void> {
    await this.#at(id, 'remove', { id });
  }

  noteBlocked(id: string, blocked: Blocked | undefined): Promise<VersionedDocument> {
    return this.#at(id, 'noteBlocked', { id, blocked });
  }

  rotateToken(id: string, disconnect?: boolean): Promise<string> {
    return this.#at(id, 'rotateToken', { id, disconnect });
  }

  async liftRestriction(id: string): Promise<void> {
    await this.#at(id, 'liftRestriction', { id });
  }

  watch(id: string, by: string, intervalMs?: number): number {
    return this.#deps.watching.watch(id, by, intervalMs);
  }

  unwatch(id: string, by: string): void {
    this.#deps.watching.unwatch(id, by);
  }

  refresh(id: string, what: 'state' | 'snapshot'): Promise<{ snapshot?: Snapshot }> {
    return this.#at(id, 'refresh', { id, what });
  }

  find(id: string): DeviceHost | undefined {
    return this.#deps.fleet.find(id);
  }

  admits(id: string): boolean {
    return this.#deps.quota.reserve(id);
  }

  enrol(id: string): DeviceHost | Promise<DeviceHost> {
    return this.#deps.ownership.take(id);
  }

  left(id: string, session: PlayerSession, reason: string): void {
    this.#deps.displaced.left(session);
    this.#deps.fleet.left(id, session, reason);
  }

  checkLease = (): Promise<void> | undefined => this.#deps.membership.checkLease();

  forward(id: string, message: Forwarded): boolean {
    const replica = this.#deps.replicas.get(id);
    if (!replica) return false;
    const owner = this.#ownerOf(id);
    if (owner !== undefined) this.#deps.rpc.notify(owner, { note: 'forward', id, message });
    // Without an owner, this instance must show the restriction in the document.
    else if ('restricted' in message) void this.#deps.ownership.hold([id]).catch(() => {});
    return true;
  }

  async cancel(id: string, commandId: string): Promise<void> {
    const entry = await this.#at(id, 'cancel', { id, commandId });
    // Replication messages may arrive later than this answer.
    if (entry) this.#deps.fleet.learnCommand(entry);
  }

  async accept(order: Order, ids: readonly string[]): Promise<CommandSummary[]> {
    const answers = new Map<string, CommandSummary>();
    let left = [...ids];
    for (let i = 0; i < TRIES && left.length > 0; i++) {
      if (i > 0) await this.#deps.reader.some(left).catch(() => {});
      const moved = await Promise.all(this.#byHolder(left).map((group) => this.#acceptAt(group, order, answers)));
      left = moved.flat();
      const alone = left.filter((id) => this.#ownerOf(id) === undefined);
      if (alone.length > 0) await this.#deps.ownership.hold(alone).catch(() => {});
    }
    if (!order.isBatch && left.length > 0) throw new VigiaError('unavailable', UNREACHED);
    return ids.map((deviceId) => answers.get(deviceId) ?? unreached(order, deviceId));
  }

  /** Groups the ids by owner. Devices without an owner and unknown ids belong to this instance. */
  #byHolder(ids: readonly string[]): { owner: string; ids: string[] }[] {
    const groups = new Map<string, string[]>();
    for (const id of ids) {
      const owner = this.#ownerOf(id) ?? this.#deps.membership.me;
      const group = groups.get(owner);
      if (group) group.push(id);
      else groups.set(owner, [id]);
    }
    return [...groups].map(([owner, group]) => ({ owner, ids: group }));
  }

  /** Returns the devices that are not held there. */
  async #acceptAt(
    { owner, ids }: { owner: string; ids: string[] },
    order: Order,
    answers: Map<string, CommandSummary>,
  ): Promise<string[]> {
    const { fleet, membership, rpc } = this.#deps;
    const ask = { order, ids };
    try {
      const { summaries, entries, moved } =
        owner === membership.me ? await this.#acceptHere(ask) : await rpc.call(owner, 'accept', ask);
      for (const summary of summaries) answers.set(summary.deviceId, summary);
      // Replication messages may arrive later than the next request for these commands.
      for (const entry of entries) fleet.learnCommand(entry);
      return moved;
    } catch (error) {
      if (error instanceof MovedError) return ids;
      throw error;
    }
  }

  async #acceptHere({ order, ids }: Calls['accept']['ask']): Promise<Calls['accept']['answer']> {
    // Unknown ids are not held elsewhere either: the intake reports the error.
    const here = ids.filter((id) => this.find(id) || !this.#deps.replicas.get(id));
    const summaries = here.length > 0 ? await this.#deps.intake.accept(order, here) : [];
    const entries = summaries.flatMap(({ commandId }) => this.#deps.ledger.get(commandId) ?? []);
    const isHere = new Set(here);
    return { summaries, entries, moved: ids.filter((id) => !isHere.has(id)) };
  }

  /** Undefined: this instance, or none. */
  #ownerOf(id: string): string | undefined {
    const { fleet, replicas, membership } = this.#deps;
    if (fleet.find(id)) return undefined;
    const owner = replicas.get(id)?.owner;
    return owner && owner !== membership.me && membership.isAlive(owner) ? owner : undefined;
  }

  /**
   * Executes the call at the device's owner.
   * @throws VigiaError `device_unknown`; `unavailable` if the owner cannot be reached
   */
  async #at<Name extends Exclude<keyof Calls, 'accept' | 'handover' | 'ahead' | 'probe' | 'resume'>>(
    id: string,
    name: Name,
    ask: Calls[Name]['ask'],
  ): Promise<Calls[Name]['answer']> {
    const { replicas, ownership, reader, rpc, membership } = this.#deps;
    const { handlers } = this;
    for (let i = 0; i < TRIES; i++) {
      if (this.find(id)) return handlers[name](ask, membership.me);
      if (!replicas.get(id)) throw new VigiaError('device_unknown');
      const owner = this.#ownerOf(id);
      if (owner === undefined) {
        await ownership.hold([id]);
        continue;
      }
      try {
        return await rpc.call(owner, name, ask);
      } catch (error) {
        if (!(error instanceof MovedError)) throw error;
        await reader.some([id]).catch(() => {});
      }
    }
    throw new VigiaError('unavailable', UNREACHED);
  }

  #handlers(): RpcHandlers {
    const { fleet, intake, ledger, endings, ownership, displaced } = this.#deps;
    const here = (id: string) => {
      if (!fleet.find(id)) throw new MovedError();
    };
    return {
      handover: async (ask, from) => ownership.giveTo(from, ask),
      probe: ({ sessionId }) => displaced.isAlive(sessionId),
      resume: async ({ sessionId }) => displaced.resume(sessionId),
      edit: async ({ id, edit, ifVersion }) => {
        here(id);
        return this.#published(id, fleet.edit(id, edit, ifVersion));
      },
      remove: async ({ id }) => {
        here(id);
        await this.#published(id, fleet.remove(id));
        return null;
      },
      noteBlocked: async ({ id, blocked }) => {
        here(id);
        return fleet.noteBlocked(id, blocked);
      },
      rotateToken: async ({ id, disconnect }) => {
        here(id);
        return fleet.rotateToken(id, disconnect);
      },
      liftRestriction: async ({ id }) => {
        here(id);
        await fleet.liftRestriction(id);
        return null;
      },
      refresh: async ({ id, what }) => {
        here(id);
        return fleet.refresh(id, what);
      },
      accept: (ask) => this.#acceptHere(ask),
      ahead: async ({ told }) => {
        for (const { id, version, isOtherwise } of told) this.find(id)?.advanceVersionPast(version, isOtherwise);
        return { moved: told.map(({ id }) => id).filter((id) => !this.find(id)) };
      },
      cancel: async ({ id, commandId }) => {
        here(id);
        await intake.cancel(id, commandId);
        const entry = ledger.get(commandId);
        if (entry) await endings.settled(entry);
        return entry ?? null;
      },
    };
  }

  /** What operators set survives this instance once it is acknowledged (SPEC R4): the next owner reads what is published. */
  async #published<T>(id: string, change: Promise<T>): Promise<T> {
    const done = await change;
    await this.#deps.published(id);
    return done;
  }

  /** A note of another instance. */
  take(note: Note, from: string): void {
    if (note.note === 'watching') this.#deps.watching.take(from, note.watched);
    else if (note.note === 'endSession') this.#deps.displaced.end(note.sessionId, note.code);
    else if (note.note === 'left') this.find(note.id)?.left(note.sessionId);
    else if ('restricted' in note.message) this.#deps.restrict(note.id, note.message.restricted);
    else {
      const host = this.find(note.id);
      if ('update' in note.message && host?.sessions.isStranger(note.message.address, note.message.hasOwnToken)) return;
      host?.seen();
      if ('update' in note.message) host?.update(note.message.update, note.message.timestamp);
      else host?.pictured(note.message.picture);
    }
  }
}

const UNREACHED = 'The instance that holds the device cannot be reached now.';

function unreached(order: Order, deviceId: string): CommandSummary {
  const error = publicError(new VigiaError('unavailable', UNREACHED));
  return { commandId: `${order.commandId}:${deviceId}`, deviceId, status: 'undelivered', error };
}
