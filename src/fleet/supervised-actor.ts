import { type Actor, createActor } from 'xstate';
import {
  attends,
  awoken,
  type DeviceEvent,
  type DeviceInput,
  type DeviceSnapshot,
  type deviceMachine,
  type Rest,
  restOf,
} from '../../machines/device.ts';
import type { DeviceContext } from './device-context.ts';

export interface ActorOwner {
  readonly id: string;
  actorInput(): DeviceInput;
  actorStarts(): void;
  actorStarted(): void;
  /** Every event of the actor must run inside this, including timers. */
  turn(fn: () => void): void;
}

type Context = Pick<
  DeviceContext,
  'machine' | 'clock' | 'log' | 'metrics' | 'needingEveryReport' | 'checkLease' | 'gaveUp'
>;

/**
 * A failing actor is restarted this many times a minute. After that it pauses, until it is needed or some time has
 * passed.
 */
const MAX_RESTARTS = 3;
const RESTART_WINDOW_MS = 60_000;

/**
 * A device's actor: started on demand, and after a failure restarted from the records. The device, its document and its
 * commands outlive it. While it waits for nothing it can rest, which takes a tenth of the memory.
 */
export class SupervisedActor {
  readonly #owner: ActorOwner;
  readonly #context: Context;
  #actor: Actor<typeof deviceMachine> | undefined;
  /** Set instead of the actor while it rests. */
  #resting: Rest | undefined;
  #needsEveryReport = false;
  #restarts: number[] | undefined;
  #revival: unknown;

  constructor(owner: ActorOwner, context: Context) {
    this.#owner = owner;
    this.#context = context;
  }

  /** Whether it has begun, and has neither failed nor been stopped. It may rest. */
  get isAlive(): boolean {
    return this.#actor !== undefined || this.#resting !== undefined;
  }

  get isResting(): boolean {
    return this.#resting !== undefined;
  }

  /** Whether it runs without commands to execute. */
  get isIdle(): boolean {
    return this.#actor?.getSnapshot().context.queue.length === 0;
  }

  /** Whether it would react to a report. Cached from its last transition, because most reports do not concern it. */
  get needsEveryReport(): boolean {
    return this.#needsEveryReport;
  }

  send(event: DeviceEvent): void {
    this.wake();
    this.#actor?.send(event);
  }

  wake(): DeviceSnapshot {
    return (this.#actor ?? this.#start()).getSnapshot();
  }

  /** Rests until the next event, unless it waits for something. Not to be called during an event. */
  rest(): void {
    const actor = this.#actor;
    const rest = actor && restOf(actor.getSnapshot());
    if (!rest) return;
    this.#dismiss();
    this.#resting = rest;
    actor.stop();
  }

  stop(): void {
    this.#context.clock.clearTimeout(this.#revival);
    const actor = this.#actor;
    this.#dismiss();
    actor?.stop();
  }

  /** For errors outside of its own transitions. */
  fail(error: unknown): void {
    if (!this.isAlive) return;
    const actor = this.#actor ?? this.#start();
    this.#failed(actor, error);
    actor.stop();
  }

  #start(): Actor<typeof deviceMachine> {
    const { clock, machine } = this.#context;
    const resting = this.#resting;
    this.#resting = undefined;
    const beginning = resting ? { snapshot: awoken(resting) } : { input: this.#owner.actorInput() };
    const actor: Actor<typeof deviceMachine> = createActor(machine, {
      ...(beginning as { input: DeviceInput }),
      clock: {
        // A failed actor leaves its commands' actors running. Their timers must not fire beside their successors.
        setTimeout: (fn, ms) =>
          clock.setTimeout(() => {
            const due = () => this.#actor === actor && this.#owner.turn(fn);
            const doubt = this.#context.checkLease();
            if (doubt) void doubt.then(due);
            else due();
          }, ms),
        clearTimeout: (id) => clock.clearTimeout(id),
      },
    });
    actor.subscribe({
      next: (snapshot) => {
        this.#setNeedsEveryReport(attends(snapshot));
      },
      error: (error) => this.#failed(actor, error),
    });
    this.#actor = actor;
    if (!resting) this.#owner.actorStarts();
    actor.start();
    if (!resting) this.#owner.actorStarted();
    return actor;
  }

  #failed(actor: Actor<typeof deviceMachine>, error: unknown): void {
    if (this.#actor !== actor) return;
    this.#dismiss();
    const { clock, log, metrics } = this.#context;
    const now = clock.now();
    metrics.actorRestarted();
    log.error({ deviceId: this.#owner.id, err: error }, 'actor failed');
    this.#restarts = [...(this.#restarts ?? []).filter((at) => now - at < RESTART_WINDOW_MS), now];
    const tooOften = this.#restarts.length > MAX_RESTARTS;
    if (tooOften) {
      log.fatal({ deviceId: this.#owner.id }, 'actor failed too often; restarts are paused');
      this.#context.gaveUp(this.#owner.id);
    }
    clock.clearTimeout(this.#revival);
    const revive = () => this.#owner.turn(() => void this.wake());
    this.#revival = clock.setTimeout(revive, tooOften ? RESTART_WINDOW_MS : 0);
  }

  #dismiss(): void {
    this.#actor = undefined;
    this.#resting = undefined;
    this.#setNeedsEveryReport(false);
  }

  #setNeedsEveryReport(needed: boolean): void {
    if (needed === this.#needsEveryReport) return;
    this.#needsEveryReport = needed;
    if (needed) this.#context.needingEveryReport.add(this.#owner.id);
    else this.#context.needingEveryReport.delete(this.#owner.id);
  }
}
