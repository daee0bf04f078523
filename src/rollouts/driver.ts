import type { Logger } from 'pino';
import { type Clock, momentOf } from '../ports/clock.ts';
import { durable } from '../ports/durable.ts';
import { TokenBucket } from '../ports/rate.ts';
import type { StoredTarget } from '../ports/rollouts.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { Identity, SendCommand } from '../protocol/admin.ts';
import type { CommandRecord, CommandSummary } from '../protocol/commands.ts';
import type { DeviceDocument } from '../protocol/document.ts';
import { VigiaError } from '../protocol/errors.ts';
import { ROLLOUT_TOKEN } from '../protocol/rollouts.ts';
import type { Run } from './run.ts';

/** What commands devices. */
export interface RolloutCommands {
  /** A command that is known by its id already starts nothing (SPEC C2). */
  send(request: SendCommand, by: Identity): Promise<CommandSummary[]>;
  /** Also of one that ended long ago. @throws VigiaError `unavailable` */
  get(commandId: string): Promise<CommandRecord | undefined>;
  ended(commandId: string): Promise<CommandRecord>;
}

export interface DriverDeps {
  commands: RolloutCommands;
  document(deviceId: string): DeviceDocument | undefined;
  store: StateStore;
  clock: Clock;
  log: Logger;
  /** Records and tells what has changed. */
  publish(run: Run): void;
  /** Is it still this instance that carries it out? */
  isOurs(run: Run): Promise<boolean>;
}

/** A device that is back within its grace was never gone: its command waits for it. */
const TTL_MS = 30_000;
/** What waits and will not be sent, at once. */
const SWEPT_AT_ONCE = 500;
const RETRY_MS = 1000;
/** Stopped or paused, and nobody comes. */
const FORGOTTEN_MS = 7 * 24 * 3600_000;

/**
 * Carries one rollout out. A device's command has an id that is made of the rollout's and its own, and its sending is
 * recorded before: whoever goes on after a crash, at any point, sends it with the same id, and a known one starts nothing.
 */
export class Driver {
  readonly run: Run;
  readonly #deps: DriverDeps;
  readonly #bucket: TokenBucket;
  /** Their commands are followed here. */
  readonly #followed = new Set<string>();
  #isStepping = false;
  #isStopped = false;

  constructor(run: Run, deps: DriverDeps) {
    this.run = run;
    this.#deps = deps;
    const { rate } = run.stored.document.settings;
    this.#bucket = new TokenBucket(deps.clock, rate, Math.max(1, rate));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** A look at what is to be done now. */
  async step(): Promise<void> {
    if (this.#isStepping || this.#isStopped) return;
    this.#isStepping = true;
    try {
      this.#judgeWatched();
      // What cannot be recorded is not begun.
      if (this.#deps.store.healthy) await this.#goOn();
    } catch (error) {
      if (!(error instanceof VigiaError)) throw error;
      this.#deps.log.debug({ err: error, rollout: this.run.id }, 'a rollout waits');
    } finally {
      this.#isStepping = false;
    }
  }

  async #goOn(): Promise<void> {
    const { run } = this;
    const { store, clock } = this.#deps;
    if (run.status === 'cancelled') run.leaveOut(SWEPT_AT_ONCE, 'cancelled');
    const { since, createdAt, settings } = run.stored.document;
    const isHeld = run.status === 'stopped' || run.status === 'paused';
    if (isHeld && clock.wall() - Date.parse(since) > FORGOTTEN_MS) run.act('cancel', 'server');

    const next = this.#choose();
    run.claim(next);
    const isNew = new Set(next.map(({ deviceId }) => deviceId));
    const toSend = [...run.sent.values()].filter(({ deviceId }) => !this.#followed.has(deviceId));
    if (toSend.length > 0) {
      this.#deps.publish(run);
      await durable(store);
      if (this.#isStopped || !(await this.#deps.isOurs(run))) return;
      for (const target of toSend) this.#follow(target, isNew.has(target.deviceId));
      return;
    }
    const isWaiting = run.status === 'canary' || run.status === 'running';
    if (!isWaiting || run.room === 0 || run.sent.size + run.watching.size > 0) return;
    if (clock.wall() - Date.parse(createdAt) < settings.waitForOfflineMs || this.#mayComeBack()) return;
    run.leaveOut(SWEPT_AT_ONCE, 'undelivered', { code: 'offline' });
  }

  /** Those that are sent it now: online, in their order. */
  #choose(): StoredTarget[] {
    const { waiting, room } = this.run;
    const chosen: StoredTarget[] = [];
    for (const target of waiting) {
      if (chosen.length >= room || this.#bucket.tokens < 1) break;
      if (this.#statusOf(target) !== 'online') continue;
      this.#bucket.take();
      chosen.push(target);
    }
    return chosen;
  }

  /** Some of those that wait are about to be offline or online. */
  #mayComeBack(): boolean {
    return this.run.waiting.some((it) => this.#statusOf(it) !== 'offline');
  }

  #statusOf({ deviceId }: StoredTarget) {
    return this.#deps.document(deviceId)?.connection.status ?? 'offline';
  }

  /** Who is not there any more at the end of its watch was harmed. Who is reconnecting is waited for. */
  #judgeWatched(): void {
    const { run } = this;
    const { clock, document } = this.#deps;
    const { watchMs } = run.stored.document.settings;
    for (const { deviceId, answeredAt } of run.watching.values()) {
      if (answeredAt === undefined || clock.now() < momentOf(clock, answeredAt) + watchMs) continue;
      const device = document(deviceId);
      if (device?.connection.status === 'reconnecting') continue;
      // An operator removed it.
      run.watched(deviceId, device === undefined || device.connection.status === 'online' ? 'success' : 'lost');
    }
  }

  #follow(target: StoredTarget, isNew: boolean): void {
    const { deviceId } = target;
    this.#followed.add(deviceId);
    const again = () => void this.#deps.clock.setTimeout(() => this.#followed.delete(deviceId), RETRY_MS);
    this.#command(target, isNew).catch((error: unknown) => {
      if (!(error instanceof VigiaError))
        this.#deps.log.error({ err: error, rollout: this.run.id }, 'a rollout failed');
      // Whether it was sent cannot be known now: with the same id it is asked again.
      again();
    });
  }

  /** @param isNew nobody can have sent it before */
  async #command({ deviceId, commandId }: StoredTarget, isNew: boolean): Promise<void> {
    const { commands } = this.#deps;
    const known = isNew ? undefined : await commands.get(commandId);
    if (!known && !(await this.#send(deviceId, commandId))) return;
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
    this.run.ended(deviceId, outcome, facts);
  }

  /** False: it was refused, for good. */
  async #send(deviceId: string, commandId: string): Promise<boolean> {
    const { document, by } = this.run.stored;
    const { command, params, settings } = document;
    const { timeoutMs, retries, force } = settings;
    const options = { ...(timeoutMs !== undefined && { timeoutMs }), ...(force && { force }), retries, ttlMs: TTL_MS };
    const identity: Identity = { tokenId: ROLLOUT_TOKEN, role: 'operator', ...by };
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
