import type { CommandOutput, CommandProgress, CommandSpec, Link } from '../../machines/command.ts';
import { type DeviceInput, hasRoom } from '../../machines/device.ts';
import type { Observation } from '../../machines/observation.ts';
import { ProofGate } from '../../machines/proof.ts';
import { inventory, keepsPictures, PICTURE_SECTION, tellsPlayback } from '../../machines/reading.ts';
import type { Restriction } from '../../machines/restriction.ts';
import { isSameMachine } from '../../machines/rivals.ts';
import { momentOf } from '../ports/clock.ts';
import { valueAt } from '../protocol/declared-commands.ts';
import type { Blocked, DeviceDocument, JsonObject, VersionedDocument } from '../protocol/document.ts';
import { type ErrorCode, VigiaError } from '../protocol/errors.ts';
import { normalGroup } from '../protocol/group-name.ts';
import type { Description } from '../protocol/player.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { CommandAnswer } from './api.ts';
import { ChangePace } from './change-pace.ts';
import { type DeviceContext, type DeviceRecord, deviceInput, type Handover } from './device-context.ts';
import { connected, disconnected, lostUnseen, shownCommands, time, withProfile, withRestriction } from './document.ts';
import type { Keeper, Known } from './keeper.ts';
import { LiveDocument } from './live-document.ts';
import { OnAirWatch } from './on-air-watch.ts';
import { pendingShown } from './pending.ts';
import { PictureRequest } from './picture-request.ts';
import type { PlayerSession } from './player-session.ts';
import { PollSchedule } from './poll-schedule.ts';
import type { Polled } from './poller.ts';
import { type Predecessor, Sessions } from './sessions.ts';
import { type ActorOwner, SupervisedActor } from './supervised-actor.ts';
import { transmit } from './transmit.ts';

/**
 * One device: its document, and the actor that decides what happens to it.
 *
 * Every event of the actor, including timers, is a *turn*. The actor's effects (`note…`, `ask…`) amend the document,
 * and the end of the turn commits the changes, if any, as one version and one patch.
 */
export class DeviceHost implements ActorOwner, Polled {
  readonly id: string;
  /** Pending screenshot requests. */
  readonly pictures: PictureRequest;
  readonly #context: DeviceContext;
  readonly #document: LiveDocument;
  #edited: ReadonlySet<string>;
  readonly actor: SupervisedActor;
  readonly proof = new ProofGate();
  readonly #onAir = new OnAirWatch();
  #keeper: Keeper | undefined;
  #turns = 0;
  readonly #pace: ChangePace;
  /** The current change does not come from the player. */
  #isUrgent = false;
  readonly #sessions: Sessions;
  #conflictRecordedAt = Number.NEGATIVE_INFINITY;
  #ask = false;
  #isGone = false;
  readonly #polls: PollSchedule;
  /** The result of the answer being processed, while its screenshot is being stored. */
  #result: Promise<unknown> | undefined;

  constructor(context: DeviceContext, record: DeviceRecord, versionsSkipped = false, predecessor?: Predecessor) {
    this.id = record.document.id;
    this.#context = context;
    this.#sessions = new Sessions(predecessor);
    this.pictures = new PictureRequest(context.clock);
    this.#document = new LiveDocument(record, context, versionsSkipped);
    this.#edited = record.edited.length === 0 ? NONE : new Set(record.edited);
    this.#polls = new PollSchedule(context, this.#document);
    this.#pace = new ChangePace(context.clock);
    this.actor = new SupervisedActor(this, context);
  }

  get versioned(): VersionedDocument {
    return this.#document.published;
  }

  get record(): DeviceRecord {
    return { ...this.#document.published, edited: [...this.#edited] };
  }

  get handover(): Handover {
    // Commits delayed changes, too.
    this.turn(() => {});
    this.#sessions.describe(this.#hostName);
    return { record: this.record, sessions: this.#sessions.facts, own: this.session?.id ?? null };
  }

  /** The device's latest state, including unpublished volatile values. */
  get state(): JsonObject {
    return this.#document.latestState;
  }

  get session(): PlayerSession | undefined {
    return this.#sessions.own;
  }

  get sessions(): Sessions {
    return this.#sessions;
  }

  /** The current polling interval. */
  get intervalMs(): number {
    return this.#polls.intervalMs;
  }

  get #tickIntervalMs(): number {
    return this.#polls.isWatched ? this.intervalMs : this.#context.tickIntervalMs;
  }

  // From the player -------------------------------------------------------------------------------------------------

  register(session: PlayerSession, profile: Description): void {
    this.seen();
    this.#playerTurn(() => {
      this.actor.wake();
      const { latest } = this.#document;
      const described = withProfile(latest, profile, this.#edited);
      if (described !== latest) this.#document.amend(described);
      if (this.session?.id !== session.id) this.#context.metrics.registered();
      this.#sessions.add(session, profile.deviceName ?? null);
      this.#sendRegistered(session);
    });
  }

  /**
   * A displaced session registers again, because the newer machine has left.
   * @param gone why it has ended meanwhile
   */
  registerAgain(session: PlayerSession, profile: Description, gone?: string): void {
    // It may have reconnected elsewhere meanwhile. The newest session of a machine counts (P8).
    const hasNewer = this.#sessions.facts.some((it) => it.id !== session.id && isSameMachine(it, session));
    if (gone === undefined && !hasNewer) {
      this.register(session, profile);
      return;
    }
    if (gone === undefined) session.end('session_replaced');
    // Its end may not be processed yet. It must not be recalled again.
    else this.#sessions.delete(session.id);
    if (this.session) return;
    // The device was fetched for nothing.
    const last = this.#sessions.last;
    if (last) this.recall(last.id);
    else this.restore(gone);
  }

  /** The end of a session that was already replaced changes nothing. */
  disconnected(session: PlayerSession, reason: string): void {
    if (!this.#sessions.get(session.id)) return;
    if (this.session?.id === session.id) this.#context.metrics.connectionLost(reason);
    this.#playerTurn(() => {
      // An actor that starts for this event must first learn of the session as connected.
      this.actor.send({ type: 'DISCONNECTED', sessionId: session.id, reason });
      this.#sessions.delete(session.id);
    });
  }

  /** Like `disconnected`, for a session whose socket is at another instance. */
  left(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session) this.disconnected(session, 'left');
  }

  /** Records traffic from the device. Changes nothing by itself. */
  seen(): void {
    this.#document.seen(this.#now());
  }

  /** @param at arrival time */
  report(state: JsonObject, at = this.#now()): void {
    this.#take(state, state, true, at);
  }

  /** Replaces the given top-level sections (SPEC P4). Updates of a second socket prove nothing (C1). */
  update(
    changes: JsonObject,
    timestamp: string | number | null | undefined,
    by?: PlayerSession,
    at = this.#now(),
  ): void {
    const merged = { ...this.#document.latestState, ...changes };
    if (timestamp !== undefined) merged.timestamp = timestamp;
    this.#take(merged, changes, by !== undefined && by.id === this.session?.id, at);
  }

  /** The device's restriction begins or (undefined) ends (SPEC P13). */
  restricted(restriction: Restriction | undefined): void {
    this.turn(() =>
      this.#document.amend({
        connection: withRestriction(this.#document.latest.connection, restriction, this.#context.clock.wall()),
      }),
    );
  }

  /** A state of the device was refused (SPEC P12). Never throws, because nothing catches errors of the refusal. */
  refused(code: ErrorCode): void {
    try {
      this.turn(() => this.#document.noteRefused({ code, at: time(this.#context.clock.wall()) }));
    } catch (error) {
      this.#context.log.error({ deviceId: this.id, code, err: error }, 'a refused state could not be recorded');
    }
  }

  /** `result` replaces the answer's own result once it is known. The command itself is answered already. */
  respond(commandId: string, answer: CommandAnswer, result?: Promise<unknown>): void {
    if (this.awaits(commandId)) {
      this.#result = result;
      this.turn(() => this.actor.send({ type: 'RESPONSE', commandId, ...answer }));
      this.#result = undefined;
      return;
    }
    this.#context.metrics.lateResponse();
    this.#context.log.info({ deviceId: this.id, commandId, status: answer.status }, 'late response');
  }

  /** Whether the command was sent to this device and is not answered. */
  awaits(commandId: string): boolean {
    const record = this.#context.commands.get(commandId);
    return record?.deviceId === this.id && (record.status === 'sent' || record.status === 'verifying');
  }

  pictured(snapshot: Snapshot): void {
    this.turn(() => this.#document.amendState(PICTURE_SECTION, { ...snapshot }));
    this.pictures.arrived(snapshot);
  }

  // From admins -----------------------------------------------------------------------------------------------------

  get hasRoom(): boolean {
    return hasRoom(this.actor.wake());
  }

  /** @param by the requesting token's name. Undefined: the keeper */
  command(spec: CommandSpec, by?: string): void {
    const baseline = this.#baselineAt(this.#now());
    this.turn(() => {
      // A screenshot does not change what plays.
      if (by !== undefined && spec.command !== 'vlc:snapshot') this.#keeper?.commanded(by);
      // An actor that starts now reads the command from the ledger.
      if (this.actor.isAlive) this.actor.send({ type: 'COMMAND', spec, baseline });
      else this.actor.wake();
    });
  }

  cancel(commandId: string): void {
    this.turn(() => this.actor.send({ type: 'CANCEL', commandId }));
  }

  /** @param intervalMs the polling interval that this watcher requests */
  watch(by: string, intervalMs: number): void {
    if (this.#polls.watch(by, intervalMs)) this.#intervalChanged();
  }

  unwatch(by: string): void {
    if (this.#polls.unwatch(by)) this.#intervalChanged();
  }

  /** @throws VigiaError `unavailable` */
  async refresh(what: 'state' | 'snapshot'): Promise<{ snapshot?: Snapshot }> {
    const { session } = this;
    if (!session) throw new VigiaError('unavailable', 'The device is not connected now.');
    if (what === 'snapshot') {
      const ask = () => this.pictures.wait(() => session.askSnapshot(), keepsPictures(this.state));
      return { snapshot: await (session.fetchSnapshot() ?? ask()) };
    }
    session.askState();
    return {};
  }

  edit(change: Partial<Pick<DeviceDocument, 'name' | 'group' | 'labels'>>): void {
    this.#edited = new Set([...this.#edited, ...Object.keys(change)]);
    this.turn(() => this.#document.amend(change));
  }

  noteBlocked(blocked: Blocked | undefined): void {
    this.turn(() => this.#document.noteBlocked(blocked));
  }

  get keeper(): Keeper | undefined {
    return this.#keeper;
  }

  /** The desired state has changed. Undefined: there is none. */
  keep(keeper: Keeper | undefined): void {
    this.#keeper?.stop();
    this.#keeper = keeper;
    this.turn(() => {
      if (!keeper) this.#document.noteDesired(undefined);
    });
  }

  // Life ------------------------------------------------------------------------------------------------------------

  /**
   * After a restart of the server: a connected device may reconnect within the grace period; an offline one stays
   * offline.
   * `lost`: the disconnect reason. Undefined: the device is about to register.
   */
  restore(lost: string | undefined): void {
    const { connection: known, group: named, report } = this.#document.latest;
    // Restrictions do not survive a restart, but the previous owner may have handed this one over.
    const restriction = this.#context.restrictions.of(this.id);
    const isShown = restriction !== undefined && known.restricted !== undefined;
    const connection = isShown ? known : withRestriction(known, restriction, this.#context.clock.wall());
    const pending = this.#context.commands.pendingOf(this.id);
    this.turn(() => {
      // Earlier versions kept names that end with a slash.
      const group = normalGroup(named ?? '') || null;
      this.#document.amend({ group, connection, report: { ...report, intervalMs: this.intervalMs } });
      this.#document.noteBlocked(this.#context.blocked(this.id));
      // The document may be older than the ledger.
      this.#document.amend({ commands: pendingShown(this.#context, this.id) });
      if (lost === undefined) return;
      if (connection.status === 'online') this.#document.amend({ connection: lostUnseen(connection, lost) });
      if (connection.status !== 'offline' || pending.length > 0) this.actor.wake();
    });
  }

  /** The device was fetched from another instance for a registration that is refused. Its grace period begins now. */
  notComing(code: 'blocked' | 'restricted' | 'fleet_full' | 'rate_limited'): VigiaError {
    if (!this.session) this.restore(code);
    return new VigiaError(code);
  }

  /** Another instance published up to this version: see `LiveDocument`. */
  advanceVersionPast(version: number, diverged: boolean): void {
    this.turn(() => this.#document.advanceVersionPast(version, diverged, this.#context.clock.wall()));
  }

  /** Another instance progressed its commands: restarts the actor from the records. */
  resume(): void {
    this.turn(() => {
      this.actor.stop();
      this.#document.amend({ commands: pendingShown(this.#context, this.id) });
      this.actor.wake();
    });
  }

  /** Stops the actor of a device that has been offline for long and has no pending commands. */
  sleepIfOfflineSince(at: number): void {
    const { status, since } = this.#document.latest.connection;
    if (status !== 'offline' || momentOf(this.#context.clock, since) > at) return;
    if (this.actor.isIdle) this.#rest();
  }

  /** The device was removed or handed over, or the server stops. */
  stop(): void {
    this.#isGone = true;
    this.#rest();
  }

  #rest(): void {
    this.#context.poller.delete(this);
    this.#pace.stop();
    this.#keeper?.stop();
    this.pictures.deviceLeft();
    this.#sessions.end();
    this.actor.stop();
  }

  // For the poller and its actor -------------------------------------------------------------------------------------

  /** Polls the device if that is due. The actor hears of it only if an answer is overdue, and rests if it can. */
  poll(now: number): number | undefined {
    if (!this.session) return undefined;
    if (this.#polls.isMissed(now) && this.#document.latest.report.status === 'live') {
      // A timer calls this for many devices: an error must affect this device only.
      this.callPlayer(() => this.turn(() => this.actor.send({ type: 'REPORT_MISSED' })));
    }
    if (now >= this.#polls.nextAt()) this.#askNow(now);
    // It must not rest in the middle of an event.
    if (this.#turns === 0) this.actor.rest();
    return this.#polls.nextLookAt(now);
  }

  actorInput(): DeviceInput {
    return deviceInput(this.#context, this.id, this.#document.latest.connection.status, this.#sessions.known);
  }

  /** The actor starts without reports. A `live` status in the document is its predecessor's. */
  actorStarts(): void {
    if (this.#document.latest.report.status === 'live') this.noteReport('stale');
  }

  actorStarted(): void {
    if (!this.session) return;
    if (this.#sessions.get(this.session.id)) this.#sendRegistered(this.session);
    // The actor failed while it was to learn of the disconnect.
    else this.noteConnection('reconnecting', 'other');
  }

  /** Runs an event of the actor. All of them must go through this. */
  turn(fn: () => void): void {
    this.#isUrgent = true;
    this.#playerTurn(fn);
  }

  /** Like `turn`, for events of the player, which are rate-limited. */
  #playerTurn(fn: () => void): void {
    this.#turns++;
    try {
      fn();
    } finally {
      if (--this.#turns === 0) this.#settle();
    }
  }

  // Effects: what the machines ask for (effects.ts binds them) -----------------------------------------------------

  /** @param sessionId the device's current session */
  noteConnection(status: Link, reason?: string, sessionId?: string): void {
    const { connection } = this.#document.latest;
    const at = this.#now();
    if (status === 'online') {
      const session = this.#sessions.get(sessionId as string) as PlayerSession;
      const former = this.session;
      if (former && former.id !== session.id) {
        this.#sessions.describe(this.#hostName);
        this.#context.metrics.takeover();
        this.#context.log.info({ deviceId: this.id, replaced: former.id, by: session.id }, 'takeover');
      }
      this.#sessions.begin(session);
      // A state of an earlier session is no baseline for a command: the player may have restarted.
      if (connection.sessionId !== session.id) {
        this.proof.begin(at, this.#context.commands.endingsOf(this.id));
        this.#document.beginSession();
        this.#onAir.forget(this.#document.latest);
        this.pictures.deviceLeft();
      }
      this.#document.amend({
        connection: connected(connection, session, this.#context.nodeId, this.#context.clock.wall(at)),
      });
      this.#context.poller.set(this, at + this.intervalMs);
    } else {
      this.#sessions.end();
      this.#context.poller.delete(this);
      this.pictures.deviceLeft();
      this.#document.amend({ connection: disconnected(connection, status, reason, this.#context.clock.wall(at)) });
    }
    this.#context.log.info({ deviceId: this.id, status, reason, address: connection.address }, `device ${status}`);
  }

  noteReport(status: 'live' | 'stale'): void {
    const { report } = this.#document.latest;
    if (report.status !== status) this.#document.amend({ report: { ...report, status } });
  }

  /** Without rivals the conflict is over. */
  noteConflict(rivals: readonly string[]): void {
    this.#sessions.contest(rivals);
  }

  endSession(sessionId: string): void {
    this.#context.log.info({ deviceId: this.id, sessionId }, 'session replaced');
    this.#sessions.delete(sessionId)?.end('session_replaced');
  }

  probe(sessionId: string): void {
    const answered = () => {
      // The device may be gone when the answer arrives.
      if (!this.#isGone) this.turn(() => this.actor.send({ type: 'ANSWERED', sessionId }));
    };
    this.callPlayer(() => this.#sessions.get(sessionId)?.probe(answered));
  }

  recall(sessionId: string): void {
    this.callPlayer(() => this.#sessions.get(sessionId)?.resume());
  }

  askState(): void {
    this.#ask = true;
  }

  /** A command waits for a measurement. */
  seekProof(): void {
    this.#ask = true;
    this.#polls.needsProof = true;
  }

  transmit(commandId: string): void {
    transmit(this.#context, commandId, this);
  }

  noteCommand(commandId: string, progress: CommandProgress): void {
    if (progress.status === 'sent') this.#polls.needsProof = false;
    const record = this.#context.commands.progressed(commandId, progress);
    this.#document.amend({ commands: shownCommands(this.#document.latest.commands, [record]) });
  }

  noteEnding(output: CommandOutput): void {
    // A command that was never sent has changed nothing: earlier measurements still hold.
    if (output.attempts > 0) this.proof.ended(output.status === 'timeout');
    this.#polls.needsProof = false;
    if (output.status === 'success') {
      // So that the document shows the effect as soon as the player measures it.
      this.#ask = true;
      this.#polls.effectAwaitedSince = output.confirmedBy === 'response' ? this.#now() : undefined;
    }
    const { [output.commandId]: _, ...commands } = this.#document.latest.commands;
    this.#document.amend({ commands });
    const result = this.#result;
    if (!result) this.#context.commands.ended(output);
    // Ended only once the screenshot is stored, because the ending contains the result. If the process stops first, the
    // command has not ended.
    else void result.then((it) => this.#context.commands.ended({ ...output, result: it }));
  }

  // Inside ----------------------------------------------------------------------------------------------------------

  #now(): number {
    return this.#context.clock.now();
  }

  #sendRegistered({ id, address, macs }: PlayerSession): void {
    this.actor.send({ type: 'REGISTERED', session: { id, address, macs } });
  }

  /** The host name in its states. */
  get #hostName(): string | null {
    return this.#document.isOld(this.#now()) === undefined ? null : inventory(this.#document.latest.state).hostName;
  }

  #showConflict(now: number): void {
    const { connection } = this.#document.latest;
    if (!this.#sessions.isContested && !connection.conflict) return;
    this.#sessions.describe(this.#hostName);
    const shown = this.#sessions.shownIn(connection, this.#context.clock.wall(now));
    if (shown === connection) return;
    this.#document.amend({ connection: shown });
    if (connection.conflict || !shown.conflict) return;
    this.#context.metrics.conflict();
    if (now - this.#conflictRecordedAt < CONFLICT_RECORD_MS) return;
    this.#conflictRecordedAt = now;
    const { places } = shown.conflict;
    this.#context.log.warn({ deviceId: this.id, places }, 'two machines use this device id');
    const record = { actor: 'server', kind: 'device.conflict', deviceId: this.id, outcome: 'ok', details: { places } };
    this.#context.audit.record(record);
  }

  /** `said`: the content of the message itself, a whole state or some sections. */
  #take(state: JsonObject, said: JsonObject, isOwn: boolean, at: number): void {
    const taken = this.#document.report(state, at, this.#tickIntervalMs);
    const isMeasured = taken.kind === 'measured' && (said === state || tellsPlayback(said));
    const measuredAt = this.#document.measuredAt ?? at;
    const mayDiffer = isMeasured && this.#onAir.measured(taken.reading, state, measuredAt);
    const kind = isMeasured || taken.kind === 'empty' ? taken.kind : 'repeated';
    const values = this.#provingValues(state);
    const proof = isOwn ? (this.proof.report({ ...taken, kind, values, receivedAt: at, measuredAt }) ?? null) : null;
    if (isOwn) this.#polls.tooEarly(this.proof.tooEarlyMs);
    if (isMeasured) this.#polls.measured(measuredAt);
    const isOld = this.#document.isOld(at);
    const { report } = this.#document.latest;
    const concernsActor = this.actor.needsEveryReport || (isOld === true && report.status === 'live');
    const concernsKeeper = this.#keeper !== undefined && isMeasured;
    if (this.#polls.needsProof || this.#polls.effectAwaitedSince !== undefined)
      this.#context.poller.set(this, this.#polls.nextLookAt(at));
    if (!concernsActor && !concernsKeeper && !taken.isDue && !mayDiffer && !report.refused) {
      this.#context.metrics.reportWithoutChange();
      return;
    }
    const { version } = this.#document.published;
    this.#playerTurn(() => {
      this.#document.noteRefused(undefined);
      if (concernsActor) this.actor.send({ type: 'REPORTED', isOld, proof });
    });
    if (version === this.#document.published.version) this.#context.metrics.reportWithoutChange();
  }

  /** See `Observation`. */
  #provingValues(state: JsonObject): Record<string, unknown> | undefined {
    const { commands } = this.#document.latest.capabilities;
    if (commands.length === 0) return undefined;
    return Object.fromEntries(
      commands.flatMap(({ proof }) => (proof ? [[proof.path, valueAt(state, proof.path)]] : [])),
    );
  }

  /** The baseline for a command sent now. */
  #baselineAt(now: number): Observation | null {
    // Two states at the same moment do not mean that the device measures continuously.
    const maxAgeMs = Math.max(BASELINE_INTERVALS * this.#document.measuringIntervalMs, this.#context.watchIntervalMs);
    return this.proof.baseline(now, maxAgeMs);
  }

  #factsAt(at: number): Known {
    const { report, commands } = this.#document.latest;
    return {
      at,
      session: this.session?.id ?? null,
      isMeasured: report.status === 'live' && this.#document.isOld(at) === false,
      seen: this.#baselineAt(at),
      isBusy: Object.keys(commands).length > 0,
    };
  }

  #askNow(now: number): void {
    this.#polls.polled(now);
    this.callPlayer(() => this.session?.askState());
  }

  #intervalChanged(): void {
    const { intervalMs } = this;
    this.turn(() => this.#document.amend({ report: { ...this.#document.latest.report, intervalMs } }));
    if (!this.session) return;
    const now = this.#now();
    if (this.#polls.isWatched) {
      this.#document.publishTicksSoon();
      this.#askNow(now);
    }
    this.#context.poller.set(this, this.#polls.nextLookAt(now));
  }

  #settle(): void {
    const now = this.#now();
    if (this.#ask && this.session) {
      this.#askNow(now);
      this.#context.poller.set(this, this.#polls.nextLookAt(now));
    }
    this.#ask = false;
    const { heardAt, receivedAt, measuredAt } = this.#document;
    const heard = { heardAt, receivedAt, measuredAt, isOld: this.#document.isOld(now) === true };
    this.#showConflict(now);
    const onAir = this.#onAir.judge(this.#document.latest, heard, now, this.#context.clock);
    if (onAir) this.#document.amend({ onAir });
    if (this.#keeper) this.#document.noteDesired(this.#keeper.look(this.#document.latest, this.#factsAt(now)));
    if (!this.#isUrgent && !this.#pace.allows(() => this.turn(() => {}))) return;
    this.#isUrgent = false;
    const before = this.#document.published.document;
    const update = this.#document.commit(now);
    if (!update) return;
    this.#pace.spend();
    this.#context.changed(update, this.#document.published.document, before);
  }

  /** Runs an action outside of the actor's transitions. An error in it fails the actor like one inside. */
  callPlayer(player: () => void): void {
    try {
      player();
    } catch (error) {
      this.actor.fail(error);
    }
  }
}

const NONE: ReadonlySet<string> = new Set();
/** A state older than this many measuring intervals is no baseline for a command (SPEC C1). */
const BASELINE_INTERVALS = 2;
/**
 * At most one audit and log entry per conflict in this time, because the connections of the two machines come and go.
 */
const CONFLICT_RECORD_MS = 600_000;
