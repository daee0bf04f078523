import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Audit } from '../ports/audit.ts';
import type { Clock } from '../ports/clock.ts';
import { checkWritable, orUndone } from '../ports/durable.ts';
import type { Metrics } from '../ports/metrics.ts';
import { repeat } from '../ports/repeat.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Blocked, DeviceDocument, Update, VersionedDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { ROLLOUT_TOKEN } from '../protocol/rollouts.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { DeviceEdit, Devices, PlayerDevices, Watching } from './api.ts';
import type { CommandEndings } from './command-endings.ts';
import type { CommandLedger } from './command-ledger.ts';
import type { CommitWait } from './commit-wait.ts';
import {
  type ClusterLease,
  type DeviceContext,
  type DeviceRecord,
  type Handover,
  type Restrictions,
  type StoredDevice,
  skipVersions,
  type TakeoverInfo,
} from './device-context.ts';
import { DeviceHost } from './device-host.ts';
import { completed, concernsStateOnly, given, newDocument, time } from './document.ts';
import { bindEffects } from './effects.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { PlayerSession } from './player-session.ts';
import { Poller } from './poller.ts';
import { Records } from './records.ts';
import { Resumption } from './resumption.ts';
import type { FleetSettings, TokenIssuer } from './settings.ts';
import { TickRules } from './ticking.ts';
import { Watchers } from './watchers.ts';

/** Called once for each change of a document, in the order of its versions. `before` is undefined for a new device. */
export type ChangeListener = (
  update: Update,
  after: DeviceDocument | undefined,
  before: DeviceDocument | undefined,
) => void;

/** Listeners for events of the fleet. */
export interface FleetListeners {
  changed: ChangeListener;
  /** A device's actor failed too often. */
  gaveUp(deviceId: string): void;
  /** A device came from another instance. */
  adopted(deviceId: string): void;
}

/** A device that has been offline this long gets no actor. */
const SLEEP_AFTER_MS = 3600_000;
const SLEEP_SWEEP_MS = 60_000;
/** Short, so that each sweep is small: commands are recorded in the same transactions. */
const RECORD_SWEEP_MS = 100;
const MAX_REPORT_TIMEOUT_MS = 10_000;
const UNRESTRICTED: Restrictions = { of: () => undefined, lift: () => {} };
export const ALONE: ClusterLease = { checkLease: () => undefined, isShared: false };

/** Finds, starts, restores and stops the hosts of all devices, and publishes every change. */
export class Fleet implements Devices, Watching, PlayerDevices {
  readonly #hosts = new Map<string, DeviceHost>();
  /** The last versions of removed devices. A device that comes back continues from there. */
  readonly #removed = new Map<string, number>();
  readonly #records: Records;
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #settings: FleetSettings;
  readonly #tokens: TokenIssuer;
  readonly #ledger: CommandLedger;
  readonly #resumption: Resumption;
  readonly #context: DeviceContext;
  readonly #commits: CommitWait;
  readonly #watchers = new Watchers();
  readonly needingEveryReport = new Set<string>();
  readonly #listeners: FleetListeners;
  #repetitions: (() => void)[] = [];

  constructor(deps: {
    store: StateStore;
    clock: Clock;
    log: Logger;
    metrics: Metrics;
    audit: Audit;
    tokens: TokenIssuer;
    ledger: CommandLedger;
    endings: CommandEndings;
    commits: CommitWait;
    settings: FleetSettings;
    lease?: ClusterLease;
    restrictions?: Restrictions;
    blocked?: DeviceContext['blocked'];
    listeners: FleetListeners;
  }) {
    const { clock, log, metrics, ledger, endings, settings, lease = ALONE, restrictions = UNRESTRICTED } = deps;
    this.#store = deps.store;
    this.#clock = clock;
    this.#log = log;
    this.#settings = settings;
    this.#records = new Records(deps.store, clock, settings.maxDevices, (id) => this.#hosts.get(id)?.record);
    this.#commits = deps.commits;
    this.#tokens = deps.tokens;
    this.#listeners = deps.listeners;
    this.#ledger = ledger;
    this.#resumption = new Resumption((id) => this.#hosts.get(id), endings);
    this.#context = {
      clock,
      log,
      metrics,
      audit: deps.audit,
      ...settings,
      machine: bindEffects((id) => this.#hosts.get(id) as DeviceHost, metrics),
      needingEveryReport: this.needingEveryReport,
      tickRules: new TickRules(settings.tickingPaths),
      poller: new Poller(clock, Math.min(settings.stateIntervalMs, settings.watchIntervalMs)),
      reportTimeoutMs: Math.min(settings.stateIntervalMs, MAX_REPORT_TIMEOUT_MS),
      checkLease: () => lease.checkLease(),
      blocked: deps.blocked ?? (() => undefined),
      restrictions,
      gaveUp: (id) => this.#listeners.gaveUp(id),
      changed: (update, after, before) => {
        metrics.change();
        this.#records.changed(update.deviceId, update.version, concernsStateOnly(after, before));
        this.#listeners.changed(update, after, before);
      },
      commands: {
        pendingOf: (deviceId) => ledger.pendingOf(deviceId).map((entry) => ledger.resume(entry)),
        get: (commandId) => ledger.get(commandId)?.record,
        endingsOf: (deviceId) => ledger.endingsOf(deviceId),
        progressed: (commandId, progress) => ledger.progressed(commandId, progress)?.record,
        ended: (output) => endings.ended(output),
        cleared: async (id) => {
          const isOfRollout = ledger.get(id)?.asker.tokenId === ROLLOUT_TOKEN;
          await (isOfRollout ? this.#commits.recorded() : this.#commits.committed());
          if (!lease.isShared) return;
          await this.#refreshCommand(id);
          // Frozen while it read the record: another instance may have continued the command since.
          const doubt = lease.checkLease();
          if (doubt) await doubt.then(() => this.#refreshCommand(id));
        },
      },
    };
  }

  /** The records of all devices. Call once, before `start`. */
  recorded(): Promise<ReadonlyMap<string, StoredDevice>> {
    return this.#store.load<StoredDevice>('devices');
  }

  /** Restores the recorded devices and starts recording. */
  async start(recorded?: ReadonlyMap<string, StoredDevice>): Promise<void> {
    const { cleanStart } = this.#store;
    const taken = [];
    for (const [id, record] of recorded ?? (await this.recorded())) {
      if ('removedAt' in record) {
        this.#removed.set(id, record.removedAt);
        continue;
      }
      const version = cleanStart ? record.version : skipVersions(record.version, this.#clock.wall());
      taken.push(this.#add({ ...record, version }));
      // Before anything is published: a second crash must not lead to the same versions again.
      if (!cleanStart) this.#records.write(id);
    }
    await this.committed();
    this.#store.recovered();
    for (const host of taken) host.restore('server_restart');
    if (!cleanStart && taken.length > 0) this.#log.warn({ devices: taken.length }, 'the last stop was not clean');
    this.#every(RECORD_SWEEP_MS, () => this.#records.writeDue(this.#clock.now()));
    this.#every(SLEEP_SWEEP_MS, () => {
      const before = this.#clock.now() - SLEEP_AFTER_MS;
      for (const host of this.#hosts.values()) if (host.actor.isAlive) host.sleepIfOfflineSince(before);
    });
  }

  /** Stops all actors and records what is left. */
  stop(): void {
    for (const stop of this.#repetitions) stop();
    for (const host of this.#hosts.values()) host.stop();
    this.#context.poller.stop();
    this.#records.writeDue(Number.POSITIVE_INFINITY);
  }

  find(id: string): DeviceHost | undefined {
    return this.#hosts.get(id);
  }

  admits(): boolean {
    return this.size < this.#settings.maxDevices;
  }

  /** The host of a device that registers. An unknown device is created. */
  enrol(id: string): DeviceHost {
    return this.#hosts.get(id) ?? this.#create(this.#unseen(id), []);
  }

  left(id: string, session: PlayerSession, reason: string): void {
    this.#hosts.get(id)?.disconnected(session, reason);
  }

  /** Continues with a device that another instance held. */
  adopt(record: DeviceRecord, { versionsSkipped, lost, predecessor }: TakeoverInfo): DeviceHost {
    const host = this.#add(record, versionsSkipped, predecessor);
    this.#records.write(host.id);
    host.restore(lost);
    this.#rewatch(host);
    this.#listeners.adopted(host.id);
    return host;
  }

  /** Releases a device to another instance. It is no longer published or recorded here. */
  release(id: string): Handover | undefined {
    const host = this.#hosts.get(id);
    if (!host) return undefined;
    const handover = host.handover;
    host.stop();
    this.#hosts.delete(id);
    this.#records.forget(id);
    return handover;
  }

  /** Records that the device was removed at this version. If it comes back, it continues from there. */
  noteRemoved(id: string, version: number): void {
    this.#removed.set(id, Math.max(version, this.#removed.get(id) ?? 0));
  }

  get hosts(): Iterable<DeviceHost> {
    return this.#hosts.values();
  }

  get size(): number {
    return this.#hosts.size;
  }

  get(id: string): VersionedDocument | undefined {
    return this.#hosts.get(id)?.versioned;
  }

  *all(): Iterable<VersionedDocument> {
    for (const host of this.#hosts.values()) yield host.versioned;
  }

  async provision({
    id = randomUUID(),
    ...edit
  }: { id?: string | undefined } & DeviceEdit): Promise<{ id: string; token: string }> {
    if (this.#hosts.has(id)) throw new VigiaError('conflict', 'There is a device with this id already.');
    if (!this.admits()) throw new VigiaError('fleet_full');
    // The token is returned only once, so it must be durable.
    checkWritable(this.#store);
    const change = given(edit);
    this.#create({ ...this.#unseen(id), ...change }, Object.keys(change));
    const token = await orUndone(this.#tokens.issue(id), () => this.#hosts.has(id) && this.remove(id));
    return { id, token };
  }

  async edit(id: string, edit: DeviceEdit, ifVersion?: number): Promise<VersionedDocument> {
    const host = this.#known(id);
    if (ifVersion !== undefined && host.versioned.version !== ifVersion) {
      throw new VigiaError('conflict', `The device is at version ${host.versioned.version} by now.`);
    }
    host.edit(given(edit));
    const edited = host.versioned;
    // Recorded even without a change: an edited value becomes the operator's.
    this.#records.write(id);
    await this.committed();
    return edited;
  }

  async remove(id: string): Promise<void> {
    const host = this.#known(id);
    for (const { spec, progress } of this.#ledger.pendingOf(id)) {
      const status = progress.status === 'queued' ? 'cancelled' : 'timeout';
      host.noteEnding({
        commandId: spec.commandId,
        status,
        attempts: progress.attempt,
        message: 'the device was removed',
      });
    }
    const { session } = host;
    const { version, document } = host.versioned;
    host.stop();
    this.#hosts.delete(id);
    this.#records.forget(id);
    this.#tokens.revoke(id);
    session?.end('revoked');
    this.#removed.set(id, version + 1);
    this.#store.put('devices', id, { removedAt: version + 1 });
    const at = time(this.#clock.wall());
    this.#listeners.changed({ deviceId: id, version: version + 1, at, deleted: true }, undefined, document);
    await this.committed();
  }

  async noteBlocked(id: string, blocked: Blocked | undefined): Promise<VersionedDocument> {
    const host = this.#known(id);
    host.noteBlocked(blocked);
    return host.versioned;
  }

  watch(id: string, by: string, intervalMs = this.#settings.watchIntervalMs): number {
    const granted = Math.max(intervalMs, this.#settings.watchIntervalMs);
    this.#watchers.set(id, by, granted);
    this.#hosts.get(id)?.watch(by, granted);
    return granted;
  }

  unwatch(id: string, by: string): void {
    this.#watchers.delete(id, by);
    this.#hosts.get(id)?.unwatch(by);
  }

  async refresh(id: string, what: 'state' | 'snapshot'): Promise<{ snapshot?: Snapshot }> {
    return this.#known(id).refresh(what);
  }

  /** A single instance holds all devices. */
  forward(): boolean {
    return false;
  }

  checkLease(): Promise<void> | undefined {
    return this.#context.checkLease();
  }

  async liftRestriction(id: string): Promise<void> {
    this.#context.restrictions.lift(this.#known(id).id);
  }

  async rotateToken(id: string, disconnect?: boolean): Promise<string> {
    this.#known(id);
    return this.#tokens.issue(id, disconnect);
  }

  /** Resolves when all records so far are durable, or cannot be for now. The fleet continues in both cases. */
  committed(): Promise<void> {
    return this.#commits.committed();
  }

  /** Another instance, or the store, says how far a command is. */
  learnCommand(entry: LedgerEntry): void {
    this.#resumption.learned(this.#ledger.learn(entry));
  }

  async reloadCommands(): Promise<void> {
    for (const learned of await this.#ledger.reload()) this.#resumption.learned(learned);
  }

  async #refreshCommand(id: string): Promise<void> {
    this.#resumption.learned(await this.#ledger.refresh(id));
  }

  #rewatch(host: DeviceHost): void {
    for (const [by, intervalMs] of this.#watchers.of(host.id)) host.watch(by, intervalMs);
  }

  #known(id: string): DeviceHost {
    const host = this.#hosts.get(id);
    if (!host) throw new VigiaError('device_unknown');
    return host;
  }

  #unseen(id: string): DeviceDocument {
    return newDocument(id, this.#clock.wall(), this.#settings.stateIntervalMs);
  }

  #create(made: DeviceDocument, edited: string[]): DeviceHost {
    const { id } = made;
    const blocked = this.#context.blocked(id);
    const document = blocked ? { ...made, blocked } : made;
    const removed = this.#removed.get(id) ?? 0;
    // An unknown device may have existed if the store may have lost data.
    const version = (this.#store.mayHaveLost ? skipVersions(removed, this.#clock.wall()) : removed) + 1;
    this.#removed.delete(id);
    const host = this.#add({ version, document, edited });
    // At once, because its published versions and accepted commands must not outlive it in a crash.
    this.#records.write(id);
    this.#log.info({ deviceId: id }, 'device enrolled');
    this.#listeners.changed({ deviceId: id, version, at: time(this.#clock.wall()), document }, document, undefined);
    this.#rewatch(host);
    return host;
  }

  #add(record: DeviceRecord, versionsSkipped = false, predecessor?: TakeoverInfo['predecessor']): DeviceHost {
    const host = new DeviceHost(this.#context, completed(record), versionsSkipped, predecessor);
    this.#hosts.set(host.id, host);
    return host;
  }

  #every(ms: number, fn: () => void): void {
    this.#repetitions.push(repeat(this.#clock, ms, fn));
  }
}
