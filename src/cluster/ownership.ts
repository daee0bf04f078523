import type { Logger } from 'pino';
import type { Lately } from '../fleet/api.ts';
import type { CommandLedger } from '../fleet/command-ledger.ts';
import type { DeviceHost } from '../fleet/device-host.ts';
import { time } from '../fleet/document.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { type DeviceRecord, leap, type Past } from '../fleet/surroundings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Claim, Ownership as Owned, Registry } from '../ports/registry.ts';
import { VigiaError } from '../protocol/errors.ts';
import type { Ahead } from './ahead.ts';
import type { Calls, Switchboard } from './calls.ts';
import type { DisplacedSessions } from './displaced.ts';
import type { Membership } from './membership.ts';
import type { Outbox } from './outbox.ts';
import type { Replicas } from './replicas.ts';

/** What devices do, as it counts towards their restriction (SPEC P13): it goes with them. */
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
  switchboard: Switchboard;
  outbox: Pick<Outbox, 'forget' | 'rewrite'>;
  ahead: Ahead;
  displaced: DisplacedSessions;
  conducts: Conducts;
  /** Takes in what is stored of commands by now. */
  reloadCommands(): Promise<void>;
  clock: Clock;
  log: Logger;
}

interface Parting {
  handover: NonNullable<Calls['handover']['answer']>;
  timer: unknown;
}

/** So long a new owner may take to ask for what it has claimed. */
const PARTING_MS = 1000;
/** Why a device that another instance held is not connected any more. */
const LOST = 'instance_lost';
const MAX_CLAIMS = 200;

/**
 * Which devices are held here, with which epoch, and how they come and go. At every moment at most one instance may write
 * a device's document: the one whose epoch is the registry's.
 */
export class Ownership {
  readonly #deps: OwnershipDeps;
  readonly #epochs = new Map<string, number>();
  /** Taken without the registry. */
  readonly #unclaimed = new Set<string>();
  /** Being taken; `epoch`: of our claim, 0 where there is none. */
  readonly #coming = new Map<string, { host: Promise<DeviceHost>; epoch: Promise<number> }>();
  readonly #partings = new Map<string, Parting>();

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

  /** For a device that registers here: it is ours, whoever had it. */
  take(id: string): DeviceHost | Promise<DeviceHost> {
    const known = this.#deps.fleet.find(id) ?? this.#coming.get(id)?.host;
    if (known) return known;
    const claimed = this.#claim([id], undefined).then(([claim]) => claim);
    const host = this.#take(id, claimed).finally(() => {
      if (this.#coming.get(id) === coming) this.#coming.delete(id);
    });
    const epoch = claimed.then(
      (claim) => claim?.epoch ?? 0,
      () => 0,
    );
    const coming = { host, epoch };
    this.#coming.set(id, coming);
    return host;
  }

  /**
   * For a device that nobody holds and something is to be done with: it becomes ours, unless somebody else was faster.
   * @throws VigiaError `unavailable` while the registry cannot be reached
   */
  async hold(ids: readonly string[]): Promise<void> {
    const { replicas, registry, membership, fleet } = this.#deps;
    const wanted = ids.filter((id) => !fleet.find(id));
    for (let i = 0; i < wanted.length; i += MAX_CLAIMS) {
      const some = wanted.slice(i, i + MAX_CLAIMS);
      const owners = some.map((id) => replicas.get(id)?.owner ?? '').filter((owner) => !membership.isAlive(owner));
      const claims = await this.#claim(some, [...new Set(owners)]);
      // Their owner may be another one than we thought, and dead as well.
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
    if (!registry.reachable) throw new VigiaError('unavailable');
  }

  /** For a device that is about to be made. @throws VigiaError `conflict` where there is one; `unavailable` */
  async create(id: string): Promise<void> {
    if (this.#coming.has(id)) throw new VigiaError('conflict', 'There is a device with this id already.');
    const [claim] = await this.#claim([id], undefined);
    if (claim?.record !== undefined) {
      const handover = await this.#handover(claim);
      const predecessor = this.#deps.displaced.takeUp(id, handover);
      this.#begin(id, claim, { lost: LOST, predecessor }, handover);
      predecessor.sessions.at(-1)?.session.resume();
      throw new VigiaError('conflict', 'There is a device with this id already.');
    }
    this.#deps.fleet.noteRemoved(id, claim?.version ?? 0);
    this.#epochs.set(id, claim?.epoch ?? 1);
  }

  /** Another instance has claimed it, and asks for what it goes on from. */
  async giveTo(owner: string, { id, epoch }: Calls['handover']['ask']): Promise<Calls['handover']['answer']> {
    const coming = this.#coming.get(id);
    if (coming && (await coming.epoch) < epoch) {
      // Both took it in one moment, and the other one later: what is told here comes first, and our session has begun
      // when it is told that it is replaced. Who registers from now on is newer.
      if (this.#coming.get(id) === coming) this.#coming.delete(id);
      await coming.host.catch(() => {});
      await new Promise(setImmediate);
    }
    if (this.holds(id) && epoch <= this.epochOf(id)) return null;
    const parting = this.#part(id, owner, epoch) ?? this.#partings.get(id);
    if (!parting) return null;
    this.#partings.delete(id);
    this.#deps.clock.clearTimeout(parting.timer);
    const lately = this.#deps.conducts.give(id);
    return { ...parting.handover, ...(lately && { lately }) };
  }

  /**
   * It has become another's. Mostly that one is about to ask for it; if it does not, the device was lost while nothing was
   * heard here, and its player, who may still believe in this session, comes back by itself.
   */
  lose(id: string, owner: string, epoch: number): void {
    const { clock, log, ahead } = this.#deps;
    const parting = this.#part(id, owner, epoch);
    if (!parting) return;
    ahead.note({ id, version: parting.handover.record.version, isOtherwise: true });
    parting.timer = clock.setTimeout(() => {
      this.#partings.delete(id);
      log.warn({ deviceId: id, owner, epoch }, 'device lost to another instance');
      this.#deps.displaced.drop(id);
    }, PARTING_MS);
    this.#partings.set(id, parting);
  }

  #part(id: string, owner: string, epoch: number): Parting | undefined {
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

  /** What the registry says of devices that we believed ours. True: they are, or were not. */
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

  /** Devices whose owner is dead, or that have none, and that are not at rest: they become ours. */
  async adoptOrphans(): Promise<void> {
    const { membership, registry, replicas, reloadCommands, log } = this.#deps;
    if (!membership.isSettled) return;
    const listed = new Set<string>();
    let adopted = 0;
    let isFresh = false;
    const adopt = async (ids: readonly string[], from: readonly string[]) => {
      if (ids.length === 0) return;
      // What the dead have recorded last of their commands.
      if (!isFresh) await reloadCommands();
      isFresh = true;
      for (let i = 0; i < ids.length; i += MAX_CLAIMS) {
        for (const claim of await this.#claim(ids.slice(i, i + MAX_CLAIMS), from)) {
          if (!claim.granted || this.#coming.has(claim.id)) continue;
          await this.#adopt(claim);
          adopted++;
        }
      }
    };
    for await (const heads of registry.scan()) {
      for (const { id } of heads) listed.add(id);
      const orphans = heads.filter(({ id, owner }) => !this.#isHeld(id, owner) && this.#isRestless(id));
      await adopt(
        orphans.map((it) => it.id),
        [...new Set(orphans.map((it) => it.owner))],
      );
    }
    await adopt(
      [...replicas.ids].filter((id) => !listed.has(id) && this.#isRestless(id)),
      [],
    );
    if (adopted > 0) log.warn({ devices: adopted }, 'devices of a lost instance taken over');
  }

  /** A device that has registered here meanwhile begins with its sessions, and not as one that is lost. */
  async #adopt(claim: Claim): Promise<void> {
    const coming = this.#coming.get(claim.id);
    if (coming) await coming.host;
    else this.#begin(claim.id, claim, { lost: LOST });
  }

  #isHeld(id: string, owner: string): boolean {
    const { membership, fleet } = this.#deps;
    if (this.#coming.has(id)) return true;
    return owner === membership.me ? fleet.find(id) !== undefined : membership.isAlive(owner);
  }

  #isRestless(id: string): boolean {
    const replica = this.#deps.replicas.get(id);
    if (!replica) return false;
    return replica.document.connection.status !== 'offline' || this.#deps.ledger.pendingOf(id).length > 0;
  }

  async #take(id: string, claimed: Promise<Claim | undefined>): Promise<DeviceHost> {
    const { log, membership, reloadCommands, displaced, conducts } = this.#deps;
    try {
      const claim = await claimed;
      const handover = claim && (await this.#handover(claim));
      // Without a word of the one who had it, only the store knows what of its commands has been sent.
      if (claim && !handover && claim.epoch > 1 && claim.before !== membership.me)
        await reloadCommands().catch(() => {});
      const host = this.#begin(id, claim, { predecessor: displaced.takeUp(id, handover ?? null) }, handover);
      if (handover?.lately) conducts.carry(id, handover.lately);
      return host;
    } catch (error) {
      // A player is served all the same. The higher epoch is right once the registry is back.
      log.debug({ deviceId: id, err: error }, 'device taken without the registry');
      return this.#begin(id, undefined, { predecessor: displaced.takeUp(id, null) });
    }
  }

  #claim(ids: readonly string[], from: readonly string[] | undefined): Promise<Claim[]> {
    const { registry, replicas } = this.#deps;
    // That it is away is known: nobody need wait for it once more.
    if (!registry.reachable) return Promise.reject(new VigiaError('unavailable'));
    const wanted = ids.map((id) => ({ id, floor: Math.max(replicas.get(id)?.epoch ?? 0, this.epochOf(id)) }));
    return registry.claim(wanted, from).catch((error: unknown) => {
      throw error instanceof VigiaError ? error : new VigiaError('unavailable', 'The cluster cannot be reached now.');
    });
  }

  async #handover({ id, epoch, before }: Claim): Promise<Calls['handover']['answer']> {
    const { membership, switchboard } = this.#deps;
    if (before === membership.me || !membership.isHeard(before)) return null;
    return switchboard.ask(before, 'handover', { id, epoch }).catch(() => null);
  }

  /** Goes on from the newest that is known of it anywhere. */
  #begin(
    id: string,
    claim: Claim | undefined,
    past: Omit<Past, 'leapt'>,
    handover: Calls['handover']['answer'] = null,
  ): DeviceHost {
    const { fleet, ledger, replicas, clock } = this.#deps;
    const replica = replicas.get(id);
    if (claim) this.#unclaimed.delete(id);
    else this.#unclaimed.add(id);
    this.#epochs.set(id, Math.max(claim?.epoch ?? (replica?.epoch ?? 0) + 1, this.epochOf(id)));
    const held = fleet.find(id);
    if (held) return held;
    const stored = claim?.record === undefined ? undefined : parse(claim.record, claim.version);
    const told = Math.max(handover?.record.version ?? 0, claim?.version ?? 0, replica?.version ?? 0);
    // What its last owner says is right, whatever others have heard of those before.
    const record = handover?.record ?? (replica && replica.version > (stored?.version ?? 0) ? replica : stored);
    if (!record || (claim && !handover && claim.record === undefined && claim.version === told)) {
      // Somebody had it, and its first versions may have been told and not written.
      fleet.noteRemoved(id, claim?.before === '' ? told : leap(told, clock.wall()));
      replicas.delete(id);
      return fleet.enrol(id);
    }
    for (const entry of handover?.pending ?? []) ledger.learn(entry);
    const isWritten = claim?.before === '' && claim.version === told;
    const isCertain = record.version === told && (handover !== null || isWritten);
    const { document, edited } = record;
    const version = isCertain ? told : leap(told, clock.wall());
    // What was not heard here yet, a new device too, is told here before its next change.
    if (record.version !== replica?.version)
      replicas.replace({ version, document, edited }, this.epochOf(id), '', time(clock.wall()));
    replicas.delete(id);
    return fleet.adopt({ version, document, edited }, { ...past, leapt: !isCertain });
  }
}

function parse(record: string, version: number): DeviceRecord {
  return { ...(JSON.parse(record) as Omit<DeviceRecord, 'version'>), version };
}
