import { type SnapshotFrom, transition } from 'xstate';
import {
  contextOf,
  mayLeave,
  type RolloutEvent,
  type RolloutStatus,
  rolloutMachine,
  room,
  type TargetOutcome,
} from '../../machines/rollout.ts';
import type { Clock } from '../ports/clock.ts';
import type { RolloutRights, StoredRollout, StoredTarget } from '../ports/rollouts.ts';
import type { StateStore } from '../ports/state-store.ts';
import type { RolloutAct } from '../protocol/rollouts.ts';

/** Details of a target's outcome. */
type Facts = Partial<Pick<StoredTarget, 'code' | 'message' | 'durationMs' | 'sentAt' | 'answeredAt'>>;

export interface RunDeps {
  store: StateStore;
  clock: Clock;
}

/** Automatic actions. */
export const SERVER: RolloutRights = { tokenId: 'server', name: 'server' };

const acts = { pause: 'PAUSE', resume: 'RESUME', cancel: 'CANCEL' } as const;

/** One rollout on the instance that owns it. Applies the machine's decisions and records every step. */
export class Run {
  readonly id: string;
  /** In the order of the rollout. */
  readonly waiting: StoredTarget[];
  /** Recorded as sent. The driver knows which of their commands it follows. */
  readonly sent = new Map<string, StoredTarget>();
  readonly watching = new Map<string, StoredTarget>();
  readonly #deps: RunDeps;
  #stored: StoredRollout;
  #snapshot: SnapshotFrom<typeof rolloutMachine>;
  /** The state has changed since the last `publish`. */
  #isDirty = false;
  #published: RolloutStatus;

  constructor(stored: StoredRollout, targets: readonly StoredTarget[], deps: RunDeps) {
    const { document, round } = stored;
    this.id = document.id;
    this.#deps = deps;
    this.#stored = stored;
    this.#published = document.status;
    this.waiting = targets.filter((it) => it.outcome === 'waiting').sort((a, b) => a.position - b.position);
    for (const it of targets) {
      if (it.outcome === 'sent') this.sent.set(it.deviceId, it);
      if (it.outcome === 'watching') this.watching.set(it.deviceId, it);
    }
    const inOrder = [...targets].sort((a, b) => ((a.answeredAt ?? '') < (b.answeredAt ?? '') ? -1 : 1));
    const known = inOrder.map((it) => ({ outcome: it.outcome, isOfRound: it.round === round }));
    const context = { ...contextOf(document.settings, known), why: document.why };
    this.#snapshot = rolloutMachine.resolveState({ value: document.status, context });
    this.#send({ type: 'LOOK' });
  }

  get stored(): StoredRollout {
    return this.#stored;
  }

  get status(): RolloutStatus {
    return this.#snapshot.value;
  }

  /** How many more targets may be sent the command now. */
  get room(): number {
    return room(this.status, this.#snapshot.context);
  }

  get isOver(): boolean {
    const isLast = this.status === 'done' || this.status === 'cancelled';
    return isLast && this.waiting.length + this.sent.size + this.watching.size === 0;
  }

  /** Undefined if the current state does not allow this. */
  act(act: RolloutAct, by: RolloutRights): true | undefined {
    const event = { type: acts[act] } as const;
    if (!this.#snapshot.can(event)) return undefined;
    if (act === 'resume' && this.status === 'stopped')
      this.#stored = { ...this.#stored, round: this.#stored.round + 1 };
    if (act === 'resume') this.#stored = { ...this.#stored, by };
    this.#send(event, by.name);
    return true;
  }

  /** Pauses it, because the token that it acts with is gone. */
  losesRights(): void {
    const event = { type: 'PAUSE', why: 'token_removed' } as const;
    if (this.#snapshot.can(event)) this.#send(event, SERVER.name);
  }

  /** Records the targets as sent. Send the commands only once this is durable. */
  claim(targets: readonly StoredTarget[]): void {
    const claimed = new Set(targets);
    const rest = this.waiting.filter((it) => !claimed.has(it));
    this.waiting.splice(0, this.waiting.length, ...rest);
    for (const it of targets) {
      this.#set(it, 'sent', { sentAt: this.#now() });
      this.#send({ type: 'SENT' });
    }
  }

  /** May the command of this target, which is recorded as sent, leave now? */
  mayLeave(target: StoredTarget): boolean {
    return mayLeave(this.status, this.#snapshot.context, this.#isOfRound(target));
  }

  /** The command of a target leaves, perhaps later than in the round in which it was recorded. */
  leaves(target: StoredTarget): void {
    if (this.#isOfRound(target)) return;
    this.#set(target, 'sent', { sentAt: this.#now() });
    this.#send({ type: 'SENT', isAgain: true });
  }

  /** @param outcome the outcome of the command; a success may be watched for a while */
  ended(deviceId: string, outcome: Exclude<TargetOutcome, 'waiting' | 'sent' | 'lost'>, facts: Facts): void {
    const target = this.sent.get(deviceId);
    if (!target) return;
    this.#set(target, outcome, { answeredAt: this.#now(), ...facts });
    this.#send({ type: 'ENDED', outcome, isOfRound: this.#isOfRound(target) });
  }

  watched(deviceId: string, outcome: 'success' | 'lost'): void {
    const target = this.watching.get(deviceId);
    if (!target) return;
    this.#set(target, outcome, {});
    this.#send({ type: 'WATCHED', outcome, isOfRound: this.#isOfRound(target) });
  }

  /** Ends up to `most` waiting targets without sending them the command. */
  leaveOut(most: number, outcome: 'undelivered' | 'cancelled', facts: Facts = {}): void {
    const batch = this.waiting.splice(0, most);
    if (batch.length === 0) return;
    for (const it of batch) this.#set(it, outcome, facts);
    this.#send({ type: 'LEFT_OUT', count: batch.length, outcome });
  }

  /** Makes `holder` the owner. */
  takenOver(holder: string): void {
    const { version, epoch } = this.#stored;
    // Higher than any version the previous owner may have published.
    this.#stored = { ...this.#stored, holder, epoch: epoch + 1, version: version + VERSION_GAP };
    this.#isDirty = true;
  }

  /** Stores the changes as a new version of the document. Undefined if nothing has changed. */
  publish(): { stored: StoredRollout; isOtherStatus: boolean } | undefined {
    if (!this.#isDirty) return undefined;
    this.#isDirty = false;
    const { document, version } = this.#stored;
    const { counts } = this.#snapshot.context;
    const isEnded = this.isOver && document.endedAt === undefined;
    this.#stored = {
      ...this.#stored,
      version: version + 1,
      document: { ...document, counts: { ...counts }, ...(isEnded && { endedAt: this.#now() }) },
    };
    this.#deps.store.put('rollouts', this.id, this.#stored);
    const isOtherStatus = this.#published !== document.status;
    this.#published = document.status;
    return { stored: this.#stored, isOtherStatus };
  }

  #send(event: RolloutEvent, by?: string): void {
    const before = this.status;
    const [snapshot] = transition(rolloutMachine, this.#snapshot, event);
    this.#snapshot = snapshot;
    if (event.type !== 'LOOK') this.#isDirty = true;
    if (this.status === before) return;
    this.#isDirty = true;
    const { by: _, why: __, ...document } = this.#stored.document;
    const { why } = snapshot.context;
    this.#stored = {
      ...this.#stored,
      document: {
        ...document,
        status: this.status,
        since: this.#now(),
        ...(by !== undefined && { by }),
        ...(why && { why }),
      },
    };
  }

  #set(target: StoredTarget, outcome: TargetOutcome, facts: Facts): void {
    this.sent.delete(target.deviceId);
    this.watching.delete(target.deviceId);
    const isOpen = outcome === 'sent' || outcome === 'watching';
    const next: StoredTarget = {
      ...target,
      ...facts,
      outcome,
      ...(outcome === 'sent' && { round: this.#stored.round }),
      ...(!isOpen && { endedAt: this.#now() }),
    };
    if (outcome === 'sent') this.sent.set(target.deviceId, next);
    if (outcome === 'watching') this.watching.set(target.deviceId, next);
    this.#deps.store.put('rollout-targets', target.commandId, next);
  }

  #isOfRound({ round }: StoredTarget): boolean {
    return round === this.#stored.round;
  }

  #now(): string {
    return new Date(this.#deps.clock.wall()).toISOString();
  }
}

const VERSION_GAP = 1000;
