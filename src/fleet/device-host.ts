import type { CommandOutput, CommandProgress, CommandSpec, Link } from '../../machines/command.ts';
import { type DeviceInput, hasRoom } from '../../machines/device.ts';
import type { Observation } from '../../machines/observation.ts';
import { ProofGate } from '../../machines/proof.ts';
import { inventory, keepsPictures, PICTURE_SECTION, tellsPlayback } from '../../machines/reading.ts';
import type { Restriction } from '../../machines/restriction.ts';
import { momentOf } from '../ports/clock.ts';
import { valueAt } from '../protocol/declared-commands.ts';
import type { Blocked, DeviceDocument, JsonObject, VersionedDocument } from '../protocol/document.ts';
import { type ErrorCode, VigiaError } from '../protocol/errors.ts';
import type { Description } from '../protocol/player.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { CommandAnswer } from './api.ts';
import { Asking } from './asking.ts';
import { ChangePace } from './change-pace.ts';
import { connected, disconnected, lostUnseen, shownCommands, time, withProfile, withRestriction } from './document.ts';
import type { Keeper, Known } from './keeper.ts';
import { LiveDocument } from './live-document.ts';
import { OnAirWatch } from './on-air-watch.ts';
import { pendingShown } from './pending.ts';
import { PictureRequest } from './picture-request.ts';
import type { PlayerSession } from './player-session.ts';
import type { Polled } from './poller.ts';
import { type Predecessor, Sessions } from './sessions.ts';
import { type ActorOwner, SupervisedActor } from './supervised-actor.ts';
import { type DeviceRecord, deviceInput, type Handover, type Surroundings } from './surroundings.ts';
import { transmit } from './transmit.ts';

/**
 * One device: its document, and the actor that decides what becomes of it.
 *
 * Whatever reaches the actor, timers too, comes in as a *turn*. The actor's effects (`note…`, `ask…`) amend the
 * document, and the end of the turn makes of it one version and one patch, if anything differs.
 */
export class DeviceHost implements ActorOwner, Polled {
  readonly id: string;
  /** Pictures that were asked for. */
  readonly pictures: PictureRequest;
  readonly #around: Surroundings;
  readonly #document: LiveDocument;
  readonly #edited: Set<string>;
  readonly actor: SupervisedActor;
  readonly proof = new ProofGate();
  readonly #onAir = new OnAirWatch();
  #keeper: Keeper | undefined;
  #turns = 0;
  readonly #pace: ChangePace;
  /** Something other than its player changed it. */
  #isUrgent = false;
  readonly #sessions: Sessions;
  #conflictRecordedAt = Number.NEGATIVE_INFINITY;
  #ask = false;
  #isGone = false;
  readonly #asking: Asking;
  /** Of the answer that is being taken in: it comes later, for the picture in it is being stored. */
  #result: Promise<unknown> | undefined;

  constructor(around: Surroundings, record: DeviceRecord, leapt = false, predecessor?: Predecessor) {
    this.id = record.document.id;
    this.#around = around;
    this.#sessions = new Sessions(predecessor);
    this.pictures = new PictureRequest(around.clock);
    this.#document = new LiveDocument(record, around, leapt);
    this.#edited = new Set(record.edited);
    this.#asking = new Asking(around, this.#document);
    this.#pace = new ChangePace(around.clock);
    this.actor = new SupervisedActor(this, around);
  }

  get versioned(): VersionedDocument {
    return this.#document.told;
  }

  get record(): DeviceRecord {
    return { ...this.#document.told, edited: [...this.#edited] };
  }

  get handover(): Handover {
    // What waits for its time, too.
    this.turn(() => {});
    this.#sessions.describe(this.#hostName);
    return { record: this.record, sessions: this.#sessions.facts, own: this.session?.id ?? null };
  }

  /** The device's last word, ticks included. */
  get state(): JsonObject {
    return this.#document.latestState;
  }

  get session(): PlayerSession | undefined {
    return this.#sessions.own;
  }

  get sessions(): Sessions {
    return this.#sessions;
  }

  /** How often it is asked for its state. */
  get intervalMs(): number {
    return this.#asking.intervalMs;
  }

  get #tickIntervalMs(): number {
    return this.#asking.isWatched ? this.intervalMs : this.#around.tickIntervalMs;
  }

  // From the player -------------------------------------------------------------------------------------------------

  register(session: PlayerSession, profile: Description): void {
    this.seen();
    this.#playerTurn(() => {
      this.actor.wake();
      const { latest } = this.#document;
      const described = withProfile(latest, profile, this.#edited);
      if (described !== latest) this.#document.amend(described);
      if (this.session?.id !== session.id) this.#around.metrics.registered();
      this.#sessions.add(session, profile.deviceName ?? null);
      this.#sendRegistered(session);
    });
  }

  /** The end of a session that was replaced meanwhile changes nothing. */
  disconnected(session: PlayerSession, reason: string): void {
    if (!this.#sessions.get(session.id)) return;
    if (this.session?.id === session.id) this.#around.metrics.connectionLost(reason);
    this.#playerTurn(() => {
      // An actor that wakes for this learns of the session first, as of one that is there.
      this.actor.send({ type: 'DISCONNECTED', sessionId: session.id, reason });
      this.#sessions.delete(session.id);
    });
  }

  /** The same for a session whose socket is elsewhere. */
  left(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session) this.disconnected(session, 'left');
  }

  /** Traffic from the device. Changes nothing by itself. */
  seen(): void {
    this.#document.seen(this.#now());
  }

  /** @param at when it came */
  report(state: JsonObject, at = this.#now()): void {
    this.#take(state, state, true, at);
  }

  /** Replaces the named top-level sections (SPEC P4). What comes beside the registered session proves nothing (C1). */
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

  /** It does too much, or it may go on as before (SPEC P13). */
  restricted(restriction: Restriction | undefined): void {
    this.turn(() =>
      this.#document.amend({
        connection: withRestriction(this.#document.latest.connection, restriction, this.#around.clock.wall()),
      }),
    );
  }

  /** A state of its was refused (SPEC P12). Never throws: nothing catches where a refusal is told. */
  refused(code: ErrorCode): void {
    try {
      this.turn(() => this.#document.noteRefused({ code, at: time(this.#around.clock.wall()) }));
    } catch (error) {
      this.#around.log.error({ deviceId: this.id, code, err: error }, 'a refused state could not be noted');
    }
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
    this.turn(() => this.#document.amendState(PICTURE_SECTION, { ...snapshot }));
    this.pictures.arrived(snapshot);
  }

  // From admins -----------------------------------------------------------------------------------------------------

  get hasRoom(): boolean {
    return hasRoom(this.actor.wake());
  }

  /** @param by who asked for it; undefined: its keeper */
  command(spec: CommandSpec, by?: string): void {
    const baseline = this.#baselineAt(this.#now());
    this.turn(() => {
      // A picture changes nothing.
      if (by !== undefined && spec.command !== 'vlc:snapshot') this.#keeper?.commanded(by);
      // One that wakes now takes it from the record, where it is already.
      if (this.actor.isAwake) this.actor.send({ type: 'COMMAND', spec, baseline });
      else this.actor.wake();
    });
  }

  cancel(commandId: string): void {
    this.turn(() => this.actor.send({ type: 'CANCEL', commandId }));
  }

  /** @param intervalMs how often it is to be asked for this watcher */
  watch(by: string, intervalMs: number): void {
    if (this.#asking.watch(by, intervalMs)) this.#intervalChanged();
  }

  unwatch(by: string): void {
    if (this.#asking.unwatch(by)) this.#intervalChanged();
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
    for (const key of Object.keys(change)) this.#edited.add(key);
    this.turn(() => this.#document.amend(change));
  }

  noteBlocked(blocked: Blocked | undefined): void {
    this.turn(() => this.#document.noteBlocked(blocked));
  }

  get keeper(): Keeper | undefined {
    return this.#keeper;
  }

  /** Something else is wanted of it now; undefined: nothing. */
  keep(keeper: Keeper | undefined): void {
    this.#keeper?.stop();
    this.#keeper = keeper;
    this.turn(() => {
      if (!keeper) this.#document.noteDesired(undefined);
    });
  }

  // Life ------------------------------------------------------------------------------------------------------------

  /**
   * After a restart of the server: what was connected may come back within the grace; what was not stays as it was.
   * `lost`: why it is not connected any more; undefined: it is about to register.
   */
  restore(lost: string | undefined): void {
    const { connection: known, report } = this.#document.latest;
    // Who was restricted is not known any more, unless the instance that goes on with it was told.
    const restriction = this.#around.restrictions.of(this.id);
    const isShown = restriction !== undefined && known.restricted !== undefined;
    const connection = isShown ? known : withRestriction(known, restriction, this.#around.clock.wall());
    const pending = this.#around.commands.pendingOf(this.id);
    this.turn(() => {
      this.#document.amend({ connection, report: { ...report, intervalMs: this.intervalMs } });
      this.#document.noteBlocked(this.#around.blocked(this.id));
      // The document may be older than the record of the commands.
      this.#document.amend({ commands: pendingShown(this.#around, this.id) });
      if (lost === undefined) return;
      if (connection.status === 'online') this.#document.amend({ connection: lostUnseen(connection, lost) });
      if (connection.status !== 'offline' || pending.length > 0) this.actor.wake();
    });
  }

  /** It may have been fetched from another instance for a registration that is refused: its grace begins here, then. */
  notComing(code: 'blocked' | 'restricted' | 'fleet_full' | 'rate_limited'): VigiaError {
    if (!this.session) this.restore(code);
    return new VigiaError(code);
  }

  /** So much was told of it elsewhere, and it may be otherwise: see `LiveDocument`. */
  leapPast(version: number, isOtherwise: boolean): void {
    this.turn(() => this.#document.leapPast(version, isOtherwise, this.#around.clock.wall()));
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
    if (status !== 'offline' || momentOf(this.#around.clock, since) > at) return;
    if (this.actor.isIdle) this.#rest();
  }

  /** It was removed, or goes to another instance, or the server stops. */
  stop(): void {
    this.#isGone = true;
    this.#rest();
  }

  #rest(): void {
    this.#around.poller.delete(this);
    this.#pace.stop();
    this.#keeper?.stop();
    this.pictures.deviceLeft();
    this.#sessions.end();
    this.actor.stop();
  }

  // For the poller and its actor -------------------------------------------------------------------------------------

  /** Asks for its state when that is due, and tells the actor only where an answer stays out. */
  poll(now: number): number | undefined {
    if (!this.session) return undefined;
    if (this.#asking.isMissed(now) && this.#document.latest.report.status === 'live') {
      // A timer calls this for many devices: what goes wrong here is this device's own.
      this.tell(() => this.turn(() => this.actor.send({ type: 'REPORT_MISSED' })));
    }
    if (now >= this.#asking.nextAt()) this.#askNow(now);
    return this.#asking.nextLookAt(now);
  }

  actorInput(): DeviceInput {
    return deviceInput(this.#around, this.id, this.#document.latest.connection.status, this.#sessions.known);
  }

  /** It has heard nothing yet: what the document says of that was its predecessor's. */
  actorStarts(): void {
    if (this.#document.latest.report.status === 'live') this.noteReport('stale');
  }

  actorStarted(): void {
    if (!this.session) return;
    if (this.#sessions.get(this.session.id)) this.#sendRegistered(this.session);
    // The actor failed as it was to learn of the loss.
    else this.noteConnection('reconnecting', 'other');
  }

  /** Everything that reaches the actor does so inside of this. */
  turn(fn: () => void): void {
    this.#isUrgent = true;
    this.#playerTurn(fn);
  }

  /** The same for what its player does, as often as that likes. */
  #playerTurn(fn: () => void): void {
    this.#turns++;
    try {
      fn();
    } finally {
      if (--this.#turns === 0) this.#settle();
    }
  }

  // Effects: what the machines ask for (effects.ts binds them) -----------------------------------------------------

  /** @param sessionId of the session that is the device now */
  noteConnection(status: Link, reason?: string, sessionId?: string): void {
    const { connection } = this.#document.latest;
    const at = this.#now();
    if (status === 'online') {
      const session = this.#sessions.get(sessionId as string) as PlayerSession;
      const former = this.session;
      if (former && former.id !== session.id) {
        this.#sessions.describe(this.#hostName);
        this.#around.metrics.takeover();
        this.#around.log.info({ deviceId: this.id, replaced: former.id, by: session.id }, 'takeover');
      }
      this.#sessions.begin(session);
      // A state from another session, which a player may have begun anew, is no baseline for a command.
      if (connection.sessionId !== session.id) {
        this.proof.begin(at, this.#around.commands.endingsOf(this.id));
        this.#document.beginSession();
        this.#onAir.forget(this.#document.latest);
        this.pictures.deviceLeft();
      }
      this.#document.amend({
        connection: connected(connection, session, this.#around.nodeId, this.#around.clock.wall(at)),
      });
      this.#around.poller.set(this, at + this.intervalMs);
    } else {
      this.#sessions.end();
      this.#around.poller.delete(this);
      this.pictures.deviceLeft();
      this.#document.amend({ connection: disconnected(connection, status, reason, this.#around.clock.wall(at)) });
    }
    this.#around.log.info({ deviceId: this.id, status, reason, address: connection.address }, `device ${status}`);
  }

  noteReport(status: 'live' | 'stale'): void {
    const { report } = this.#document.latest;
    if (report.status !== status) this.#document.amend({ report: { ...report, status } });
  }

  /** No rivals: the conflict is over. */
  noteConflict(rivals: readonly string[]): void {
    this.#sessions.contest(rivals);
  }

  endSession(sessionId: string): void {
    this.#around.log.info({ deviceId: this.id, sessionId }, 'session replaced');
    this.#sessions.delete(sessionId)?.end('session_replaced');
  }

  probe(sessionId: string): void {
    const answered = () => {
      // The answer may come after the device is gone from here, and nothing more is said of it then.
      if (!this.#isGone) this.turn(() => this.actor.send({ type: 'ANSWERED', sessionId }));
    };
    this.tell(() => this.#sessions.get(sessionId)?.probe(answered));
  }

  recall(sessionId: string): void {
    this.tell(() => this.#sessions.get(sessionId)?.resume());
  }

  askState(): void {
    this.#ask = true;
  }

  /** A command waits for a measurement. */
  seekProof(): void {
    this.#ask = true;
    this.#asking.isProofWanted = true;
  }

  transmit(commandId: string): void {
    transmit(this.#around, commandId, this);
  }

  noteCommand(commandId: string, progress: CommandProgress): void {
    if (progress.status === 'sent') this.#asking.isProofWanted = false;
    const record = this.#around.commands.progressed(commandId, progress);
    this.#document.amend({ commands: shownCommands(this.#document.latest.commands, [record]) });
  }

  noteEnding(output: CommandOutput): void {
    // What was never sent has changed nothing: what was measured before still holds.
    if (output.attempts > 0) this.proof.ended(output.status === 'timeout');
    this.#asking.isProofWanted = false;
    if (output.status === 'success') {
      // So that the document follows as soon as the player knows.
      this.#ask = true;
      this.#asking.effectAwaitedSince = output.confirmedBy === 'response' ? this.#now() : undefined;
    }
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

  #sendRegistered({ id, address, macs }: PlayerSession): void {
    this.actor.send({ type: 'REGISTERED', session: { id, address, macs } });
  }

  /** As its states tell it. */
  get #hostName(): string | null {
    return this.#document.isOld(this.#now()) === undefined ? null : inventory(this.#document.latest.state).hostName;
  }

  #showConflict(now: number): void {
    const { connection } = this.#document.latest;
    if (!this.#sessions.isContested && !connection.conflict) return;
    this.#sessions.describe(this.#hostName);
    const shown = this.#sessions.shownIn(connection, this.#around.clock.wall(now));
    if (shown === connection) return;
    this.#document.amend({ connection: shown });
    if (connection.conflict || !shown.conflict) return;
    this.#around.metrics.conflict();
    if (now - this.#conflictRecordedAt < CONFLICT_RECORD_MS) return;
    this.#conflictRecordedAt = now;
    const { places } = shown.conflict;
    this.#around.log.warn({ deviceId: this.id, places }, 'two machines use this device id');
    const record = { actor: 'server', kind: 'device.conflict', deviceId: this.id, outcome: 'ok', details: { places } };
    this.#around.audit.record(record);
  }

  /** `said`: what the message itself carried, the whole state or some sections of it. */
  #take(state: JsonObject, said: JsonObject, isOwn: boolean, at: number): void {
    const taken = this.#document.report(state, at, this.#tickIntervalMs);
    const isMeasured = taken.kind === 'measured' && (said === state || tellsPlayback(said));
    const measuredAt = this.#document.measuredAt ?? at;
    const mayDiffer = isMeasured && this.#onAir.measured(taken.reading, state, measuredAt);
    const kind = isMeasured || taken.kind === 'empty' ? taken.kind : 'repeated';
    const values = this.#provingValues(state);
    const proof = isOwn ? (this.proof.report({ ...taken, kind, values, receivedAt: at, measuredAt }) ?? null) : null;
    if (isMeasured) this.#asking.measured(measuredAt);
    const isOld = this.#document.isOld(at);
    const { report } = this.#document.latest;
    const concernsActor = this.actor.isAttentive || (isOld === true && report.status === 'live');
    const concernsKeeper = this.#keeper !== undefined && isMeasured;
    if (this.#asking.isProofWanted || this.#asking.effectAwaitedSince !== undefined)
      this.#around.poller.set(this, this.#asking.nextLookAt(at));
    if (!concernsActor && !concernsKeeper && !taken.isDue && !mayDiffer && !report.refused) {
      this.#around.metrics.reportWithoutChange();
      return;
    }
    const { version } = this.#document.told;
    this.#playerTurn(() => {
      this.#document.noteRefused(undefined);
      if (concernsActor) this.actor.send({ type: 'REPORTED', isOld, proof });
    });
    if (version === this.#document.told.version) this.#around.metrics.reportWithoutChange();
  }

  /** See `Observation`. */
  #provingValues(state: JsonObject): Record<string, unknown> | undefined {
    const { commands } = this.#document.latest.capabilities;
    if (commands.length === 0) return undefined;
    return Object.fromEntries(
      commands.flatMap(({ proof }) => (proof ? [[proof.path, valueAt(state, proof.path)]] : [])),
    );
  }

  /** What a command that is sent now is compared with. */
  #baselineAt(now: number): Observation | null {
    // Two states in one moment are no sign that it measures every moment.
    const maxAgeMs = Math.max(BASELINE_INTERVALS * this.#document.measuringIntervalMs, this.#around.watchIntervalMs);
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
    this.#asking.asked(now);
    this.tell(() => this.session?.askState());
  }

  #intervalChanged(): void {
    const { intervalMs } = this;
    this.turn(() => this.#document.amend({ report: { ...this.#document.latest.report, intervalMs } }));
    if (!this.session) return;
    const now = this.#now();
    if (this.#asking.isWatched) {
      this.#document.publishTicksSoon();
      this.#askNow(now);
    }
    this.#around.poller.set(this, this.#asking.nextLookAt(now));
  }

  #settle(): void {
    const now = this.#now();
    if (this.#ask && this.session) {
      this.#askNow(now);
      this.#around.poller.set(this, this.#asking.nextLookAt(now));
    }
    this.#ask = false;
    const { heardAt, receivedAt, measuredAt } = this.#document;
    const heard = { heardAt, receivedAt, measuredAt, isOld: this.#document.isOld(now) === true };
    this.#showConflict(now);
    const onAir = this.#onAir.judge(this.#document.latest, heard, now, this.#around.clock);
    if (onAir) this.#document.amend({ onAir });
    if (this.#keeper) this.#document.noteDesired(this.#keeper.look(this.#document.latest, this.#factsAt(now)));
    if (!this.#isUrgent && !this.#pace.allows(() => this.turn(() => {}))) return;
    this.#isUrgent = false;
    const before = this.#document.told.document;
    const update = this.#document.commit(now);
    if (!update) return;
    this.#pace.spend();
    this.#around.changed(update, this.#document.told.document, before);
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

/** A state is no baseline for a command once it is older than so many measuring intervals (SPEC C1). */
const BASELINE_INTERVALS = 2;
/** Of two machines whose connections come and go, the audit and the log hold one record in so long. */
const CONFLICT_RECORD_MS = 600_000;
