import type { Logger } from 'pino';
import { type Actor, createActor } from 'xstate';
import type { CommandOutput, CommandProgress, CommandSpec, Link } from '../../machines/command.ts';
import { attends, type DeviceEvent, type deviceMachine, hasRoom } from '../../machines/device.ts';
import { observe } from '../../machines/observation.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { CommandRecord } from '../protocol/commands.ts';
import type { DeviceDocument, JsonObject, PendingStatus, Update, VersionedDocument } from '../protocol/document.ts';
import type { Profile } from '../protocol/player.ts';
import { time, withProfile } from './document.ts';
import { LiveDocument } from './live-document.ts';
import type { PlayerSession } from './player-session.ts';
import type { Ticking } from './ticking.ts';

/** What every host of a fleet shares. */
export interface Surroundings {
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** With its effects bound: see effects.ts. */
  machine: typeof deviceMachine;
  ticking: Ticking;
  nodeId: string;
  stateIntervalMs: number;
  watchIntervalMs: number;
  offlineGraceMs: number;
  /** Called once for each change, in the order of the versions. */
  changed(update: Update, after: DeviceDocument, before: DeviceDocument): void;
  /** Resolves when what was recorded so far is safe (or soon, where it can't be). */
  committed(): Promise<void>;
  commands: {
    /** What is pending for this device, in the order of acceptance. */
    pendingOf(deviceId: string): { spec: CommandSpec; progress: CommandProgress }[];
    get(commandId: string): CommandRecord | undefined;
    progressed(commandId: string, progress: CommandProgress): CommandRecord | undefined;
    ended(output: CommandOutput): void;
  };
}

/** What outlives the process of a device. */
export interface DeviceRecord extends VersionedDocument {
  /** The keys that an operator has set; the player's own word does not change them. */
  edited: string[];
}

/** A failing actor is started anew so many times a minute; after that it rests for a while, or until it is needed. */
const MAX_RESTARTS = 3;
const RESTART_WINDOW_MS = 60_000;

/**
 * One device: its document, and the actor that decides what becomes of it.
 *
 * Whatever reaches the actor, timers too, comes in as a *turn*. The actor's effects (`note…`, `ask…`) amend the
 * document, and the end of the turn makes of it one version and one patch, if anything differs.
 */
export class DeviceHost {
  readonly id: string;
  readonly #around: Surroundings;
  readonly #document: LiveDocument;
  readonly #edited: Set<string>;
  /** The last state that tells of the playback, since the last command ended: the baseline of the next one. */
  #observable: { state: JsonObject; at: number } | undefined;

  #actor: Actor<typeof deviceMachine> | undefined;
  #restarts: number[] = [];
  #revival: unknown;
  #turns = 0;
  #session: PlayerSession | undefined;
  #incoming: PlayerSession | undefined;
  #ask = false;
  #askedAt = 0;
  #overdue: unknown;
  #watchers = 0;

  constructor(around: Surroundings, record: DeviceRecord) {
    this.id = record.document.id;
    this.#around = around;
    this.#document = new LiveDocument(record, around.ticking);
    this.#edited = new Set(record.edited);
  }

  get versioned(): VersionedDocument {
    return this.#document.told;
  }

  get record(): DeviceRecord {
    return { ...this.#document.told, edited: [...this.#edited] };
  }

  /** The device's last word, ticks included. */
  get state(): JsonObject {
    return this.#document.latestState;
  }

  get session(): PlayerSession | undefined {
    return this.#session;
  }

  get isAwake(): boolean {
    return this.#actor !== undefined;
  }

  get intervalMs(): number {
    return this.#watchers > 0 ? this.#around.watchIntervalMs : this.#around.stateIntervalMs;
  }

  // From the player -------------------------------------------------------------------------------------------------

  register(session: PlayerSession, profile: Profile): void {
    this.seen();
    this.#turn(() => {
      this.#awake();
      const { latest } = this.#document;
      const described = withProfile(latest, profile, this.#edited);
      if (described !== latest) this.#document.amend(described);
      this.#incoming = session;
      this.#send({ type: 'REGISTERED', session: { id: session.id, place: session.place }, at: this.#now() });
      this.#incoming = undefined;
    });
  }

  /** The end of a session that was replaced meanwhile changes nothing. */
  disconnected(session: PlayerSession, reason: string): void {
    if (this.#session?.id !== session.id) return;
    this.#around.metrics.connectionLost(reason);
    this.#turn(() => this.#send({ type: 'DISCONNECTED', sessionId: session.id, reason }));
  }

  /** Traffic from the device. Changes nothing by itself. */
  seen(): void {
    this.#document.seen(this.#now());
  }

  report(state: JsonObject): void {
    this.#take(state, state, state.timestamp);
  }

  /** Replaces the named top-level sections (CONTRACT P4). */
  update(changes: JsonObject, timestamp: string | number | null | undefined): void {
    const merged = { ...this.#document.latestState, ...changes };
    if (timestamp !== undefined) merged.timestamp = timestamp;
    this.#take(merged, changes, timestamp);
  }

  respond(commandId: string, answer: { status: 'success' | 'error'; result?: unknown; message?: string }): void {
    const record = this.#around.commands.get(commandId);
    if (record?.deviceId === this.id && (record.status === 'sent' || record.status === 'verifying')) {
      this.#turn(() => this.#send({ type: 'RESPONSE', commandId, ...answer }));
      return;
    }
    this.#around.metrics.lateResponse();
    this.#around.log.info({ deviceId: this.id, commandId, status: answer.status }, 'late response');
  }

  // From admins -----------------------------------------------------------------------------------------------------

  get hasRoom(): boolean {
    return hasRoom(this.#awake().getSnapshot());
  }

  command(spec: CommandSpec): void {
    const seen = this.#observable && observe(this.#observable.state);
    const observed = seen ? { seen, ageMs: this.#now() - (this.#observable?.at ?? 0) } : null;
    this.#turn(() => {
      if (this.#actor) this.#send({ type: 'COMMAND', spec, observed });
      // One that begins now takes it from the record, where it is already.
      else this.#awake();
    });
  }

  cancel(commandId: string): void {
    this.#turn(() => this.#send({ type: 'CANCEL', commandId }));
  }

  watch(): void {
    if (++this.#watchers === 1) this.#intervalChanged();
  }

  unwatch(): void {
    if (--this.#watchers === 0) this.#intervalChanged();
  }

  edit(change: Partial<Pick<DeviceDocument, 'name' | 'group' | 'labels'>>): void {
    for (const key of Object.keys(change)) this.#edited.add(key);
    this.#turn(() => this.#document.amend(change));
  }

  // Life ------------------------------------------------------------------------------------------------------------

  /** After a restart of the server: what was connected may come back within the grace; what was not stays as it was. */
  restore(): void {
    const { connection, report } = this.#document.latest;
    const { intervalMs } = this;
    const pending = this.#around.commands.pendingOf(this.id);
    this.#turn(() => {
      if (report.intervalMs !== intervalMs) this.#document.amend({ report: { ...report, intervalMs } });
      // The document may be older than the record of the commands.
      this.#document.amend({ commands: {} });
      for (const { spec } of pending) this.#showCommand(this.#around.commands.get(spec.commandId));
      if (connection.status === 'online') {
        // The last contact is all that is known of when it was lost.
        const since = connection.lastSeenAt ?? connection.since;
        const lost = { status: 'reconnecting', since, reason: 'server_restart', sessionId: null, node: null } as const;
        this.#document.amend({ connection: { ...connection, ...lost } });
      }
      if (connection.status !== 'offline' || pending.length > 0) this.#awake();
    });
  }

  /** Offline for long, and nothing pending: the document is enough. */
  sleepIfOfflineSince(at: number): void {
    const { status, since } = this.#document.latest.connection;
    if (status !== 'offline' || Date.parse(since) > at) return;
    if (this.#actor?.getSnapshot().context.queue.length === 0) this.stop();
  }

  stop(): void {
    this.#around.clock.clearTimeout(this.#overdue);
    this.#around.clock.clearTimeout(this.#revival);
    const actor = this.#actor;
    this.#actor = undefined;
    this.#session = undefined;
    actor?.stop();
  }

  // Effects: what the machines ask for (effects.ts binds them) -----------------------------------------------------

  noteConnection(status: Link, reason?: string): void {
    const { connection } = this.#document.latest;
    const { reason: lastReason, ...known } = connection;
    const since = time(this.#now());
    if (status === 'online') {
      const session = (this.#incoming ?? this.#session) as PlayerSession;
      this.#session = session;
      const same = known.sessionId === session.id;
      // Nor is one from another session, which a player may have begun anew: no baseline for a command.
      if (!same) this.#observable = undefined;
      const { id: sessionId, address } = session;
      const node = this.#around.nodeId;
      this.#document.amend({
        connection: { ...known, status, since: same ? known.since : since, address, sessionId, node },
      });
      this.#armOverdue(this.intervalMs);
    } else {
      this.#session = undefined;
      this.#around.clock.clearTimeout(this.#overdue);
      const why = reason ?? lastReason;
      const lost = { status, since, sessionId: null, node: null, ...(why ? { reason: why } : {}) };
      this.#document.amend({ connection: { ...known, ...lost } });
    }
    const { address } = this.#document.latest.connection;
    this.#around.log.info({ deviceId: this.id, status, reason, address }, `device ${status}`);
  }

  noteReport(status: 'live' | 'stale'): void {
    const { report } = this.#document.latest;
    if (report.status !== status) this.#document.amend({ report: { ...report, status } });
  }

  /** No places: the conflict is over. */
  noteConflict(places: readonly string[]): void {
    const { conflict, ...connection } = this.#document.latest.connection;
    if (places.length === 0) {
      if (conflict) this.#document.amend({ connection });
      return;
    }
    if (!conflict) {
      this.#around.metrics.conflict();
      this.#around.log.warn({ deviceId: this.id, places }, 'two machines use this device id');
    }
    const addresses = [...new Set(places.map((place) => place.split(' ')[0] as string))];
    const since = conflict?.since ?? time(this.#now());
    this.#document.amend({ connection: { ...connection, conflict: { since, addresses } } });
  }

  endSession(): void {
    this.#around.metrics.takeover();
    this.#around.log.info({ deviceId: this.id, replaced: this.#session?.id, by: this.#incoming?.id }, 'takeover');
    this.#session?.end('session_replaced');
  }

  askState(): void {
    this.#ask = true;
  }

  transmit(commandId: string): void {
    const session = this.#session;
    const record = this.#around.commands.get(commandId);
    if (!session || !record) return;
    const { command, params } = record;
    // What is recorded as sent may have left; what is not has not: so the record comes first.
    this.#around.committed().then(() =>
      this.#tell(() => {
        this.#around.metrics.commandSent(command);
        session.sendCommand({ commandId, command, params });
      }),
    );
  }

  noteCommand(commandId: string, progress: CommandProgress): void {
    this.#showCommand(this.#around.commands.progressed(commandId, progress));
  }

  noteEnding(output: CommandOutput): void {
    // A state from before this ending is no baseline for the next command.
    this.#observable = undefined;
    const { [output.commandId]: _, ...commands } = this.#document.latest.commands;
    this.#document.amend({ commands });
    this.#around.commands.ended(output);
  }

  // Inside ----------------------------------------------------------------------------------------------------------

  #showCommand(record: CommandRecord | undefined): void {
    if (!record) return;
    const { commandId, command, status, attempts: attempt, requestedBy, requestedAt, deadlineAt } = record;
    const pending = { command, status: status as PendingStatus, attempt, requestedBy, requestedAt, deadlineAt };
    this.#document.amend({ commands: { ...this.#document.latest.commands, [commandId]: pending } });
  }

  #now(): number {
    return this.#around.clock.now();
  }

  /** `said`: what the message itself carried, the whole state or some sections of it. */
  #take(state: JsonObject, said: JsonObject, timestamp: unknown): void {
    const now = this.#now();
    const observable = 'vlc' in said || 'playing' in said;
    if (observable) this.#observable = { state, at: now };
    const novelty = this.#document.report(state, timestamp, now, this.intervalMs);
    const attentive = this.#actor !== undefined && attends(this.#actor.getSnapshot());
    if (novelty === 'held' && !attentive) {
      this.#around.metrics.reportWithoutChange();
      return;
    }
    const { version } = this.#document.told;
    this.#turn(() => {
      if (attentive) this.#send({ type: 'REPORTED', seen: (observable && observe(state)) || null });
      if (novelty !== 'held') this.#document.amend({ state });
    });
    if (version === this.#document.told.version) this.#around.metrics.reportWithoutChange();
  }

  #intervalChanged(): void {
    const { intervalMs } = this;
    this.#turn(() => {
      this.#document.amend({ report: { ...this.#document.latest.report, intervalMs } });
      if (this.#watchers > 0 && this.#session) this.#send({ type: 'WATCHED' });
    });
    if (this.#session) this.#armOverdue(intervalMs);
  }

  /** A dead man's switch that is only looked at when it is due, so that a report costs nothing here. */
  #armOverdue(ms: number): void {
    const { clock } = this.#around;
    clock.clearTimeout(this.#overdue);
    this.#overdue = clock.setTimeout(() => {
      const left = Math.max(this.#document.receivedAt, this.#askedAt) + this.intervalMs - this.#now();
      if (left > 0) return this.#armOverdue(left);
      this.#turn(() => this.#send({ type: 'REPORT_OVERDUE' }));
      this.#armOverdue(this.intervalMs);
    }, ms);
  }

  #turn(fn: () => void): void {
    this.#turns++;
    try {
      fn();
    } finally {
      if (--this.#turns === 0) this.#settle();
    }
  }

  #settle(): void {
    if (this.#ask) {
      this.#ask = false;
      this.#askedAt = this.#now();
      this.#tell(() => this.#session?.askState());
    }
    const before = this.#document.told.document;
    const update = this.#document.commit(this.#now());
    if (update) this.#around.changed(update, this.#document.told.document, before);
  }

  /** What goes wrong outside of the actor's own turn fails it just the same. */
  #tell(player: () => void): void {
    try {
      player();
    } catch (error) {
      const actor = this.#actor;
      if (!actor) return;
      this.#failed(actor, error);
      actor.stop();
    }
  }

  #send(event: DeviceEvent): void {
    this.#awake().send(event);
  }

  #awake(): Actor<typeof deviceMachine> {
    return this.#actor ?? this.#start();
  }

  #start(): Actor<typeof deviceMachine> {
    const { clock, machine, commands, offlineGraceMs, stateIntervalMs, watchIntervalMs } = this.#around;
    const actor: Actor<typeof deviceMachine> = createActor(machine, {
      input: {
        deviceId: this.id,
        graceMs: offlineGraceMs,
        patienceMs: Math.min(stateIntervalMs, 10_000),
        baselineMaxAgeMs: watchIntervalMs,
        link: this.#document.latest.connection.status === 'offline' ? 'offline' : 'reconnecting',
        commands: commands.pendingOf(this.id),
      },
      clock: {
        // An actor that failed leaves its commands' actors behind: they must not go on beside their successors.
        setTimeout: (fn, ms) => clock.setTimeout(() => this.#actor === actor && this.#turn(fn), ms),
        clearTimeout: (id) => clock.clearTimeout(id),
      },
    });
    actor.subscribe({ error: (error) => this.#failed(actor, error) });
    this.#actor = actor;
    // It has heard nothing yet, and knows of no conflict: what the document says of these was its predecessor's.
    if (this.#document.latest.report.status === 'live') this.noteReport('stale');
    this.noteConflict([]);
    actor.start();
    const session = this.#session;
    if (session) actor.send({ type: 'REGISTERED', session: { id: session.id, place: session.place }, at: this.#now() });
    return actor;
  }

  /** The actor is gone, the device is not: another one goes on from what is recorded. */
  #failed(actor: Actor<typeof deviceMachine>, error: unknown): void {
    if (this.#actor !== actor) return;
    this.#actor = undefined;
    const { clock, log, metrics } = this.#around;
    const now = this.#now();
    metrics.actorRestarted();
    log.error({ deviceId: this.id, err: error }, 'actor failed');
    this.#restarts = [...this.#restarts.filter((at) => now - at < RESTART_WINDOW_MS), now];
    const tooOften = this.#restarts.length > MAX_RESTARTS;
    if (tooOften) log.fatal({ deviceId: this.id }, 'actor failed too often; it rests for a while');
    clock.clearTimeout(this.#revival);
    this.#revival = clock.setTimeout(() => this.#turn(() => this.#awake()), tooOften ? RESTART_WINDOW_MS : 0);
  }
}
