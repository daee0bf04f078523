import type { CommandOutput, CommandProgress, CommandSpec, Link } from '../../machines/command.ts';
import { type DeviceInput, hasRoom } from '../../machines/device.ts';
import { observe } from '../../machines/observation.ts';
import type { DeviceDocument, JsonObject, VersionedDocument } from '../protocol/document.ts';
import type { Profile } from '../protocol/player.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { CommandAnswer } from './api.ts';
import { Baseline } from './baseline.ts';
import { connected, disconnected, lostUnseen, shownCommands, withConflict, withProfile } from './document.ts';
import { LiveDocument } from './live-document.ts';
import { OnAirWatch } from './on-air-watch.ts';
import { OverdueTimer, type Reporter } from './overdue-timer.ts';
import { pendingShown } from './pending.ts';
import { PictureRequest } from './picture-request.ts';
import type { PlayerSession } from './player-session.ts';
import { type ActorOwner, SupervisedActor } from './supervised-actor.ts';
import { type DeviceRecord, deviceInput, type Handover, type Predecessor, type Surroundings } from './surroundings.ts';
import { transmit } from './transmit.ts';

/**
 * One device: its document, and the actor that decides what becomes of it.
 *
 * Whatever reaches the actor, timers too, comes in as a *turn*. The actor's effects (`note…`, `ask…`) amend the
 * document, and the end of the turn makes of it one version and one patch, if anything differs.
 */
export class DeviceHost implements ActorOwner, Reporter {
  readonly id: string;
  /** Pictures that were asked for. */
  readonly pictures: PictureRequest;
  readonly #around: Surroundings;
  readonly #document: LiveDocument;
  readonly #edited: Set<string>;
  readonly actor: SupervisedActor;
  readonly baseline = new Baseline();
  readonly #onAir = new OnAirWatch();
  #turns = 0;
  #session: PlayerSession | undefined;
  #incoming: PlayerSession | undefined;
  #ask = false;
  #askedAt = 0;
  readonly #overdue: OverdueTimer;
  #watchers = 0;
  /** Of the answer that is being taken in: it comes later, for the picture in it is being stored. */
  #result: Promise<unknown> | undefined;
  #predecessor: Predecessor | undefined;

  constructor(around: Surroundings, record: DeviceRecord, leapt = false, predecessor?: Predecessor) {
    this.id = record.document.id;
    this.#around = around;
    this.#predecessor = predecessor;
    this.pictures = new PictureRequest(around.clock);
    this.#document = new LiveDocument(record, around.reports, leapt);
    this.#edited = new Set(record.edited);
    this.actor = new SupervisedActor(this, around);
    this.#overdue = new OverdueTimer(this, around.clock);
  }

  get versioned(): VersionedDocument {
    return this.#document.told;
  }

  get record(): DeviceRecord {
    return { ...this.#document.told, edited: [...this.#edited] };
  }

  get handover(): Handover {
    return { record: this.record, place: this.#session?.place, takeovers: this.actor.takeovers };
  }

  /** The device's last word, ticks included. */
  get state(): JsonObject {
    return this.#document.latestState;
  }

  get session(): PlayerSession | undefined {
    return this.#session;
  }

  get intervalMs(): number {
    return this.#watchers > 0 ? this.#around.watchIntervalMs : this.#around.stateIntervalMs;
  }

  // From the player -------------------------------------------------------------------------------------------------

  register(session: PlayerSession, profile: Profile): void {
    this.seen();
    this.turn(() => {
      this.actor.wake();
      const { latest } = this.#document;
      const described = withProfile(latest, profile, this.#edited);
      if (described !== latest) this.#document.amend(described);
      this.#incoming = session;
      if (this.#session?.id !== session.id) this.#around.metrics.registered();
      this.actor.send({ type: 'REGISTERED', session: { id: session.id, place: session.place }, at: this.#now() });
      this.#incoming = undefined;
    });
  }

  /** The end of a session that was replaced meanwhile changes nothing. */
  disconnected(session: PlayerSession, reason: string): void {
    if (this.#session?.id !== session.id) return;
    this.#around.metrics.connectionLost(reason);
    this.turn(() => this.actor.send({ type: 'DISCONNECTED', sessionId: session.id, reason }));
  }

  /** Traffic from the device. Changes nothing by itself. */
  seen(): void {
    this.#document.seen(this.#now());
  }

  /** A report by its text, if it is the last one again but for ticks that may wait. If it is not, `report` is to take it. */
  repeats(json: string, at = this.#now()): boolean {
    if (this.actor.isAttentive || !this.#onAir.hasSeen) return false;
    const readings = this.#document.repeats(json, at, this.intervalMs);
    if (!readings) return false;
    this.baseline.heard(this.#document.latest.state, at);
    if (this.#onAir.ticked(readings.mediaTime, at)) this.turn(() => {});
    else this.#around.metrics.reportWithoutChange();
    return true;
  }

  /** @param json its text, if the state is all that it says @param at when it came */
  report(state: JsonObject, json?: string, at = this.#now()): void {
    this.#take(state, state, state.timestamp, true, at, json);
  }

  /** Replaces the named top-level sections (CONTRACT P4). What comes beside the registered session proves nothing (C1). */
  update(
    changes: JsonObject,
    timestamp: string | number | null | undefined,
    by?: PlayerSession,
    at = this.#now(),
  ): void {
    const merged = { ...this.#document.latestState, ...changes };
    if (timestamp !== undefined) merged.timestamp = timestamp;
    this.#take(merged, changes, timestamp, by !== undefined && by.id === this.#session?.id, at);
  }

  /** `result`: what takes the place of the answer's own, once it is known; the command has its answer already. */
  respond(commandId: string, answer: CommandAnswer, result?: Promise<unknown>): void {
    const record = this.#around.commands.get(commandId);
    if (record?.deviceId === this.id && (record.status === 'sent' || record.status === 'verifying')) {
      this.#result = result;
      this.turn(() => this.actor.send({ type: 'RESPONSE', commandId, ...answer }));
      this.#result = undefined;
      return;
    }
    this.#around.metrics.lateResponse();
    this.#around.log.info({ deviceId: this.id, commandId, status: answer.status }, 'late response');
  }

  pictured(snapshot: Snapshot): void {
    this.turn(() => this.#document.amendState('snapshot', { ...snapshot }));
    this.pictures.arrived(snapshot);
  }

  // From admins -----------------------------------------------------------------------------------------------------

  get hasRoom(): boolean {
    return hasRoom(this.actor.wake());
  }

  command(spec: CommandSpec): void {
    this.#around.gather(this.id);
    const observed = this.baseline.of(() => this.state, this.#now());
    // One that wakes now takes it from the record, where it is already.
    this.turn(() =>
      this.actor.isAwake ? this.actor.send({ type: 'COMMAND', spec, observed }) : void this.actor.wake(),
    );
  }

  cancel(commandId: string): void {
    this.turn(() => this.actor.send({ type: 'CANCEL', commandId }));
  }

  watch(): void {
    if (++this.#watchers === 1) this.#intervalChanged();
  }

  unwatch(): void {
    if (--this.#watchers === 0) this.#intervalChanged();
  }

  edit(change: Partial<Pick<DeviceDocument, 'name' | 'group' | 'labels'>>): void {
    for (const key of Object.keys(change)) this.#edited.add(key);
    this.turn(() => this.#document.amend(change));
  }

  // Life ------------------------------------------------------------------------------------------------------------

  /**
   * After a restart of the server: what was connected may come back within the grace; what was not stays as it was.
   * `lost`: why it is not connected any more; undefined: it is about to register.
   */
  restore(lost: string | undefined): void {
    const { connection, report } = this.#document.latest;
    const pending = this.#around.commands.pendingOf(this.id);
    this.turn(() => {
      this.#document.amend({ report: { ...report, intervalMs: this.intervalMs } });
      // The document may be older than the record of the commands.
      this.#document.amend({ commands: pendingShown(this.#around, this.id) });
      if (lost === undefined) return;
      if (connection.status === 'online') this.#document.amend({ connection: lostUnseen(connection, lost) });
      if (connection.status !== 'offline' || pending.length > 0) this.actor.wake();
    });
  }

  /** So much was told of it elsewhere, and it may be otherwise: see `LiveDocument`. */
  leapPast(version: number, isOtherwise: boolean): void {
    this.turn(() => this.#document.leapPast(version, isOtherwise, this.#now()));
  }

  /** Its commands went on elsewhere meanwhile: the actor begins anew from what is recorded. */
  resume(): void {
    this.turn(() => {
      this.actor.stop();
      this.#document.amend({ commands: pendingShown(this.#around, this.id) });
      this.actor.wake();
    });
  }

  /** Offline for long, and nothing pending: the document is enough. */
  sleepIfOfflineSince(at: number): void {
    const { status, since } = this.#document.latest.connection;
    if (status !== 'offline' || Date.parse(since) > at) return;
    if (this.actor.isIdle) this.stop();
  }

  stop(): void {
    this.#overdue.stop();
    this.pictures.deviceLeft();
    this.#session = undefined;
    this.actor.stop();
  }

  // For its timer and its actor -------------------------------------------------------------------------------------

  get lastHeardOrAskedAt(): number {
    return Math.max(this.#document.receivedAt, this.#askedAt);
  }

  reportOverdue(): void {
    this.turn(() => this.actor.send({ type: 'REPORT_OVERDUE' }));
  }

  actorInput(): DeviceInput {
    return deviceInput(this.#around, this.id, this.#document.latest.connection.status, this.#predecessor);
  }

  /** It has heard nothing yet, and knows of no conflict: what the document says of these was its predecessor's. */
  actorStarts(): void {
    if (this.#document.latest.report.status === 'live') this.noteReport('stale');
    this.noteConflict([]);
  }

  actorStarted(): void {
    const session = this.#session;
    if (session)
      this.actor.send({ type: 'REGISTERED', session: { id: session.id, place: session.place }, at: this.#now() });
  }

  /** Everything that reaches the actor does so inside of this. */
  turn(fn: () => void): void {
    this.#turns++;
    try {
      fn();
    } finally {
      if (--this.#turns === 0) this.#settle();
    }
  }

  // Effects: what the machines ask for (effects.ts binds them) -----------------------------------------------------

  noteConnection(status: Link, reason?: string): void {
    const { connection } = this.#document.latest;
    const at = this.#now();
    if (status === 'online') {
      const session = (this.#incoming ?? this.#session) as PlayerSession;
      this.#session = session;
      this.#predecessor = undefined;
      // A state from another session, which a player may have begun anew, is no baseline for a command.
      if (connection.sessionId !== session.id) {
        this.baseline.begin();
        this.#onAir.forget(this.#document.latest);
        this.pictures.deviceLeft();
      }
      this.#document.amend({ connection: connected(connection, session, this.#around.nodeId, at) });
      this.#overdue.arm(this.intervalMs);
    } else {
      this.#session = undefined;
      this.#overdue.stop();
      this.pictures.deviceLeft();
      this.#document.amend({ connection: disconnected(connection, status, reason, at) });
    }
    this.#around.log.info({ deviceId: this.id, status, reason, address: connection.address }, `device ${status}`);
  }

  noteReport(status: 'live' | 'stale'): void {
    const { report } = this.#document.latest;
    if (report.status !== status) this.#document.amend({ report: { ...report, status } });
  }

  /** No places: the conflict is over. */
  noteConflict(places: readonly string[]): void {
    const { connection } = this.#document.latest;
    if (places.length === 0 && !connection.conflict) return;
    if (places.length > 0 && !connection.conflict) {
      this.#around.metrics.conflict();
      this.#around.log.warn({ deviceId: this.id, places }, 'two machines use this device id');
    }
    this.#document.amend({ connection: withConflict(connection, places, this.#now()) });
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
    transmit(this.#around, commandId, this);
  }

  noteCommand(commandId: string, progress: CommandProgress): void {
    const record = this.#around.commands.progressed(commandId, progress);
    this.#document.amend({ commands: shownCommands(this.#document.latest.commands, [record]) });
  }

  noteEnding(output: CommandOutput): void {
    // A state from before this ending is no baseline for the next command.
    this.baseline.forget();
    const { [output.commandId]: _, ...commands } = this.#document.latest.commands;
    this.#document.amend({ commands });
    const result = this.#result;
    if (!result) this.#around.commands.ended(output);
    // Told when the picture is there: an ending carries its result. Should the process end before, it has not ended yet.
    else void result.then((it) => this.#around.commands.ended({ ...output, result: it }));
  }

  // Inside ----------------------------------------------------------------------------------------------------------

  #now(): number {
    return this.#around.clock.now();
  }

  /** `said`: what the message itself carried, the whole state or some sections of it. */
  #take(state: JsonObject, said: JsonObject, timestamp: unknown, mayProve: boolean, at: number, json?: string): void {
    const ofPlayback = this.baseline.heard(said, at, mayProve);
    const novelty = this.#document.report(state, timestamp, at, this.intervalMs, json);
    const proves = (ofPlayback || said === state) && this.#onAir.reported(state, novelty === 'news', at);
    const { isAttentive } = this.actor;
    if (novelty === 'held' && !isAttentive && !proves) {
      this.#around.metrics.reportWithoutChange();
      return;
    }
    const { version } = this.#document.told;
    this.turn(() => {
      const seen = mayProve && this.baseline.isCertain ? observe(said) : undefined;
      if (isAttentive) this.actor.send({ type: 'REPORTED', seen: seen ?? null });
      if (novelty === 'ticks') this.#document.amend({});
    });
    if (version === this.#document.told.version) this.#around.metrics.reportWithoutChange();
  }

  #intervalChanged(): void {
    const { intervalMs } = this;
    this.turn(() => {
      this.#document.amend({ report: { ...this.#document.latest.report, intervalMs } });
      if (this.#watchers > 0 && this.#session) this.actor.send({ type: 'WATCHED' });
    });
    if (this.#session) this.#overdue.arm(intervalMs);
  }

  #settle(): void {
    if (this.#ask) {
      this.#ask = false;
      this.#askedAt = this.#now();
      this.tell(() => this.#session?.askState());
    }
    const now = this.#now();
    const onAir = this.#onAir.judge(this.#document.latest, this.#document, now);
    if (onAir) this.#document.amend({ onAir });
    const before = this.#document.told.document;
    const update = this.#document.commit(now);
    if (update) this.#around.changed(update, this.#document.told.document, before);
  }

  /** What goes wrong outside of the actor's own turn fails it just the same. */
  tell(player: () => void): void {
    try {
      player();
    } catch (error) {
      this.actor.fail(error);
    }
  }
}
