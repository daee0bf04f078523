import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Audit } from '../ports/audit.ts';
import { checkWritable, durable, orUndone } from '../ports/durable.ts';
import { leads } from '../ports/leads.ts';
import { repeat } from '../ports/repeat.ts';
import type { RolloutLog, StoredRollout, StoredTarget } from '../ports/rollouts.ts';
import type { Identity } from '../protocol/admin.ts';
import { checkParams } from '../protocol/commands.ts';
import type { DeviceDocument, JsonObject } from '../protocol/document.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import { checkDeclared } from '../protocol/param-schemas.ts';
import type {
  NewRollout,
  Rollout,
  RolloutAct,
  RolloutPreview,
  RolloutTarget,
  VersionedRollout,
} from '../protocol/rollouts.ts';
import { cannot, mayAct, rightsOf } from './acts.ts';
import { choose, type Fleet, previewOf, targetsOf } from './choose.ts';
import { documentOf, groupsOf } from './document.ts';
import { Driver, type DriverDeps } from './driver.ts';
import { Feed, type Follower, isSeen } from './feed.ts';
import { Orders } from './orders.ts';
import { Run } from './run.ts';

export interface RolloutsDeps extends Omit<DriverDeps, 'isOurs' | 'publish' | 'document'> {
  fleet: Fleet;
  history: RolloutLog;
  /** Name of this instance. */
  node: string;
  /** The live instances; `isShared`: other instances use the same database. */
  share: { nodes(): readonly string[]; isShared: boolean };
  audit: Audit;
  log: Logger;
  intervalMs: number;
  /** Called when a rollout stopped by itself or ended. */
  statusChanged(type: 'rollout.stopped' | 'rollout.ended', stored: StoredRollout): void;
}

const STEP_MS = 200;
const LOOK_MS = 1000;
const MAX_OPEN = 20;
/** Targets recorded at once, so that other commands need not wait for all of them. */
const CHUNK = 500;
const ORDER_TRIES = 50;
const ORDER_WAIT_MS = 100;

/** Sends one command to many devices, independent of any open console (SPEC N1–N10). */
export class Rollouts {
  readonly #deps: RolloutsDeps;
  readonly #feed = new Feed();
  readonly #orders: Orders;
  readonly #drivers = new Map<string, Driver>();
  /** Rollouts that are not recorded yet. */
  readonly #creating = new Set<string>();
  /** The epochs of rollouts that were refused or ended here. A record of such an epoch is outdated. */
  readonly #closed = new Map<string, number>();
  readonly #stops: (() => void)[] = [];
  #looking: Promise<void> | undefined;
  #hasLooked = false;
  #isStopped = false;

  constructor(deps: RolloutsDeps) {
    this.#deps = deps;
    this.#orders = new Orders(deps.store, deps.clock);
  }

  /** Resumes the open rollouts. */
  async start(): Promise<void> {
    const { clock, intervalMs, share } = this.#deps;
    this.#lookSoon();
    await this.#looking;
    this.#stops.push(
      repeat(clock, STEP_MS, () => this.#step()),
      repeat(clock, intervalMs, () => this.#tick()),
      repeat(clock, LOOK_MS, () => (share.isShared || !this.#hasLooked) && this.#lookSoon()),
    );
  }

  /** The next process or another instance continues the open rollouts. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    for (const driver of this.#drivers.values()) driver.stop();
    await this.#looking;
    this.#tick();
  }

  /** @throws VigiaError if the command or the selection is invalid */
  preview(wanted: NewRollout, by: Identity): RolloutPreview {
    return previewOf(this.#checked(wanted, by).devices, wanted);
  }

  /**
   * Resolves once the rollout is durable. It starts by itself.
   * @throws VigiaError `conflict` if too many are open, and others
   */
  async create(wanted: NewRollout, by: Identity): Promise<VersionedRollout> {
    const { store, clock, log } = this.#deps;
    const { params, devices } = this.#checked(wanted, by);
    if (this.#open.length + this.#creating.size >= MAX_OPEN)
      throw new VigiaError('conflict', `There are ${MAX_OPEN} open rollouts already; cancel some, or wait.`);
    checkWritable(store);
    const at = clock.wall();
    const id = `ro-${Math.max(0, at).toString(36).padStart(9, '0')}${randomBytes(4).toString('hex')}`;
    const targets = targetsOf(id, devices);
    const stored: StoredRollout = {
      document: documentOf(id, wanted, params, by.name, new Date(at).toISOString(), targets.length),
      version: 1,
      holder: this.#deps.node,
      epoch: 1,
      by: rightsOf(by),
      groups: groupsOf(devices),
      round: 0,
    };
    this.#creating.add(id);
    try {
      await this.#record(stored, targets);
      this.#feed.note(stored, this.#now());
    } finally {
      this.#creating.delete(id);
    }
    this.#drive(new Run(stored, targets, this.#deps));
    log.info({ rollout: id, by: by.name, command: wanted.command, devices: targets.length }, 'rollout started');
    return { version: stored.version, document: stored.document };
  }

  /** @throws VigiaError `unavailable`; the rollout does not exist then */
  async #record(stored: StoredRollout, targets: readonly StoredTarget[]): Promise<void> {
    const { store } = this.#deps;
    const { id } = stored.document;
    try {
      // The rollout's own record comes last: after a crash, targets without it belong to no rollout and are ignored.
      for (let from = 0; from < targets.length; from += CHUNK) {
        for (const target of targets.slice(from, from + CHUNK)) store.put('rollout-targets', target.commandId, target);
        await durable(store);
      }
      store.put('rollouts', id, stored);
      await durable(store);
    } catch (error) {
      // The pending writes would start it later, in addition to the one that the caller tries again.
      this.#closed.set(id, stored.epoch);
      store.put('rollouts', id, undefined);
      for (const { commandId } of targets) store.put('rollout-targets', commandId, undefined);
      throw error;
    }
  }

  /**
   * Undefined if the rollout does not exist or these groups do not see it.
   * @throws VigiaError `unavailable`
   */
  async get(id: string, groups?: readonly string[]): Promise<VersionedRollout | undefined> {
    const stored = await this.#find(id);
    return stored && isSeen(stored, groups) ? { version: stored.version, document: stored.document } : undefined;
  }

  /** Newest first. @throws VigiaError `unavailable` */
  async list(query: { before?: string | undefined; limit: number }, groups?: readonly string[]): Promise<Rollout[]> {
    const found: Rollout[] = [];
    let { before } = query;
    for (;;) {
      const page = await this.#read(() => this.#deps.history.list({ before, limit: query.limit }));
      for (const it of page) {
        const newest = this.#feed.get(it.document.id) ?? it;
        if (isSeen(newest, groups) && found.length < query.limit) found.push(newest.document);
      }
      before = page.at(-1)?.document.id;
      if (page.length < query.limit || found.length >= query.limit) return found;
    }
  }

  /**
   * The outcome of each device, in the order of the rollout.
   * @throws VigiaError `unavailable`
   */
  async targets(query: Parameters<RolloutLog['targets']>[0]): Promise<{ position: number; target: RolloutTarget }[]> {
    const { store, history } = this.#deps;
    const found = await this.#read(() => store.committed().then(() => history.targets(query)));
    return found.map(({ rolloutId: _, round: __, position, ...target }) => ({ position, target }));
  }

  /**
   * Undefined if the rollout does not exist.
   * @throws VigiaError `conflict` if its state does not allow this
   */
  async act(id: string, act: RolloutAct, by: Identity): Promise<VersionedRollout | undefined> {
    const { store, clock } = this.#deps;
    const stored = await this.#find(id);
    if (!stored || !isSeen(stored, by.groups)) return undefined;
    checkWritable(store);
    const driver = this.#drivers.get(id) ?? (await this.#takenOverNow(stored));
    if (driver) {
      if (!driver.act(act, rightsOf(by))) throw cannot(act, driver.run.stored.document);
      this.#publish(driver.run);
      await orUndone(durable(store), () => {
        // A pause or a cancellation stays: it only holds back.
        if (act !== 'resume' || !driver.act('pause', rightsOf(by))) return;
        this.#publish(driver.run);
      });
      const { version, document } = driver.run.stored;
      return { version, document };
    }
    if (!mayAct(stored.document, act)) throw cannot(act, stored.document);
    const order = this.#orders.place({ rolloutId: id, act, by: rightsOf(by) });
    await orUndone(durable(store), () => this.#orders.remove(order));
    for (let i = 0; i < ORDER_TRIES; i++) {
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), ORDER_WAIT_MS));
      const now = this.#feed.get(id);
      if (!now || mayAct(now.document, act)) continue;
      if (now.document.status === 'done') throw cannot(act, now.document);
      return { version: now.version, document: now.document };
    }
    throw new VigiaError(
      'unavailable',
      'The instance that runs the rollout has not answered yet. The request is recorded and will be executed.',
    );
  }

  follow(follower: Follower): VersionedRollout[] {
    return this.#feed.follow(follower, this.#now());
  }

  unfollow(id: string): void {
    this.#feed.unfollow(id);
  }

  #checked(wanted: NewRollout, { groups }: Identity): { params: JsonObject; devices: DeviceDocument[] } {
    const params = checkParams(wanted.command, wanted.params);
    const sees = ({ group }: DeviceDocument) => !groups || (group !== null && groups.includes(group));
    const devices = choose(wanted, this.#deps.fleet, sees, this.#deps.clock.wall());
    checkDeclared(wanted.command, params, devices);
    return { params, devices };
  }

  get #open(): StoredRollout[] {
    return [...this.#feed.all()].filter(({ document }) => document.endedAt === undefined);
  }

  async #find(id: string): Promise<StoredRollout | undefined> {
    const known = this.#feed.get(id);
    if (known) return known;
    const [found] = await this.#read(() => this.#deps.store.find<StoredRollout>('rollouts', id));
    return found;
  }

  #read<T>(read: () => Promise<T>): Promise<T> {
    return orUnavailable(read, 'The rollouts cannot be read now; they go on.', (error) =>
      this.#deps.log.warn({ err: error }, 'the rollouts cannot be read'),
    );
  }

  /** A single instance has no other source: it retries the load that failed at the start. */
  async #takenOverNow({ document }: StoredRollout): Promise<Driver | undefined> {
    if (this.#deps.share.isShared || document.endedAt !== undefined) return undefined;
    this.#hasLooked = false;
    this.#lookSoon();
    await this.#looking;
    const driver = this.#drivers.get(document.id);
    if (!driver) throw new VigiaError('unavailable', 'The rollouts cannot be read now.');
    return driver;
  }

  #drive(run: Run): void {
    if (this.#isStopped) return;
    const { fleet } = this.#deps;
    const driver = new Driver(run, {
      ...this.#deps,
      document: (id) => fleet.get(id)?.document,
      publish: (it) => this.#publish(it),
      isOurs: (it) => this.#isOurs(it),
    });
    this.#drivers.set(run.id, driver);
    void driver.step();
  }

  /** False if another instance has taken over. */
  async #isOurs(run: Run): Promise<boolean> {
    const { share, store, node } = this.#deps;
    if (!share.isShared) return true;
    const [row] = await this.#read(() => store.find<StoredRollout>('rollouts', run.id));
    const isOurs = row?.holder === node && row.epoch === run.stored.epoch;
    if (!isOurs) this.#drop(run.id);
    return isOurs;
  }

  #drop(id: string): void {
    this.#drivers.get(id)?.stop();
    this.#drivers.delete(id);
  }

  #step(): void {
    for (const driver of this.#drivers.values()) void driver.step();
  }

  #tick(): void {
    for (const { run } of this.#drivers.values()) this.#publish(run);
    this.#feed.flush(this.#now());
  }

  #publish(run: Run): void {
    const published = run.publish();
    if (!published) return;
    const { stored, isOtherStatus } = published;
    const { document } = stored;
    // Followers see only durable changes, unless the database is down.
    const note = () => this.#feed.note(stored, this.#now());
    this.#deps.store.committed().then(note, note);
    if (document.status === 'stopped' && isOtherStatus) this.#sendEvent('rollout.stopped', stored);
    if (document.status === 'paused' && document.why && isOtherStatus) this.#auditPaused(document);
    if (document.endedAt === undefined) return;
    this.#closed.set(run.id, stored.epoch);
    this.#drop(run.id);
    this.#sendEvent('rollout.ended', stored);
  }

  #auditPaused({ id, why }: Rollout): void {
    this.#deps.audit.record({ actor: 'server', kind: 'rollout.paused', outcome: 'ok', details: { id, why } });
    this.#deps.log.warn({ id, why }, 'rollout paused');
  }

  #sendEvent(kind: 'rollout.stopped' | 'rollout.ended', stored: StoredRollout): void {
    const { id, status, why, counts } = stored.document;
    const nonZero = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
    const details = { id, status, ...(why && { why }), counts: nonZero };
    this.#deps.audit.record({ actor: 'server', kind, outcome: 'ok', details });
    this.#deps.log[kind === 'rollout.stopped' ? 'warn' : 'info'](details, kind);
    this.#deps.statusChanged(kind, stored);
  }

  #lookSoon(): void {
    if (this.#looking || !this.#deps.store.healthy) return;
    this.#looking = this.#look()
      .then(() => {
        this.#hasLooked = true;
      })
      .catch((error) => this.#deps.log.debug({ err: error }, 'the rollouts could not be read; it is tried again'))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** Loads what other instances carry out, and takes over rollouts without an owner. */
  async #look(): Promise<void> {
    const { store, share, node } = this.#deps;
    // Read before the rollouts: an order without a rollout is outdated.
    const orders = await this.#orders.all();
    const rows = await store.load<StoredRollout>('rollouts');
    const nodes = share.nodes();
    const isFirst = leads(node, nodes);
    for (const row of rows.values()) {
      const { id, endedAt } = row.document;
      const driver = this.#drivers.get(id);
      if (driver && row.epoch > driver.run.stored.epoch) this.#drop(id);
      if (this.#drivers.has(id) || this.#isOutdated(row)) continue;
      this.#feed.note(row, this.#now());
      if (endedAt !== undefined) continue;
      const isNobodys = !share.isShared || row.holder === node || (!nodes.includes(row.holder) && isFirst);
      if (isNobodys) await this.#takeOver(row);
    }
    // It ended on another instance, too long ago to be in the list, or was refused there.
    for (const { document } of this.#open) {
      if (rows.has(document.id) || this.#drivers.has(document.id)) continue;
      const [row] = await store.find<StoredRollout>('rollouts', document.id);
      if (row) this.#feed.note(row, this.#now());
      else if (!this.#drivers.has(document.id)) this.#feed.forget(document.id, this.#now());
    }
    for (const [key, { rolloutId, act, by }] of orders) {
      const driver = this.#drivers.get(rolloutId);
      const isOver = rows.get(rolloutId)?.document.endedAt !== undefined || !rows.has(rolloutId);
      if (!driver && !(isOver && isFirst)) continue;
      this.#orders.remove(key);
      if (driver?.act(act, by)) this.#publish(driver.run);
    }
  }

  #isOutdated({ document: { id }, epoch }: StoredRollout): boolean {
    return this.#creating.has(id) || epoch <= (this.#closed.get(id) ?? 0);
  }

  async #takeOver(row: StoredRollout): Promise<void> {
    const { store, history, node, log } = this.#deps;
    const { id } = row.document;
    const targets = await history.targets({ rolloutId: id, limit: Number.MAX_SAFE_INTEGER });
    if (this.#isStopped || this.#drivers.has(id) || this.#isOutdated(row)) return;
    const run = new Run(row, targets, this.#deps);
    run.takenOver(node);
    this.#publish(run);
    await durable(store);
    log.info({ rollout: id, from: row.holder }, 'rollout continues here');
    if (!run.isOver) this.#drive(run);
  }

  #now(): string {
    return new Date(this.#deps.clock.wall()).toISOString();
  }
}
