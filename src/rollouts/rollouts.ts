import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Audit } from '../ports/audit.ts';
import { checkWritable, durable } from '../ports/durable.ts';
import { repeat } from '../ports/repeat.ts';
import type { RolloutLog, StoredRollout, StoredTarget } from '../ports/rollouts.ts';
import type { Identity } from '../protocol/admin.ts';
import { checkParams } from '../protocol/commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { orUnavailable, VigiaError } from '../protocol/errors.ts';
import type {
  NewRollout,
  Rollout,
  RolloutAct,
  RolloutPreview,
  RolloutTarget,
  VersionedRollout,
} from '../protocol/rollouts.ts';
import { choose, type Fleet, previewOf, shuffled } from './choose.ts';
import { documentOf, groupsOf } from './document.ts';
import { Driver, type DriverDeps } from './driver.ts';
import { Feed, type Follower, isSeen } from './feed.ts';
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

/** A request that another instance sends to the owner of a rollout. */
interface Order {
  act: RolloutAct;
  by: string;
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
  readonly #drivers = new Map<string, Driver>();
  readonly #stops: (() => void)[] = [];
  #looking: Promise<void> | undefined;
  #hasLooked = false;
  #isStopped = false;

  constructor(deps: RolloutsDeps) {
    this.#deps = deps;
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
    checkParams(wanted.command, wanted.params);
    return previewOf(this.#choose(wanted, by), wanted);
  }

  /**
   * Resolves once the rollout is durable. It starts by itself.
   * @throws VigiaError `conflict` if too many are open, and others
   */
  async create(wanted: NewRollout, by: Identity): Promise<VersionedRollout> {
    const { store, clock, log } = this.#deps;
    const params = checkParams(wanted.command, wanted.params);
    const devices = this.#choose(wanted, by);
    if (this.#open.length >= MAX_OPEN)
      throw new VigiaError('conflict', `There are ${MAX_OPEN} open rollouts already; cancel some, or wait.`);
    checkWritable(store);
    const at = clock.wall();
    const id = `ro-${Math.max(0, at).toString(36).padStart(9, '0')}${randomBytes(4).toString('hex')}`;
    const targets = shuffled(devices, id).map(
      (it, position): StoredTarget => ({
        rolloutId: id,
        deviceId: it.id,
        commandId: `${id}:${it.id}`,
        outcome: 'waiting',
        position,
      }),
    );
    // The rollout's own record comes last: after a crash, targets without it belong to no rollout and are ignored.
    for (let from = 0; from < targets.length; from += CHUNK) {
      for (const target of targets.slice(from, from + CHUNK)) store.put('rollout-targets', target.commandId, target);
      await durable(store);
    }
    const stored: StoredRollout = {
      document: documentOf(id, wanted, params, by.name, new Date(at).toISOString(), targets.length),
      version: 1,
      holder: this.#deps.node,
      epoch: 1,
      by: { name: by.name, ...(by.groups && { groups: by.groups }) },
      groups: groupsOf(devices),
      round: 0,
    };
    store.put('rollouts', id, stored);
    await durable(store);
    this.#feed.note(stored, this.#now());
    this.#drive(new Run(stored, targets, this.#deps));
    log.info({ rollout: id, by: by.name, command: wanted.command, devices: targets.length }, 'rollout begun');
    return { version: stored.version, document: stored.document };
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
    const driver = this.#drivers.get(id);
    if (driver) {
      this.#act(driver.run, { act, by: by.name });
      await durable(store);
      const { version, document } = driver.run.stored;
      return { version, document };
    }
    if (!mayAct(stored.document, act)) throw cannot(act, stored.document);
    store.put('rollout-orders', id, { act, by: by.name } satisfies Order);
    await durable(store);
    for (let i = 0; i < ORDER_TRIES; i++) {
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), ORDER_WAIT_MS));
      const now = this.#feed.get(id);
      if (!now || mayAct(now.document, act)) continue;
      if (now.document.status === 'done') throw cannot(act, now.document);
      return { version: now.version, document: now.document };
    }
    throw new VigiaError('unavailable', 'The instance that carries it out has not answered; it will be told.');
  }

  follow(follower: Follower): VersionedRollout[] {
    return this.#feed.follow(follower, this.#now());
  }

  unfollow(id: string): void {
    this.#feed.unfollow(id);
  }

  #choose(wanted: NewRollout, { groups }: Identity): DeviceDocument[] {
    const sees = ({ group }: DeviceDocument) => !groups || (group !== null && groups.includes(group));
    return choose(wanted, this.#deps.fleet, sees, this.#deps.clock.wall());
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

  #act(run: Run, { act, by }: Order): void {
    if (!run.act(act, by)) throw cannot(act, run.stored.document);
    this.#publish(run);
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
    if (document.status === 'stopped' && isOtherStatus) this.#tell('rollout.stopped', stored);
    if (document.endedAt === undefined) return;
    this.#drop(run.id);
    this.#tell('rollout.ended', stored);
  }

  #tell(kind: 'rollout.stopped' | 'rollout.ended', stored: StoredRollout): void {
    const { id, status, why, counts } = stored.document;
    const some = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
    const details = { id, status, ...(why && { why }), counts: some };
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
    const rows = await store.load<StoredRollout>('rollouts');
    const nodes = share.nodes();
    const isFirst = nodes.every((it) => node <= it);
    for (const row of rows.values()) {
      const { id, endedAt } = row.document;
      const driver = this.#drivers.get(id);
      if (driver && row.epoch > driver.run.stored.epoch) this.#drop(id);
      if (this.#drivers.has(id)) continue;
      this.#feed.note(row, this.#now());
      if (endedAt !== undefined) continue;
      const isNobodys = !share.isShared || row.holder === node || (!nodes.includes(row.holder) && isFirst);
      if (isNobodys) await this.#takeOver(row);
    }
    if (!share.isShared) return;
    // It ended on another instance, too long ago to be in the list.
    for (const { document } of this.#open) {
      if (rows.has(document.id) || this.#drivers.has(document.id)) continue;
      const [row] = await store.find<StoredRollout>('rollouts', document.id);
      if (row) this.#feed.note(row, this.#now());
    }
    for (const [id, order] of await store.load<Order>('rollout-orders')) {
      const driver = this.#drivers.get(id);
      if (!driver) continue;
      store.put('rollout-orders', id, undefined);
      if (driver.run.act(order.act, order.by)) this.#publish(driver.run);
    }
  }

  async #takeOver(row: StoredRollout): Promise<void> {
    const { store, history, node, log } = this.#deps;
    const { id } = row.document;
    const targets = await history.targets({ rolloutId: id, limit: Number.MAX_SAFE_INTEGER });
    if (this.#isStopped || this.#drivers.has(id)) return;
    const run = new Run(row, targets, this.#deps);
    run.takenOver(node);
    this.#publish(run);
    await durable(store);
    log.info({ rollout: id, from: row.holder }, 'rollout goes on here');
    if (!run.isOver) this.#drive(run);
  }

  #now(): string {
    return new Date(this.#deps.clock.wall()).toISOString();
  }
}

const mayAct = ({ status, endedAt }: Rollout, act: RolloutAct): boolean =>
  endedAt === undefined &&
  {
    pause: status === 'canary' || status === 'running',
    resume: status === 'paused' || status === 'stopped',
    cancel: status !== 'cancelled' && status !== 'done',
  }[act];

const cannot = (act: RolloutAct, { status }: Rollout) =>
  new VigiaError('conflict', `It is ${status}: there is nothing to ${act}.`);
