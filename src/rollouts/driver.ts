import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import { durable } from '../ports/durable.ts';
import { TokenBucket } from '../ports/rate.ts';
import type { RolloutRights, StoredTarget } from '../ports/rollouts.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import type { CommandRecord, CommandSummary } from '../protocol/commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { ROLLOUT_TOKEN, type RolloutAct } from '../protocol/rollouts.ts';
import { type Run, SERVER } from './run.ts';

/** Sends commands to devices. */
export interface RolloutCommands {
  /** Does nothing if a command with this id exists (SPEC C2). */
  send(request: SendCommand, by: Identity): Promise<CommandSummary[]>;
  /**
   * Finds commands of any age.
   * @throws VigiaError `unavailable`
   */
  get(commandId: string): Promise<CommandRecord | undefined>;
  ended(commandId: string): Promise<CommandRecord>;
  /** Ends a command that has not been sent yet; others continue. */
  cancel(commandId: string): Promise<unknown>;
}

export interface DriverDeps {
  commands: RolloutCommands;
  document(deviceId: string): DeviceDocument | undefined;
  /** Undefined if the token was removed or has expired. */
  identity(tokenId: string): Identity | undefined;
  store: StateStore;
  clock: Clock;
  log: Logger;
  /** Stores and publishes the changes. */
  publish(run: Run): void;
  /** Does this instance still own the rollout? */
  isOurs(run: Run): Promise<boolean>;
}

/** The command waits for a device that reconnects within its grace period. */
const TTL_MS = 30_000;
/** How many waiting targets one step ends. */
const LEAVE_OUT_BATCH = 500;
const RETRY_MS = 1000;
/** How long a search that found no target online is not repeated. */
const SEARCH_MS = 1000;
/** A rollout that was stopped or paused for this long is cancelled. */
const ABANDONED_MS = 7 * 24 * 3600_000;

/**
 * Carries out one rollout. The id of a device's command is derived from the rollout and the device, and sending is
 * recorded first. So after a crash at any point the command is sent again with the same id, which starts nothing twice.
 */
export class Driver {
  readonly run: Run;
  readonly #deps: DriverDeps;
  readonly #bucket: TokenBucket;
  /** Devices whose commands are followed here. */
  readonly #followed = new Set<string>();
  /** Devices that are recorded as sent, but whose commands must not leave now. */
  readonly #held = new Set<string>();
  readonly #startedAt: number;
  /** The start of each watch, in `clock.now()` time. */
  readonly #watchedFrom = new Map<string, number>();
  #searchAgainAt = 0;
  #isWithdrawn = false;
  #isStepping = false;
  #isStopped = false;

  constructor(run: Run, deps: DriverDeps) {
    this.run = run;
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
    const { rate } = run.stored.document.settings;
    this.#bucket = new TokenBucket(deps.clock, rate, Math.max(1, rate));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Undefined if the current status does not allow this. */
  act(act: RolloutAct, by: RolloutRights): true | undefined {
    const done = this.run.act(act, by);
    this.withdraw();
    return done;
  }

  /** Does what is due now. */
  async step(): Promise<void> {
    if (this.#isStepping || this.#isStopped) return;
    this.#isStepping = true;
    try {
      this.#endWatches();
      this.withdraw();
      // Nothing starts that cannot be recorded.
      if (this.#deps.store.healthy) await this.#advance();
    } catch (error) {
      if (!(error instanceof VigiaError)) throw error;
      this.#deps.log.debug({ err: error, rollout: this.run.id }, 'a rollout waits');
    } finally {
      this.#isStepping = false;
    }
  }

  async #advance(): Promise<void> {
    const { run } = this;
    const { store, clock } = this.#deps;
    if (run.status === 'cancelled') run.leaveOut(LEAVE_OUT_BATCH, 'cancelled');
    if (!this.#deps.identity(run.stored.by.tokenId)) run.losesRights();
    const { since, createdAt, settings } = run.stored.document;
    const isHeld = run.status === 'stopped' || run.status === 'paused';
    if (isHeld && clock.wall() - Date.parse(since) > ABANDONED_MS) run.act('cancel', SERVER);

    const isSearched = clock.now() < this.#searchAgainAt;
    const next = isSearched ? [] : this.#choose();
    run.claim(next);
    const isNew = new Set(next.map(({ deviceId }) => deviceId));
    const toSend = [...run.sent.values()].filter((it) => this.#isDue(it));
    if (toSend.length > 0) {
      this.#deps.publish(run);
      await durable(store);
      if (this.#isStopped || !(await this.#deps.isOurs(run))) return;
      for (const target of toSend) this.#follow(target, isNew.has(target.deviceId));
      return;
    }
    const isWaiting = run.status === 'canary' || run.status === 'running';
    if (!isWaiting || run.room === 0 || run.sent.size + run.watching.size > 0) return;
    if (isSearched) return;
    if (clock.wall() - Date.parse(createdAt) < settings.waitForOfflineMs || this.#mayComeBack()) return;
    run.leaveOut(LEAVE_OUT_BATCH, 'undelivered', { code: 'offline' });
    this.#searchAgainAt = 0;
  }

  /** The next targets: online ones, in order. */
  #choose(): StoredTarget[] {
    const { waiting, room } = this.run;
    const chosen: StoredTarget[] = [];
    if (room === 0 || this.#bucket.tokens < 1) return chosen;
    for (const target of waiting) {
      if (chosen.length >= room || this.#bucket.tokens < 1) break;
      if (this.#statusOf(target) !== 'online') continue;
      this.#bucket.take();
      chosen.push(target);
    }
    if (chosen.length === 0) this.#searchAgainAt = this.#deps.clock.now() + SEARCH_MS;
    return chosen;
  }

  /** Is the status of a waiting target about to change? */
  #mayComeBack(): boolean {
    return this.run.waiting.some((it) => this.#statusOf(it) !== 'offline');
  }

  #statusOf({ deviceId }: StoredTarget) {
    return this.#deps.document(deviceId)?.connection.status ?? 'offline';
  }

  /** A device that is offline at the end of its watch counts as harmed; a reconnecting one is waited for. */
  #endWatches(): void {
    const { run } = this;
    const { clock, document } = this.#deps;
    const { watchMs } = run.stored.document.settings;
    for (const deviceId of run.watching.keys()) {
      // After a restart of the server its devices get the whole time to return.
      if (clock.now() < (this.#watchedFrom.get(deviceId) ?? this.#startedAt) + watchMs) continue;
      const device = document(deviceId);
      if (device?.connection.status === 'reconnecting') continue;
      this.#watchedFrom.delete(deviceId);
      // An undefined device was removed by an operator.
      run.watched(deviceId, device === undefined || device.connection.status === 'online' ? 'success' : 'lost');
    }
  }

  /**
   * Call this when the status has changed. After a cancel or an automatic stop, commands that still wait for their
   * devices are cancelled.
   */
  withdraw(): void {
    const isOver = this.#mustNotLeave;
    if (isOver && !this.#isWithdrawn) for (const { commandId } of this.run.sent.values()) this.#cancel(commandId);
    this.#isWithdrawn = isOver;
  }

  get #mustNotLeave(): boolean {
    return this.run.status === 'cancelled' || this.run.status === 'stopped';
  }

  #cancel(commandId: string): void {
    this.#deps.commands.cancel(commandId).catch((error: unknown) => {
      this.#deps.log.debug({ err: error, commandId }, 'a command was not cancelled');
    });
  }

  #isDue(target: StoredTarget): boolean {
    if (this.#followed.has(target.deviceId)) return false;
    if (!this.#held.has(target.deviceId) || this.run.status === 'cancelled') return true;
    return this.run.mayLeave(target) && this.#bucket.take();
  }

  #follow(target: StoredTarget, isNew: boolean): void {
    const { deviceId } = target;
    this.#followed.add(deviceId);
    const again = () => void this.#deps.clock.setTimeout(() => this.#followed.delete(deviceId), RETRY_MS);
    this.#command(target, isNew).catch((error: unknown) => {
      if (!(error instanceof VigiaError))
        this.#deps.log.error({ err: error, rollout: this.run.id }, 'a rollout failed');
      // Unknown whether the command was sent: try again with the same id.
      again();
    });
  }

  /** @param isNew this command cannot have been sent before */
  async #command(target: StoredTarget, isNew: boolean): Promise<void> {
    const { deviceId, commandId } = target;
    const { commands, clock } = this.#deps;
    const known = isNew ? undefined : await commands.get(commandId);
    if (this.#isStopped) return;
    if (!known) {
      // The status may have changed since the target was recorded.
      if (this.run.status === 'cancelled') return this.run.ended(deviceId, 'cancelled', {});
      if (!this.run.mayLeave(target)) {
        this.#held.add(deviceId);
        this.#followed.delete(deviceId);
        return;
      }
      this.#held.delete(deviceId);
      this.run.leaves(target);
      if (!(await this.#send(deviceId, commandId))) return;
    }
    if (this.#mustNotLeave) this.#cancel(commandId);
    const record = await commands.ended(commandId);
    if (this.#isStopped) return;
    const { status, message, durationMs, code, alreadySo } = record;
    const facts = {
      ...(message !== undefined && { message: message.slice(0, MAX_MESSAGE) }),
      ...(durationMs !== undefined && { durationMs }),
      ...(status === 'undelivered' && { code: code ?? 'offline' }),
    };
    const isWatched = this.run.stored.document.settings.watchMs > 0;
    const outcome = status === 'success' ? (alreadySo ? 'alreadySo' : isWatched ? 'watching' : 'success') : status;
    if (outcome === 'queued' || outcome === 'sent' || outcome === 'verifying') throw new VigiaError('unavailable');
    if (outcome === 'watching') this.#watchedFrom.set(deviceId, clock.now());
    this.run.ended(deviceId, outcome, facts);
    this.withdraw();
  }

  /** False if the command was refused for good. */
  async #send(deviceId: string, commandId: string): Promise<boolean> {
    const { document, by } = this.run.stored;
    const { command, params, settings } = document;
    const { timeoutMs, retries, force } = settings;
    const options = { ...(timeoutMs !== undefined && { timeoutMs }), ...(force && { force }), retries, ttlMs: TTL_MS };
    const identity: Identity = { ...by, tokenId: ROLLOUT_TOKEN, role: 'operator' };
    try {
      await this.#deps.commands.send({ deviceId, commandId, command, params, ...options }, identity);
      return true;
    } catch (error) {
      if (!(error instanceof VigiaError) || temporary.has(error.code)) throw error;
      this.run.ended(deviceId, 'undelivered', { code: error.code, message: error.message.slice(0, MAX_MESSAGE) });
      return false;
    }
  }
}

const MAX_MESSAGE = 200;
const temporary: ReadonlySet<string> = new Set(['unavailable', 'queue_full', 'draining', 'internal']);
