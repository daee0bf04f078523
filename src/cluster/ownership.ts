import type { Logger } from 'pino';
import type { Lately } from '../fleet/api.ts';
import type { CommandLedger } from '../fleet/command-ledger.ts';
import { type DeviceRecord, skipVersions, type TakeoverInfo } from '../fleet/device-context.ts';
import type { DeviceHost } from '../fleet/device-host.ts';
import { time } from '../fleet/document.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock } from '../ports/clock.ts';
import type { Claim, Ownership as Owned, Registry } from '../ports/registry.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Calls, Rpc } from './calls.ts';
import type { DisplacedSessions } from './displaced.ts';
import type { Membership } from './membership.ts';
import type { Outbox } from './outbox.ts';
import type { Replicas } from './replicas.ts';
import type { VersionConflicts } from './version-conflicts.ts';

/** The recent conduct of devices, which counts towards a restriction (SPEC P13). It moves with the device. */
export interface Conducts {
  give(id: string): Lately | undefined;
  carry(id: string, lately: Lately): void;
}

export interface OwnershipDeps {
  fleet: Fleet;
  ledger: CommandLedger;
  replicas: Replicas;
  registry: Registry;
  membership: Membership;
  rpc: Rpc;
  outbox: Pick<Outbox, 'forget' | 'rewrite'>;
  conflicts: VersionConflicts;
  displaced: DisplacedSessions;
  conducts: Conducts;
  /** Reads the stored commands again. */
  reloadCommands(): Promise<void>;
  clock: Clock;
  log: Logger;
}

interface PendingHandover {
  handover: NonNullable<Calls['handover']['answer']>;
  timer: unknown;
}

/** How long a new owner may take to ask for the handover. */
const HANDOVER_TIMEOUT_MS = 1000;
/** The disconnect reason of devices whose instance is lost. */
const LOST = 'instance_lost';
const MAX_CLAIMS = 200;

/**
 * The devices held here, their epochs, and how they are acquired and released. At any time at most one instance can
 * write a device's document: the one with the registry's current epoch.
 */
export class Ownership {
  readonly #deps: OwnershipDeps;
  readonly #epochs = new Map<string, number>();
  /** Devices taken while the registry was unreachable. */
  readonly #unclaimed = new Set<string>();
  /** Devices being acquired. `epoch`: the epoch of the claim; 0 without a claim. */
  readonly #acquiring = new Map<string, { host: Promise<DeviceHost>; epoch: Promise<number> }>();
  readonly #handovers = new Map<string, PendingHandover>();

  constructor(deps: OwnershipDeps) {
    this.#deps = deps;
  }

  epochOf(id: string): number {
    return this.#epochs.get(id) ?? 0;
  }

  isClaimed(id: string): boolean {
    return !this.#unclaimed.has(id);
  }

  claimed(ids: Iterable<string>): void {
    for (const id of ids) this.#unclaimed.delete(id);
  }

  holds(id: string): boolean {
    return this.#deps.fleet.find(id) !== undefined;
  }

  get owned(): { id: string; epoch: number; version: number }[] {
    return [...this.#epochs].map(([id, epoch]) => ({ id, epoch, version: this.#deps.fleet.get(id)?.version ?? 0 }));
  }

  /** Takes a device that registers here, whichever instance holds it. */
  take(id: string): DeviceHost | Promise<DeviceHost> {
    const known = this.#deps.fleet.find(id) ?? this.#acquiring.get(id)?.host;
    if (known) return known;
    const claimed = this.#claimAnyway(id);
    const host = this.#take(id, claimed).finally(() => {
      if (this.#acquiring.get(id) === acquiring) this.#acquiring.delete(id);
    });
    const epoch = claimed.then(
      (claim) => claim.epoch,
      () => 0,
    );
    const acquiring = { host, epoch };
    this.#acquiring.set(id, acquiring);
    return host;
  }

  /**
   * Takes devices without an owner, to act on them, unless another instance was faster.
   * @throws VigiaError `unavailable` while the registry cannot be reached
   */
  async hold(ids: readonly string[]): Promise<void> {
    const { replicas, membership, fleet } = this.#deps;
    const wanted = ids.filter((id) => !fleet.find(id));
    for (let i = 0; i < wanted.length; i += MAX_CLAIMS) {
      const some = wanted.slice(i, i + MAX_CLAIMS);
      const claims = await this.#claim(some, []);
      const dead = claims.filter((it) => !it.granted && !membership.isAlive(it.owner));
      const again =
        dead.length === 0
          ? []
          : await this.#claim(
              dead.map((it) => it.id),
              [...new Set(dead.map((it) => it.owner))],
            );
      for (const claim of [...claims, ...again]) {
        if (claim.granted) await this.#adopt(claim);
        else replicas.setOwner(claim.id, claim.owner, claim.epoch);
      }
    }
  }

  /**
   * Claims the id of a new device.
   * @throws VigiaError `conflict` if it exists; `unavailable`
   */
  async create(id: string): Promise<void> {
    if (this.#acquiring.has(id)) throw new VigiaError('conflict', 'There is a device with this id already.');
    const claim = await this.#claimAnyway(id);
    const handover = await this.#handover(claim);
    // Another instance may have created it a moment ago, and not written it yet.
    if (handover || claim.record !== undefined) {
      const predecessor = this.#deps.displaced.takeUp(id, handover);
      this.#begin(id, claim, { lost: LOST, predecessor }, handover);
      predecessor.sessions.at(-1)?.session.resume();
      throw new VigiaError('conflict', 'There is a device with this id already.');
    }
    this.#deps.fleet.noteRemoved(id, claim.version);
    this.#epochs.set(id, claim.epoch);
  }

  /** Another instance has claimed the device and asks for its state. */
  async giveTo(owner: string, { id, epoch }: Calls['handover']['ask']): Promise<Calls['handover']['answer']> {
    const acquiring = this.#acquiring.get(id);
    if (acquiring && (await acquiring.epoch) < epoch) {
      // Both instances took the device at the same time, and the other one's claim is later. Our session must begin
      // before it is notified of its replacement, and is published first. Later registrations win.
      if (this.#acquiring.get(id) === acquiring) this.#acquiring.delete(id);
      await acquiring.host.catch(() => {});
      await new Promise(setImmediate);
    }
    if (this.holds(id) && epoch <= this.epochOf(id)) return null;
    const pendingHandover = this.#release(id, owner, epoch) ?? this.#handovers.get(id);
    if (!pendingHandover) return null;
    this.#handovers.delete(id);
    this.#deps.clock.clearTimeout(pendingHandover.timer);
    const lately = this.#deps.conducts.give(id);
    return { ...pendingHandover.handover, ...(lately && { lately }) };
  }

  /**
   * Another instance has claimed the device. Usually it asks for the handover next. If it does not, the device was lost
   * while this instance was cut off. Its player may still believe in this session, so the session is closed and the
   * player reconnects.
   */
  lose(id: string, owner: string, epoch: number): void {
    const { clock, log, conflicts } = this.#deps;
    const pendingHandover = this.#release(id, owner, epoch);
    if (!pendingHandover) return;
    conflicts.note({ id, version: pendingHandover.handover.record.version, diverged: true });
    pendingHandover.timer = clock.setTimeout(() => {
      this.#handovers.delete(id);
      log.warn({ deviceId: id, owner, epoch }, 'device lost to another instance');
      this.#deps.displaced.drop(id);
    }, HANDOVER_TIMEOUT_MS);
    this.#handovers.set(id, pendingHandover);
  }

  #release(id: string, owner: string, epoch: number): PendingHandover | undefined {
    const { fleet, ledger, replicas, outbox, displaced } = this.#deps;
    const host = fleet.find(id);
    const pending = ledger.pendingOf(id);
    const handover = fleet.release(id);
    this.forget(id);
    outbox.forget(id);
    if (!host || !handover) return undefined;
    const sessions = displaced.keep(host, handover.sessions);
    replicas.set({ ...handover.record, epoch, owner });
    return { handover: { ...handover, sessions, pending }, timer: undefined };
  }

  /**
   * Applies the registry's entry of a device. False if another instance owns a device that this one believed to hold.
   */
  isOurs({ id, epoch, owner }: Owned): boolean {
    const known = this.#epochs.get(id);
    if (known === undefined) return true;
    if (owner === this.#deps.membership.me) {
      this.#epochs.set(id, Math.max(known, epoch));
      return true;
    }
    if (epoch < known) {
      this.#deps.outbox.rewrite(id, known);
      return true;
    }
    return false;
  }

  forget(id: string): void {
    this.#epochs.delete(id);
    this.#unclaimed.delete(id);
  }

  /** Takes over devices without a living owner, if they are online or have pending commands. */
  async adoptOrphans(): Promise<void> {
    const { membership, registry, replicas, reloadCommands, log } = this.#deps;
    if (!membership.isSettled) return;
    const listed = new Set<string>();
    let adopted = 0;
    let isFresh = false;
    const adopt = async (ids: readonly string[], from: readonly string[]) => {
      if (ids.length === 0) return;
      // Reads the commands that dead instances recorded last.
      if (!isFresh) await reloadCommands();
      isFresh = true;
      for (let i = 0; i < ids.length; i += MAX_CLAIMS) {
        for (const claim of await this.#claim(ids.slice(i, i + MAX_CLAIMS), from)) {
          if (!claim.granted || this.#acquiring.has(claim.id)) continue;
          await this.#adopt(claim);
          adopted++;
        }
      }
    };
    for await (const heads of registry.scan()) {
      for (const { id } of heads) listed.add(id);
      const orphans = heads.filter(({ id, owner }) => !this.#isHeld(id, owner) && this.#needsOwner(id));
      await adopt(
        orphans.map((it) => it.id),
        [...new Set(orphans.map((it) => it.owner))],
      );
    }
    await adopt(
      [...replicas.ids].filter((id) => !listed.has(id) && this.#needsOwner(id)),
      [],
    );
    if (adopted > 0) log.warn({ devices: adopted }, 'devices of a lost instance taken over');
  }

  /** A device that is being registered here keeps its sessions and is not marked as lost. */
  async #adopt(claim: Claim): Promise<void> {
    const acquiring = this.#acquiring.get(claim.id);
    if (acquiring) await acquiring.host;
    else this.#begin(claim.id, claim, { lost: LOST });
  }

  #isHeld(id: string, owner: string): boolean {
    const { membership, fleet } = this.#deps;
    if (this.#acquiring.has(id)) return true;
    return owner === membership.me ? fleet.find(id) !== undefined : membership.isAlive(owner);
  }

  #needsOwner(id: string): boolean {
    const replica = this.#deps.replicas.get(id);
    if (!replica) return false;
    return replica.document.connection.status !== 'offline' || this.#deps.ledger.pendingOf(id).length > 0;
  }

  async #take(id: string, claimed: Promise<Claim>): Promise<DeviceHost> {
    const { log, membership, reloadCommands, displaced, conducts } = this.#deps;
    try {
      const claim = await claimed;
      const handover = await this.#handover(claim);
      // Without a handover, only the store knows which commands were sent.
      if (!handover && claim.epoch > 1 && claim.before !== membership.me) await reloadCommands().catch(() => {});
      const host = this.#begin(id, claim, { predecessor: displaced.takeUp(id, handover) }, handover);
      if (handover?.lately) conducts.carry(id, handover.lately);
      return host;
    } catch (error) {
      // Players are served without the registry. The later epoch is corrected once the registry is reachable.
      log.debug({ deviceId: id, err: error }, 'registry unreachable; device taken without a claim');
      return this.#begin(id, undefined, { predecessor: displaced.takeUp(id, null) });
    }
  }

  /** Whoever holds it. */
  #claimAnyway(id: string): Promise<Claim> {
    return this.#claim([id], undefined).then(([claim]) => claim as Claim);
  }

  #claim(ids: readonly string[], from: readonly string[] | undefined): Promise<Claim[]> {
    const { registry, replicas } = this.#deps;
    // Do not wait for a connection that is known to be down.
    if (!registry.reachable) return Promise.reject(new VigiaError('unavailable'));
    const wanted = ids.map((id) => ({ id, floor: Math.max(replicas.get(id)?.epoch ?? 0, this.epochOf(id)) }));
    return registry.claim(wanted, from).catch((error: unknown) => {
      throw error instanceof VigiaError ? error : new VigiaError('unavailable', 'The cluster cannot be reached now.');
    });
  }

  async #handover({ id, epoch, before }: Claim): Promise<Calls['handover']['answer']> {
    const { membership, rpc } = this.#deps;
    if (!membership.isHeard(before)) return null;
    return rpc.call(before, 'handover', { id, epoch }).catch(() => null);
  }

  /** Continues from the newest known record. */
  #begin(
    id: string,
    claim: Claim | undefined,
    takeover: Omit<TakeoverInfo, 'versionsSkipped'>,
    handover: Calls['handover']['answer'] = null,
  ): DeviceHost {
    const { fleet, replicas, clock } = this.#deps;
    const replica = replicas.get(id);
    if (claim) this.#unclaimed.delete(id);
    else this.#unclaimed.add(id);
    this.#epochs.set(id, Math.max(claim?.epoch ?? (replica?.epoch ?? 0) + 1, this.epochOf(id)));
    const held = fleet.find(id);
    if (held) return held;
    const stored = claim?.record === undefined ? undefined : parse(claim.record, claim.version);
    const published = Math.max(handover?.record.version ?? 0, claim?.version ?? 0, replica?.version ?? 0);
    // The handover of the last owner is authoritative: replicas may hold versions that it never had.
    const record = handover?.record ?? (replica && replica.version > (stored?.version ?? 0) ? replica : stored);
    if (!record || (claim && !handover && claim.record === undefined && claim.version === published)) {
      // Another instance had the device and may have published its first versions without writing them.
      fleet.noteRemoved(id, claim?.before === '' ? published : skipVersions(published, clock.wall()));
      replicas.delete(id);
      return fleet.enrol(id);
    }
    for (const entry of handover?.pending ?? []) fleet.learnCommand(entry);
    const isWritten = claim?.before === '' && claim.version === published;
    const isCertain = record.version === published && (handover !== null || isWritten);
    const { document, edited } = record;
    const version = isCertain ? published : skipVersions(published, clock.wall());
    // Publishes a record that was not known here, including a new device, before its next change.
    if (record.version !== replica?.version)
      replicas.replace({ version, document, edited }, this.epochOf(id), '', time(clock.wall()));
    replicas.delete(id);
    return fleet.adopt({ version, document, edited }, { ...takeover, versionsSkipped: !isCertain });
  }
}

function parse(record: string, version: number): DeviceRecord {
  return { ...(JSON.parse(record) as Omit<DeviceRecord, 'version'>), version };
}
