import type { DeviceHost } from '../fleet/device-host.ts';
import type { PlayerSession } from '../fleet/player-session.ts';
import { publicError, VigiaError } from '../protocol/errors.ts';
import type { PlayerToServer } from '../protocol/events.ts';
import {
  CommandResponse,
  type Description,
  isPlainObject,
  PROTOCOL,
  Profile,
  type Registered,
  StateUpdate,
} from '../protocol/player.ts';
import { parse } from '../protocol/schema.ts';
import type { DeviceBudget, Member } from './budgets.ts';
import { checkedState, checkMerged } from './checked-state.ts';
import { takeAnswer } from './command-answers.ts';
import { forgetHandshake } from './connection.ts';
import { DROPPED, measureBy, takeStates } from './decoder.ts';
import { Mailbox } from './mailbox.ts';
import type { PlayerDeps } from './player-deps.ts';
import type { ReportedPicture } from './player-pictures.ts';
import { contentOf, isShort, PlayerReport } from './player-reports.ts';
import { lossReason } from './reasons.ts';
import { type Ack, Refusals } from './refusals.ts';
import { parseRegistration } from './registration.ts';
import { type RejectionCode, rejectSocket } from './reject-socket.ts';
import { SocketSession } from './session.ts';
import type { PlayerSocket } from './sockets.ts';
import { UnknownEvents } from './unknown-events.ts';

interface PlayerEvent {
  registered: boolean;
  /** The report may wait to be processed together with those of other players. */
  isReport?: 'whole' | 'partial';
  /** @param at arrival time */
  handle(player: Player, payload: unknown, at: number): unknown;
}

const STATE: PlayerEvent = {
  registered: true,
  isReport: 'whole',
  handle: (player, payload, at) => player.report(payload, at),
};

/** All events of a player, and whether they require a registration. */
const events: Record<keyof PlayerToServer, PlayerEvent> = {
  'player:register': { registered: false, handle: (player, payload) => player.register(payload) },
  'player:state': STATE,
  'state:update': {
    registered: false,
    isReport: 'partial',
    handle: (player, payload, at) => player.update(payload, at),
  },
  'player:command:response': { registered: true, handle: (player, payload) => player.respond(payload) },
};

/** One socket of a device: the registered one, or a second one (SPEC P4). */
export class Player implements Member {
  readonly socket: PlayerSocket;
  readonly deps: PlayerDeps;
  #budget: DeviceBudget;
  readonly #mailbox: Mailbox;
  readonly #described: Profile;
  #deviceId: string | undefined;
  #session: PlayerSession | undefined;
  /** As it registered. */
  #profile: Description | undefined;
  /** Why the server closed the connection. Undefined if it did not. */
  #closedFor: string | undefined;
  /** Later messages are dropped, and the transport closes soon. */
  #rejectedFor: RejectionCode | undefined;
  #goneFor: string | undefined;
  #unknown: UnknownEvents | undefined;
  readonly #refusals: Refusals;

  constructor(socket: PlayerSocket, deps: PlayerDeps) {
    this.socket = socket;
    this.deps = deps;
    this.#mailbox = new Mailbox(deps.ingest, this);
    this.#described = Profile.parse(socket.handshake.query);
    forgetHandshake(socket);
    this.#refusals = new Refusals(this);
    this.#deviceId = socket.data.deviceId;
    this.#budget = deps.budgets.of(this.#deviceId, this.#address);
  }

  get isRegistered(): boolean {
    return this.#session !== undefined;
  }

  get isClosing(): boolean {
    return this.#closedFor !== undefined;
  }

  /** @param ended called when the socket disconnects: another listener would cost memory for every device */
  listen(ended: () => void): void {
    // One listener for all events: it also sees unknown ones, which cost as much to receive.
    this.socket.onAny((event: unknown, ...args: unknown[]) => this.#received(String(event), args));
    const endStates = takeStates(this.socket, (it) => this.#accept(it.event, events[it.event], it));
    this.socket.conn.on('heartbeat', this.#heartbeat);
    this.socket.on('disconnect', (...why) => {
      endStates();
      ended();
      this.#left(...why);
    });
    this.#join();
    this.#rejectIfBlocked();
  }

  #join(): void {
    measureBy(this.socket, this.#budget);
    this.#budget.join(this);
  }

  get deviceId(): string | undefined {
    return this.#deviceId;
  }

  /** Ends the session at once and the transport after a delay. Later messages are dropped. */
  reject(code: RejectionCode, silentMs?: number): void {
    if (this.#closedFor !== undefined) return;
    this.#closedFor = code;
    this.#rejectedFor = code;
    rejectSocket(this.socket, code, this.deps, silentMs);
    this.#leave(code);
  }

  #rejectIfBlocked(): void {
    if (this.#deviceId !== undefined && this.deps.blocks.get(this.#deviceId)) this.reject('blocked');
  }

  register(payload: unknown): Registered | Promise<Registered> {
    const { deviceId, said, answers } = parseRegistration(payload);
    this.#mustBe(deviceId);
    const allowed = this.#deviceId === undefined ? this.deps.mayBe(deviceId) : undefined;
    return allowed
      ? allowed.then(() => this.#registerAs(deviceId, said, answers))
      : this.#registerAs(deviceId, said, answers);
  }

  #identify(deviceId: string): void {
    if (this.#goneFor) throw new VigiaError('not_registered');
    this.#deviceId = deviceId;
    this.socket.data.deviceId = deviceId;
    this.#budget.leave(this);
    this.#budget = this.deps.budgets.of(deviceId, this.#address);
    this.#join();
  }

  #registerAs(
    deviceId: string,
    said: Partial<Description>,
    answers: readonly CommandResponse[],
  ): Registered | Promise<Registered> {
    if (this.#deviceId === undefined) this.#identify(deviceId);
    this.#rejectIfBlocked();
    // Registering again on a displaced socket must not displace the other machine in turn.
    if (this.#isDisplaced) return this.#confirm(this.#session as PlayerSession);
    if (!this.#session) this.#budget.registered();
    if (this.#rejectedFor) throw new VigiaError(this.#rejectedFor);
    this.deps.enrolment.check(deviceId, this.#address);
    const host = this.deps.fleet.enrol(deviceId);
    const enrolled = (it: DeviceHost) => this.#registerWith(it, said, answers);
    return host instanceof Promise ? host.then(enrolled) : enrolled(host);
  }

  #registerWith(host: DeviceHost, said: Partial<Description>, answers: readonly CommandResponse[]): Registered {
    if (this.#rejectedFor) throw host.notComing(this.#rejectedFor);
    // Another program with fewer capabilities may have replaced the earlier one.
    const profile = { ...this.#described, ...(!this.#session && { commands: [] }), ...said };
    if (!this.#session) this.#profile = profile;
    const session = this.#session ?? new SocketSession(this, profile);
    this.#session = session;
    // The player must get the confirmation before the first request.
    const registered = this.#confirm(session);
    // Before the command learns that its device is back: it would take the silence so far for an answer.
    for (const it of answers) if (host.awaits(it.commandId)) takeAnswer(host, it, this.#address, this.deps.pictures);
    host.register(session, profile);
    // The socket closed, or was rejected, while the device was fetched.
    if (this.#goneFor) host.disconnected(session, this.#goneFor);
    return registered;
  }

  #confirm(session: PlayerSession): Registered {
    const { settings, clock } = this.deps;
    const registered: Registered = {
      deviceId: this.#deviceId as string,
      sessionId: session.id,
      serverTime: new Date(clock.wall()).toISOString(),
      stateIntervalMs: settings.stateIntervalMs,
      protocol: PROTOCOL,
    };
    this.socket.emit('player:registered', registered);
    return registered;
  }

  report(message: unknown, at: number): void {
    const payload = contentOf(message);
    if (!isPlainObject(payload)) throw new VigiaError('invalid_payload', 'A state is an object.');
    if (typeof payload.deviceId === 'string') this.#mustBe(payload.deviceId);
    const host = this.#known();
    if (!host) throw new VigiaError('not_registered');
    const { state, picture } = checkedState(payload, this.deps);
    host.report(state, at);
    this.#takePicture(host.id, picture, 'player:state');
  }

  update(message: unknown, at: number): void {
    const { deviceId, timestamp, changes } = parse(StateUpdate, contentOf(message));
    if (deviceId !== undefined) this.#mustBe(deviceId);
    const { state: kept, picture } = checkedState(changes, this.deps);
    const host = this.#known();
    // From a second socket before the device registers: dropped without an error (SPEC P4).
    const isTooEarly = host && !host.session && !this.#session;
    const beside = { update: kept, timestamp, address: this.#address, hasOwnToken: this.#hasOwnToken };
    const id = this.#deviceId;
    // Another instance may hold the device.
    if (isTooEarly || (!host && (id === undefined || !this.deps.fleet.forward(id, beside)))) return;
    if (host) {
      checkMerged(host.versioned.document.state, kept, this.deps);
      host.update(kept, timestamp, this.#session, at);
    }
    // If forwarded, only the receiving instance knows whether the sender is the device.
    if (host || this.#hasOwnToken) this.#takePicture(this.#deviceId as string, picture, 'state:update');
  }

  respond(payload: unknown): void {
    const response = parse(CommandResponse, payload);
    const host = this.#known();
    if (!host) throw new VigiaError('not_registered');
    takeAnswer(host, response, this.#address, this.deps.pictures);
  }

  get #hasOwnToken(): boolean {
    return this.socket.data.hasOwnToken === true;
  }

  get #address(): string {
    return this.socket.handshake.address;
  }

  /** The state does not wait for the picture. A refusal is reported later. */
  #takePicture(id: string, { sent, named }: ReportedPicture, event: string): void {
    const { pictures } = this.deps;
    if (sent !== undefined) pictures.take(id, sent, 'state').catch((error) => this.#refuse(event, error, undefined));
    else if (named !== undefined) pictures.named(id, named, this.#known()?.session?.address ?? this.#address);
  }

  #known(): DeviceHost | undefined {
    return this.#deviceId === undefined ? undefined : this.deps.fleet.find(this.#deviceId);
  }

  #mustBe(deviceId: string): void {
    if (this.#deviceId !== undefined && this.#deviceId !== deviceId) throw new VigiaError('device_mismatch');
  }

  after(then: () => void): void {
    this.#mailbox.after(then);
  }

  closing(reason: string): void {
    this.#closedFor = reason;
  }

  async resume(): Promise<void> {
    this.#rejectIfBlocked();
    if (this.#rejectedFor) return;
    try {
      const enrolled = this.deps.fleet.enrol(this.#deviceId as string);
      const host = enrolled instanceof Promise ? await enrolled : enrolled;
      host.registerAgain(this.#session as PlayerSession, this.#profile as Description, this.#goneFor);
    } catch (error) {
      this.deps.log.error({ deviceId: this.#deviceId, err: error }, 'a displaced session could not be resumed');
    }
  }

  /** The socket belongs to a machine that is not the device, so its messages do not count (SPEC P4, P8). */
  get #isRival(): boolean {
    if (this.#session || this.#deviceId === undefined) return this.#isDisplaced;
    const sessions = this.deps.fleet.find(this.#deviceId)?.sessions;
    return sessions?.isStranger(this.#address, this.#hasOwnToken) ?? false;
  }

  get #isDisplaced(): boolean {
    if (!this.#session || this.#closedFor) return false;
    return this.deps.fleet.find(this.#deviceId as string)?.session?.id !== this.#session.id;
  }

  #received(event: string, args: unknown[]): void {
    const known = Object.hasOwn(events, event) ? events[event as keyof PlayerToServer] : undefined;
    const ack = typeof args.at(-1) === 'function' ? (args.pop() as Ack) : undefined;
    if (args[0] === DROPPED && !this.#rejectedFor) this.#refusals.excess(event, ack);
    else this.#accept(known ? event : event.slice(0, 64), known, args[0], ack);
  }

  /** Never throws. */
  #accept(event: string, known: PlayerEvent | undefined, payload: unknown, ack?: Ack): void {
    if (this.#rejectedFor !== undefined) {
      ack?.({ ok: false, ...publicError(new VigiaError(this.#rejectedFor)), event });
      return;
    }
    if (!known) {
      this.deps.metrics.refused('player', 'invalid_payload');
      this.#unknown ??= new UnknownEvents(this.deps.log);
      const answer = this.#unknown.answerTo(event, this.#deviceId);
      ack?.(answer);
      return;
    }
    const at = this.deps.clock.now();
    if (!known.isReport) {
      this.#mailbox.add(() => this.#carryOut(event, known, payload, at, ack));
      return;
    }
    const report = new PlayerReport(this.socket.id, known.isReport === 'partial', payload, (it) =>
      this.#carryOut(event, known, it.payload, at, ack),
    );
    this.#mailbox.report(report, !ack && this.#mayBeHeld(payload));
  }

  /** Whether the report may wait: it is certainly accepted, nobody waits for it, and it is small. */
  #mayBeHeld(report: unknown): boolean {
    if (!isShort(report)) return false;
    const id = this.#deviceId;
    // A partial state may come beside the registered session (P4).
    const isKnown = id !== undefined && (this.#session !== undefined || report.event === 'state:update');
    return isKnown && !this.deps.fleet.needingEveryReport.has(id) && !this.#isDisplaced;
  }

  /** Never rejects. */
  #carryOut(
    event: string,
    { registered, isReport, handle }: PlayerEvent,
    payload: unknown,
    at: number,
    ack: Ack | undefined,
  ): Promise<void> | undefined {
    // The last messages of a replaced session are not true of its successor.
    if (this.#closedFor === 'session_replaced' || this.#rejectedFor) return undefined;
    const began = this.deps.clock.now();
    try {
      if (handle !== events['player:register'].handle && this.#isRival) {
        ack?.({ ok: true });
        return undefined;
      }
      if (registered && !this.#session) throw new VigiaError('not_registered');
      const answer = handle(this, payload, at);
      if (answer instanceof Promise) {
        return answer.then(
          (it) => ack?.(it),
          (error) => this.#refuse(event, error, ack, isReport !== undefined),
        );
      }
      ack?.(answer ?? { ok: true });
    } catch (error) {
      this.#refuse(event, error, ack, isReport !== undefined);
    } finally {
      this.#budget.worked(this.deps.clock.now() - began);
    }
    return undefined;
  }

  #heartbeat = (): void => {
    if (!this.#isRival) this.#known()?.seen();
  };

  #left(reason: string, error: unknown): void {
    measureBy(this.socket, undefined);
    this.#budget.leave(this);
    const { conn } = this.socket;
    this.#leave(this.#closedFor ?? (this.deps.isDraining() ? 'server_shutdown' : lossReason(conn, reason, error)));
  }

  #leave(why: string): void {
    if (this.#goneFor) return;
    this.#goneFor = why;
    this.socket.conn.off('heartbeat', this.#heartbeat);
    if (this.#deviceId === undefined) return;
    this.#mailbox.end(() => {
      if (this.#session) this.deps.fleet.left(this.#deviceId as string, this.#session, why);
    });
  }

  #refuse(event: string, error: unknown, ack: Ack | undefined, isReport = false): void {
    const isFull = error instanceof VigiaError && error.code === 'fleet_full';
    const code = this.#refusals.report(event, error, ack, isFull || this.#rejectedFor !== undefined);
    if (isFull) this.reject('fleet_full');
    if (code === 'unauthorized') this.socket.disconnect();
    if (code === 'payload_too_large') this.#budget.oversized();
    if (isReport && this.#session) this.#known()?.refused(code);
  }
}
